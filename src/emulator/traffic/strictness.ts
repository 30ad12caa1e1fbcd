export const STRICTNESSES = ['off', 'warn', 'fail'] as const

/**
 * What comes of what a client does against the guide though the API forgives it; never another answer. `off`: the journal
 * tells. `warn`: a header of the answer as well. `fail`: the end of the emulator is a failure besides.
 */
export type Strictness = typeof STRICTNESSES[number]

/** What a test suite should fail for, a sentence each. */
export interface SuiteProblems {
  /** Faults that were armed for nothing. */
  readonly unfired: readonly string[]
  /** With `fail`, what the client did against the guide. */
  readonly lint: readonly string[]
}
