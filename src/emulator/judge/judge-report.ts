/** The findings of a judge: plain data, without secrets. */
import type { Entry } from '../journal/entry.ts'
import type { Level, RuleId } from './rules.ts'

/** A rule that was broken. */
export interface Finding {
  readonly rule: RuleId
  readonly level: Level
  /** The violation. */
  readonly about: string
  /** Ids of sentences of the contract, such as `auth/formula`. */
  readonly law: readonly string[]
  /** How often it was broken. */
  readonly times: number
  /** What happened, the first time and up to a few different cases. */
  readonly sentences: readonly string[]
  /** The first exchanges that broke it, as in the journal. */
  readonly exchanges: readonly Entry[]
}

/** What a client did next after a failure. */
export const NEXT_STEPS = ['triedAgain', 'loggedIn', 'wentOn', 'gaveUp'] as const
export type NextStep = typeof NEXT_STEPS[number]

export interface MetCode {
  readonly code: number
  /** The specific reason; '' for none. */
  readonly text: string
  /** How often the server refused with this code, and how often a fault did. */
  readonly byState: number
  readonly byFault: number
  /** How often each step came next: the same call again, a login, another call, nothing. */
  readonly next: Readonly<Record<NextStep, number>>
}

export interface UsedMethod {
  readonly method: string
  readonly calls: number
  /** Parameters that were sent, and declared ones that were not. */
  readonly used: readonly string[]
  readonly unused: readonly string[]
}

/** How many of all were used. */
export interface Coverage {
  readonly used: number
  readonly all: number
}

export interface JudgeReport {
  /** The number of exchanges inspected, without control calls. */
  readonly exchanges: number
  /** From the first to the last, by the real clock. */
  readonly milliseconds: number
  /** Rules that were broken, by level. */
  readonly counts: Readonly<Record<Level, number>>
  /** The worst come first. */
  readonly findings: readonly Finding[]
  /** Every rule, and how often it was broken. */
  readonly rules: ReadonlyArray<{ readonly id: RuleId, readonly level: Level, readonly about: string, readonly law: readonly string[], readonly broken: number }>
  readonly methods: Coverage & { readonly each: readonly UsedMethod[] }
  readonly parameters: Coverage
  readonly uploadFields: Coverage & { readonly each: readonly string[], readonly unused: readonly string[] }
  /** Calls by the version that they requested. */
  readonly versions: Readonly<Record<string, number>>
  readonly codes: Coverage & { readonly each: readonly MetCode[] }
}
