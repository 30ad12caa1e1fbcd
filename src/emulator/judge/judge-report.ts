/** What a judge says of a client: plain data, without secrets. */
import type { Entry } from '../journal/entry.ts'
import type { Level, RuleId } from './rules.ts'

/** A rule that was broken. */
export interface Finding {
  readonly rule: RuleId
  readonly level: Level
  /** What breaks the rule. */
  readonly about: string
  /** Ids of sentences of the contract, such as `auth/formula`. */
  readonly law: readonly string[]
  /** How often it was broken. */
  readonly times: number
  /** What happened, the first time and, where that was different, a few times more. */
  readonly sentences: readonly string[]
  /** The first exchanges that broke it, as the journal has them. */
  readonly exchanges: readonly Entry[]
}

/** What a client did next after a failure. */
export const NEXT_STEPS = ['triedAgain', 'loggedIn', 'wentOn', 'gaveUp'] as const
export type NextStep = typeof NEXT_STEPS[number]

export interface MetCode {
  readonly code: number
  /** '' where it is the specific reason. */
  readonly text: string
  /** How often the server refused with it, and how often a fault did. */
  readonly byState: number
  readonly byFault: number
  /** How often what came next: the same call again, a login, another call, nothing. */
  readonly next: Readonly<Record<NextStep, number>>
}

export interface UsedMethod {
  readonly method: string
  readonly calls: number
  /** Parameters that were sent, and those that it has and were not. */
  readonly used: readonly string[]
  readonly unused: readonly string[]
}

/** A number of those that there are. */
export interface Coverage {
  readonly used: number
  readonly all: number
}

export interface JudgeReport {
  /** How many exchanges were looked at, control calls not among them. */
  readonly exchanges: number
  /** From the first to the last, by the real clock. */
  readonly milliseconds: number
  /** Rules that were broken, by level. */
  readonly counts: Readonly<Record<Level, number>>
  /** The worst first. */
  readonly findings: readonly Finding[]
  /** Every rule, with how often it was broken. */
  readonly rules: ReadonlyArray<{ readonly id: RuleId, readonly level: Level, readonly about: string, readonly law: readonly string[], readonly broken: number }>
  readonly methods: Coverage & { readonly each: readonly UsedMethod[] }
  readonly parameters: Coverage
  readonly uploadFields: Coverage & { readonly each: readonly string[], readonly unused: readonly string[] }
  /** Calls by the version that they asked for. */
  readonly versions: Readonly<Record<string, number>>
  readonly codes: Coverage & { readonly each: readonly MetCode[] }
}
