/** Opening an account, for programs by auth.register and for people on the pages. Whether they may is for the caller to ask. */
import { sealUserPassword } from '../domain/credentials.ts'
import { newPassword } from '../domain/identifiers.ts'
import { findBrokenRule, type Registration } from '../domain/registration.ts'
import type { User } from '../domain/user.ts'
import { recordEvent } from '../store/events.ts'
import { queueMails } from '../store/mails.ts'
import { endSetUp } from '../store/registration.ts'
import { addUser, findUser, makeAdministrator } from '../store/users.ts'
import { passwordMail } from '../web/mails.ts'
import { refuse } from './errors.ts'
import type { Circumstances } from './method.ts'

/** Without a password one is made and mailed. Throws 27 with the rule that is broken. `setUp` is the hash of the code that makes it the first administrator. */
export async function openAccount (
  registration: Registration, { ports, policy, version, publicUrl, address, now }: Pick<Circumstances, 'ports' | 'policy' | 'version' | 'publicUrl' | 'address' | 'now'>, setUp?: string
): Promise<User> {
  const { userName, fullName, email, password } = registration
  const broken = findBrokenRule(registration, version === '1.0')
  if (broken !== undefined) throw refuse('REGISTRATION_ERROR', broken)
  const given = password === '' ? newPassword(ports.ids) : password
  const name = userName ?? email
  const user = await addUser(ports.sql, {
    userName: name,
    fullName,
    email,
    sealedPassword: sealUserPassword(ports.vault, given),
    plan: policy.defaultPlan,
    createdAt: now
  }, setUp === undefined ? {} : { before: [endSetUp(setUp)], after: [makeAdministrator(name)] })
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
