import type { MinimumVersions } from './accounts/app-version.ts'
import type { DiskShare } from './uploads/disk-share.ts'
import type { PlanName, Plans } from './accounts/plan.ts'
import type { RegistrationMode } from './accounts/registration.ts'

/** The operator's choices that the rules depend on. */
export interface Policy {
  /** The address in links, where the operator set one. */
  readonly publicUrl: string | undefined
  readonly plans: Plans
  readonly defaultPlan: PlanName
  /** As the setting says; what an administrator chooses on the pages counts before it. */
  readonly registration: RegistrationMode
  /** The accepted API keys, or 'any' well-formed one: deployed clients carry their own. */
  readonly apiKeys: 'any' | ReadonlySet<string>
  readonly minAppVersion: MinimumVersions
  /** A session dies this long after its last use (milliseconds). */
  readonly sessionIdle: number
  readonly tokenLifetime: number
  /** A refused upload is read on up to this many bytes: simple clients never see an early answer. */
  readonly drainLimit: number
  /** How many accounts one address may open in an hour. */
  readonly accountsPerHour: number
  /** How many mails a user may cause in an hour; all who have no account share as many. */
  readonly mailsPerHour: number
  /** Whether wrong passwords, unknown ids and whatever else may be tried only so often are counted; not where tests of clients do that all day. */
  readonly limitsAttempts: boolean
  /** Of all files without an owner together. */
  readonly anonymousStorage: DiskShare
  /** How long a file without an owner stays by default, and at most (milliseconds); null: without end. */
  readonly anonymousExpiry: number | null
  readonly anonymousMaxExpiry: number | null
}

/** Upload tickets live a day (our choice) and outlive their session. */
export const TICKET_LIFETIME = 24 * 60 * 60 * 1000

/** Idle-expired sessions are kept this long for auth.checkSession. */
export const SESSION_MEMORY = 30 * 24 * 60 * 60 * 1000

/** Links from a download page or download.getInfo live this long (our choice). */
export const LINK_LIFETIME = 8 * 60 * 60 * 1000

/** Who logged in on the pages stays so for this long after the last visit (our choice). */
export const PAGE_SESSION_LIFETIME = 30 * 24 * 60 * 60 * 1000
