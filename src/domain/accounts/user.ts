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
  /** These override the plan; null: as the plan says; -1: unlimited. */
  readonly diskQuota: number | null
  readonly bandwidthLimit: number | null
  readonly sessionLimit: number | null
  readonly contactLimit: number | null
  readonly capabilities: ReadonlySet<Capability> | null
  readonly bytesStored: number
  readonly isDisabled: boolean
  readonly isHttpsForbidden: boolean
  /** Whether the pages of its files tell its full name. */
  readonly isNameShown: boolean
  /** Whether it may use the pages for whoever runs the server. */
  readonly isAdmin: boolean
}

/** What an operator may change; what is left out stays. */
export type UserChange = Partial<Pick<User, 'plan' | 'planEndsAt' | 'diskQuota' | 'bandwidthLimit' | 'sessionLimit' | 'contactLimit' |
  'capabilities' | 'isDisabled' | 'isHttpsForbidden' | 'isAdmin' | 'isNameShown' | 'sealedPassword'>>

/** What this account may do: its plan, changed by what the operator set for it alone. */
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

export const can = (user: User, capability: Capability, policy: Policy): boolean => planOf(user, policy).capabilities.has(capability)

/** Bytes that still fit, -1 unlimited. Space held by uploads that still run is not counted: it may come back. */
export const diskSpaceLeft = (user: User, policy: Policy): number => left(planOf(user, policy).disk, user.bytesStored)

export const hasMembershipEnded = (user: User, now: number): boolean => user.planEndsAt !== null && user.planEndsAt <= now
