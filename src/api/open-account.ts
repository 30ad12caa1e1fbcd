/** Opening an account, for programs by auth.register and for people on the pages. Whether they may is for the caller to ask. */
import { sealUserPassword } from '../domain/credentials.ts'
import { newPassword } from '../domain/identifiers.ts'
import { findBrokenRule, type Registration } from '../domain/registration.ts'
import type { User } from '../domain/user.ts'
import { recordEvent } from '../store/events.ts'
import { NO_ACCOUNT, queueMails } from '../store/mails.ts'
import { endSetUp } from '../store/registration.ts'
import { addUser, findUser, insertUser, makeAdministrator } from '../store/users.ts'
import { passwordMail } from '../web/mails.ts'
import { refuse } from './errors.ts'
import { limitRate } from './limiter.ts'
import type { Circumstances } from './method.ts'
import { mailUrlFor } from './share-mail.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
/** A day allows as many as so many hours. */
const HOURS_IN_DAY = 5

/**
 * Without a password one is made and mailed: the account and its mail come together or not at all. `setUp` is the hash of the
 * code that makes it the first administrator. Throws 27 with the rule that is broken, and TooManyAttempts with 27 when too
 * many accounts were opened from this address.
 */
export async function openAccount (
  registration: Registration, { ports, policy, version, trustedUrl, address, now }: Pick<Circumstances, 'ports' | 'policy' | 'version' | 'trustedUrl' | 'address' | 'now'>, setUp?: string
): Promise<User> {
  const { userName, fullName, password } = registration
  const email = registration.email.trim()
  const broken = findBrokenRule({ ...registration, email }, version === '1.0')
  if (broken !== undefined) throw refuse('REGISTRATION_ERROR', broken)
  await limitOpening({ ports, policy, address })
  const given = password === '' ? newPassword(ports.ids) : password
  const account = {
    userName: userName ?? email,
    fullName,
    email,
    sealedPassword: sealUserPassword(ports.vault, given),
    plan: policy.defaultPlan,
    createdAt: now
  }
  const user = password === ''
    ? await addAndMail()
    : await addUser(ports.sql, account, setUp === undefined ? {} : { before: [endSetUp(setUp)], after: [makeAdministrator(account.userName)] })
  if (user === undefined) {
    if (userName !== undefined && await findUser(ports.sql, userName) !== undefined) throw refuse('REGISTRATION_ERROR', 'The user name is taken.')
    if (password !== '' || await findUser(ports.sql, email) !== undefined) throw refuse('REGISTRATION_ERROR', 'The e-mail address is in use already.')
    throw refuse('REGISTRATION_ERROR', 'The password cannot be mailed now: too many mails were sent. Choose a password, or try again in an hour.')
  }
  await recordEvent(ports, { kind: 'registered', who: user.userName, address })
  return user

  async function addAndMail (): Promise<User | undefined> {
    const mail = { to: email, ...passwordMail(await mailUrlFor(undefined, { ports, policy, trustedUrl }), account.userName, given) }
    const sender = policy.limitsAttempts ? { id: NO_ACCOUNT, limit: policy.mailsPerHour } : undefined
    return await queueMails(ports, [mail], sender, now, [insertUser(account)]) ? findUser(ports.sql, email) : undefined
  }
}

/** Counts before it is known whether the name is free: who asks for many names learns no more of them. */
async function limitOpening (limited: Pick<Circumstances, 'ports' | 'policy' | 'address'>): Promise<void> {
  const { policy: { accountsPerHour }, address } = limited
  for (const [what, most, window] of [['accounts in an hour', accountsPerHour, HOUR], ['accounts in a day', accountsPerHour * HOURS_IN_DAY, DAY]] as const) {
    await limitRate(limited, {
      what, subject: address, most, window, address, about: 'registration', error: 'REGISTRATION_ERROR', info: 'Too many accounts were opened from your address. Try again later.'
    })
  }
}
