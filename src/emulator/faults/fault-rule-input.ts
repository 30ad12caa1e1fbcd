/** The types of a fault rule as programs write it. */
import type { RequestKind } from '../traffic/request-kind.ts'
import type { SocketEvent } from '../traffic/response-interceptor.ts'
import type { Direction, ProgressOverride, XmlCorruption } from './fault-answer.ts'
import type { Effect } from './fault-rule.ts'

/** Bytes per second, for the client's upload or download. */
type Throttle = Partial<Readonly<Record<Direction, number>>>

/** With any answer, or alone. */
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
  /** Number of matching exchanges to let through first. */
  readonly skip?: number
  /** How often it applies; default: always, or once for a sequence. */
  readonly times?: number
  readonly ttlMs?: number
  /** What the server has done when it is applied: nothing, or the whole call. */
  readonly effect?: Effect
  /** Confirms a code that the guide does not list for the method; needed only with `strict: 'fail'`. */
  readonly force?: boolean
}

export type FaultRuleInput = RuleOptions & (
  { readonly answer: FaultAnswerInput | Shorthand } |
  /** One step per exchange; `pass` leaves one unchanged. */
  { readonly sequence: ReadonlyArray<FaultAnswerInput | Shorthand> }
)
