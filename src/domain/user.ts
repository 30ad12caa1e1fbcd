import { left, type Plan, type PlanName } from './plan.ts'
import type { Policy } from './policy.ts'

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
  /** Overrides the plan's disk space; null: as the plan says; -1: unlimited. */
  readonly diskQuota: number | null
  readonly bytesStored: number
  readonly isDisabled: boolean
  readonly isHttpsForbidden: boolean
}

export const planOf = (user: User, policy: Policy): Plan => policy.plans[user.plan]

export const diskQuotaOf = (user: User, policy: Policy): number => user.diskQuota ?? planOf(user, policy).disk

/** Bytes that still fit, -1 unlimited. Space held by uploads that still run is not counted: it may come back. */
export const diskSpaceLeft = (user: User, policy: Policy): number => left(diskQuotaOf(user, policy), user.bytesStored)

export const hasMembershipEnded = (user: User, now: number): boolean => user.planEndsAt !== null && user.planEndsAt <= now
