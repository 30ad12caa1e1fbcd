import type { MinimumVersions } from './accounts/app-version.ts'
import type { DiskShare } from './uploads/disk-share.ts'
import type { PlanName, Plans } from './accounts/plan.ts'
import type { RegistrationMode } from './accounts/registration.ts'
import type { SetBranding } from './branding.ts'

/** Settings that the rules depend on. */
export interface Policy {
  /** The address in links, if configured. */
  readonly publicUrl: string | undefined
  readonly plans: Plans
  readonly defaultPlan: PlanName
  /** From the setting; an administrator's choice on the pages overrides it. */
  readonly registration: RegistrationMode
  /** From the settings; what administrators chose on the pages overrides it. */
  readonly branding: SetBranding
  /** The accepted API keys, or 'any' well-formed one: deployed clients carry their own. */
  readonly apiKeys: 'any' | ReadonlySet<string>
  readonly minAppVersion: MinimumVersions
  /** A session expires this long after its last use (milliseconds). */
  readonly sessionIdle: number
  readonly tokenLifetime: number
  /** How many bytes of a refused upload are still read: simple clients do not see an early answer. */
  readonly drainLimit: number
  /** How many accounts one address may create per hour. */
  readonly accountsPerHour: number
  /** How many mails a user may cause per hour; all people without an account share one such limit. */
  readonly mailsPerHour: number
  /** Whether attempts with wrong passwords, unknown ids and so on are limited; off in the emulator, where tests make many of them. */
  readonly limitsAttempts: boolean
  /** The most space for all files without an owner. */
  readonly anonymousStorage: DiskShare
  /** The default and the longest lifetime of a file without an owner (milliseconds); null: no limit. */
  readonly anonymousExpiry: number | null
  readonly anonymousMaxExpiry: number | null
}

/** Upload tickets are valid for a day (our choice), even after their session. */
export const TICKET_LIFETIME = 24 * 60 * 60 * 1000

/** Idle-expired sessions are kept this long for auth.checkSession. */
export const SESSION_MEMORY = 30 * 24 * 60 * 60 * 1000

/** How long links from a download page or download.getInfo are valid (our choice). */
export const LINK_LIFETIME = 8 * 60 * 60 * 1000

/** How long a login on the pages lasts after the last visit (our choice). */
export const PAGE_SESSION_LIFETIME = 30 * 24 * 60 * 60 * 1000
