import { left, type Capability, type Plan, type PlanName } from './plan.ts'
import type { Policy } from '../policy.ts'

export interface User {
  readonly id: number
  readonly userName: string
  readonly fullName: string
  readonly email: string
  /** The sealed md5(password), see `credentials.ts`. */
  readonly sealedPassword: string
  readonly plan: PlanName
  /** Unix milliseconds; null: never. */
  readonly planEndsAt: number | null
  /** These override the plan; null: the plan's default; -1: unlimited. */
  readonly diskQuota: number | null
  readonly bandwidthLimit: number | null
  readonly sessionLimit: number | null
  readonly contactLimit: number | null
  readonly capabilities: ReadonlySet<Capability> | null
  readonly bytesStored: number
  readonly isDisabled: boolean
  readonly isHttpsForbidden: boolean
  /** Whether the pages of its files show its full name. */
  readonly isNameShown: boolean
  /** The language of its browser with its region, such as de-AT; null: none has told one yet. */
  readonly locale: string | null
  /** Whether it may use the administration pages. */
  readonly isAdmin: boolean
}

/** The fields that an operator may change; omitted ones keep their values. */
export type UserChange = Partial<Pick<User, 'plan' | 'planEndsAt' | 'diskQuota' | 'bandwidthLimit' | 'sessionLimit' | 'contactLimit' |
  'capabilities' | 'isDisabled' | 'isHttpsForbidden' | 'isAdmin' | 'isNameShown' | 'sealedPassword'>>

/** The limits of this account: its plan with the operator's overrides. */
export function planOf (user: User, { plans }: Pick<Policy, 'plans'>): Plan {
  const plan = plans[user.plan]
  return {
    ...plan,
    disk: user.diskQuota ?? plan.disk,
    bandwidth: user.bandwidthLimit ?? plan.bandwidth,
    sessions: user.sessionLimit ?? plan.sessions,
    contacts: user.contactLimit ?? plan.contacts,
    capabilities: user.capabilities ?? plan.capabilities
  }
}

/** What an account may do, or people without one. */
export const capabilitiesOf = (user: User | undefined, policy: Policy): ReadonlySet<Capability> => user === undefined ? policy.plans.anonymous.capabilities : planOf(user, policy).capabilities

export const can = (user: User, capability: Capability, policy: Policy): boolean => planOf(user, policy).capabilities.has(capability)

/** Bytes that still fit, -1 unlimited. Space reserved by running uploads is not counted: it may be released. */
export const diskSpaceLeft = (user: User, policy: Policy): number => left(planOf(user, policy).disk, user.bytesStored)

export const hasMembershipEnded = (user: User, now: number): boolean => user.planEndsAt !== null && user.planEndsAt <= now
