export const STRICTNESSES = ['off', 'warn', 'fail'] as const

/**
 * How protocol violations that the API tolerates are reported. Answers never change. `off`: in the journal. `warn`: also in a header
 * of the answer. `fail`: closing the emulator fails as well.
 */
export type Strictness = typeof STRICTNESSES[number]

/** Reasons for a test suite to fail, a sentence each. */
export interface SuiteProblems {
  /** Faults that were never applied. */
  readonly unfired: readonly string[]
  /** With `fail`, violations of the guide. */
  readonly lint: readonly string[]
}
