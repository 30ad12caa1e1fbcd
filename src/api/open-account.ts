/** Opening an account, for programs by auth.register and for people on the pages. Whether they may is for the caller to ask. */
import { sealUserPassword } from '../domain/credentials.ts'
import { newPassword } from '../domain/identifiers.ts'
import { findBrokenRule, type Registration } from '../domain/registration.ts'
import type { User } from '../domain/user.ts'
import { recordEvent } from '../store/events.ts'
import { queueMails } from '../store/mails.ts'
import { addUser, findUser } from '../store/users.ts'
import { passwordMail } from '../web/mails.ts'
import { refuse } from './errors.ts'
import type { Circumstances } from './method.ts'

/** Without a password one is made and mailed. Throws 27 with the rule that is broken. */
export async function openAccount (
  registration: Registration, { ports, policy, version, publicUrl, address, now }: Pick<Circumstances, 'ports' | 'policy' | 'version' | 'publicUrl' | 'address' | 'now'>
): Promise<User> {
  const { userName, fullName, password } = registration
  const email = registration.email.trim()
  const broken = findBrokenRule({ ...registration, email }, version === '1.0')
  if (broken !== undefined) throw refuse('REGISTRATION_ERROR', broken)
  const given = password === '' ? newPassword(ports.ids) : password
  const user = await addUser(ports.sql, {
    userName: userName ?? email,
    fullName,
    email,
    sealedPassword: sealUserPassword(ports.vault, given),
    plan: policy.defaultPlan,
    createdAt: now
  })
  if (user === undefined) {
    const isNameTaken = userName !== undefined && await findUser(ports.sql, userName) !== undefined
    throw refuse('REGISTRATION_ERROR', isNameTaken ? 'The user name is taken.' : 'The e-mail address is in use already.')
  }
  await recordEvent(ports, { kind: 'registered', who: user.userName, address })
  if (password === '') {
    await queueMails(ports, [{ to: email, ...passwordMail(publicUrl, user.userName, given) }], undefined, now)
  }
  return user
}
