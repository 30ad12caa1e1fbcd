/** What an account may do at all, before a method does it. */
import type { Capability } from '../domain/accounts/plan.ts'
import { can, type User } from '../domain/accounts/user.ts'
import { refuse } from './errors.ts'
import type { Circumstances } from './method.ts'

/** What every call by a user has. */
export type UserCall = Pick<Circumstances, 'ports' | 'policy'> & { readonly user: User }

/** Refuses with 11 what neither plan nor operator let this account do. */
export function requireCapability (capability: Capability, { user, policy }: UserCall): void {
  if (!can(user, capability, policy)) throw refuse('PERMISSION_DENIED', `this account may not use: ${capability}`)
}
