/** Checks the permissions of an account before a method runs. */
import type { Capability } from '../domain/accounts/plan.ts'
import { can, type User } from '../domain/accounts/user.ts'
import { refuse } from './errors.ts'
import type { Circumstances } from './method.ts'

/** The data of every call by a user. */
export type UserCall = Pick<Circumstances, 'ports' | 'policy'> & { readonly user: User }

/** Refuses with 11 unless the plan or the operator allows it. */
export function requireCapability (capability: Capability, { user, policy }: UserCall): void {
  if (!can(user, capability, policy)) throw refuse('PERMISSION_DENIED', `this account may not use: ${capability}`)
}
