/** The limits and capabilities of accounts. Sizes are bytes; -1 is unlimited, as on the wire. */

export const PLAN_NAMES = ['Lite', 'Pro', 'Max'] as const
export type PlanName = typeof PLAN_NAMES[number]

/** The capabilities in `capable_…` of auth.login. */
export const CAPABILITIES = ['upload', 'download', 'folders', 'files'] as const
export type Capability = typeof CAPABILITIES[number]

/** The capabilities without an account: folders and settings of files need an owner. */
export const ANONYMOUS_CAPABILITIES: readonly Capability[] = ['upload']

/** Limits that also apply without an account. Speeds are KB/s for each transfer, 0 unlimited, as in the guide. */
export interface AnonymousPlan {
  readonly maxFileSize: number
  readonly capabilities: ReadonlySet<Capability>
  readonly uploadSpeed: number
  readonly downloadSpeed: number
}

export interface Plan extends AnonymousPlan {
  readonly disk: number
  /** Bytes downloaded per 30 days. */
  readonly bandwidth: number
  readonly sessions: number
  readonly contacts: number
}

export type Plans = Readonly<Record<PlanName, Plan>> & { readonly anonymous: AnonymousPlan }

const KiB = 1024
const MiB = 1024 * KiB
const GiB = 1024 * MiB
export const UNLIMITED = -1

const ALL = { capabilities: new Set(CAPABILITIES), uploadSpeed: 0, downloadSpeed: 0 }

/** Section 6 of the wire contract. Lite stays below 2^31: some clients read 32-bit numbers (observed). */
export const DEFAULT_PLANS: Plans = {
  anonymous: { ...ALL, maxFileSize: 300 * MiB, capabilities: new Set(ANONYMOUS_CAPABILITIES) },
  Lite: { ...ALL, maxFileSize: 300 * MiB, disk: 2147483647, bandwidth: UNLIMITED, sessions: 100, contacts: 1000 },
  Pro: { ...ALL, maxFileSize: 10 * GiB, disk: 100 * GiB, bandwidth: 1024 * GiB, sessions: 100, contacts: 1000 },
  Max: { ...ALL, maxFileSize: 50 * GiB, disk: UNLIMITED, bandwidth: UNLIMITED, sessions: 100, contacts: 1000 }
}

/** The remainder of a limit, never below zero; unlimited stays unlimited. */
export function left (limit: number, used: number): number {
  return limit === UNLIMITED ? UNLIMITED : Math.max(0, limit - used)
}

/** The lower of two speeds, 0 being unlimited. */
export function slower (a: number, b: number): number {
  return a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b)
}
