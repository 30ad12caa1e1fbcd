import type { Policy } from '../domain/policy.ts'
import type { RegistrationMode } from '../domain/accounts/registration.ts'
import type { Ports } from '../ports.ts'
import { findChosenRegistration } from '../store/accounts/registration.ts'

/** Who may create an account now: an administrator's choice on the pages, else the setting. */
export async function registrationOf ({ sql }: Pick<Ports, 'sql'>, policy: Policy): Promise<RegistrationMode> {
  return await findChosenRegistration(sql) ?? policy.registration
}
