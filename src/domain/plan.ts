/** What an account may do. Sizes are bytes; -1 is unlimited, as on the wire. */

export const PLAN_NAMES = ['Lite', 'Pro', 'Max'] as const
export type PlanName = typeof PLAN_NAMES[number]

export interface Plan {
  readonly maxFileSize: number
  readonly disk: number
  /** Per 30 days. */
  readonly bandwidth: number
  readonly sessions: number
  readonly contacts: number
}

const KiB = 1024
const MiB = 1024 * KiB
const GiB = 1024 * MiB
const UNLIMITED = -1

/** Section 6 of the wire contract. Lite stays below 2^31: some clients read 32-bit numbers (observed). */
export const DEFAULT_PLANS: Readonly<Record<PlanName, Plan>> = {
  Lite: { maxFileSize: 300 * MiB, disk: 2147483647, bandwidth: UNLIMITED, sessions: 100, contacts: 1000 },
  Pro: { maxFileSize: 10 * GiB, disk: 100 * GiB, bandwidth: 1024 * GiB, sessions: 100, contacts: 1000 },
  Max: { maxFileSize: 50 * GiB, disk: UNLIMITED, bandwidth: UNLIMITED, sessions: 100, contacts: 1000 }
}

export const DEFAULT_ANONYMOUS_MAX_FILE_SIZE = 300 * MiB

/** What is left of a limit, never below zero; unlimited stays unlimited. */
export function left (limit: number, used: number): number {
  return limit === UNLIMITED ? UNLIMITED : Math.max(0, limit - used)
}
