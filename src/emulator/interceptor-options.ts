import type { Policy } from '../domain/policy.ts'
import type { Ports } from '../ports.ts'
import type { Faults } from './faults/faults.ts'
import type { Journal } from './journal/journal.ts'
import type { RunningExchanges } from './traffic/running-exchanges.ts'
import type { Strictness } from './traffic/strictness.ts'

/** What the interceptor of a server works with. */
export interface InterceptorOptions {
  readonly ports: Ports
  readonly policy: Policy
  readonly faults: Faults
  readonly journal: Journal
  readonly running: RunningExchanges
  readonly strict: Strictness
  /** Receives errors that are bugs. */
  report (error: unknown): void
}
