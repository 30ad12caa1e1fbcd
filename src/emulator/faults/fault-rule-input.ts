/** A rule for faults as programs write it. */
import type { RequestKind } from '../traffic/request-kind.ts'
import type { SocketEvent } from '../traffic/response-interceptor.ts'
import type { Direction, ProgressOverride, XmlCorruption } from './fault-answer.ts'
import type { Effect } from './fault-rule.ts'

/** Bytes a second, in the direction of the client's upload and download. */
type Throttle = Partial<Readonly<Record<Direction, number>>>

/** Any of them may wait first, and be slow. */
interface Timing {
  readonly delayMs?: number
  readonly throttle?: Throttle
}

export type FaultAnswerInput = Timing & (
  { /** 1 to 33. */ readonly error: number, readonly info?: string, readonly drain?: boolean } |
  { readonly http: number, readonly body?: string, readonly headers?: Readonly<Record<string, string>>, readonly drain?: boolean } |
  { readonly xml: XmlCorruption, readonly atByte?: number } |
  { readonly socket: SocketEvent, readonly atByte?: number, readonly direction?: Direction, readonly forMs?: number } |
  { readonly progress: Partial<ProgressOverride> } |
  Required<Pick<Timing, 'delayMs'>> | Required<Pick<Timing, 'throttle'>>
)

/** `error:12`, `reset@256k`, `stall:10s@256k`, `delay:2s` and the like. */
type Shorthand = string

interface RuleOptions {
  readonly match?: {
    /** A name, or several as in `files.*`. */
    readonly method?: string
    readonly phase?: RequestKind
    readonly user?: string
    readonly params?: Readonly<Record<string, string | number>>
    readonly fileName?: string
  }
  /** Exchanges that are let be first. */
  readonly skip?: number
  /** How often it strikes; not given: always, and a sequence once. */
  readonly times?: number
  readonly ttlMs?: number
  /** What the server has done when it strikes: nothing yet, or all that was asked for. */
  readonly effect?: Effect
  /** Whether a code that the guide does not list for the method is meant; only `strict: 'fail'` asks. */
  readonly force?: boolean
}

export type FaultRuleInput = RuleOptions & (
  { readonly answer: FaultAnswerInput | Shorthand } |
  /** One step for each exchange; `pass` lets one be. */
  { readonly sequence: ReadonlyArray<FaultAnswerInput | Shorthand> }
)
