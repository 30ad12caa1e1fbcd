import type { Policy } from '../domain/policy.ts'
import type { RegistrationMode } from '../domain/accounts/registration.ts'
import type { Ports } from '../ports.ts'
import { findChosenRegistration } from '../store/accounts/registration.ts'

/** Who may open an account now: what an administrator chose on the pages, else what the setting says. */
export async function registrationOf ({ sql }: Pick<Ports, 'sql'>, policy: Policy): Promise<RegistrationMode> {
  return await findChosenRegistration(sql) ?? policy.registration
}
