/** Resets forgotten passwords by a link in a mail. */
import { networkOf } from '../domain/accounts/guess-limit.ts'
import { isResetCode, ownerOfResetCode, writeResetCode } from '../domain/accounts/reset-code.ts'
import type { User } from '../domain/accounts/user.ts'
import { PATHS } from '../domain/url-paths.ts'
import { writeForReaders } from '../mail/for-readers.ts'
import { resetMail } from '../mail/templates.ts'
import { findUser, findUserById } from '../store/accounts/users.ts'
import { NO_ACCOUNT, queueMails } from '../store/operations/mails.ts'
import { findFull, takeRate } from '../store/rates.ts'
import { TooManyAttempts } from './errors.ts'
import { limitMisses, type Limited } from './limiter.ts'
import type { Circumstances } from './method.ts'
import { mailUrlFor } from './share-mail.ts'

const HOUR = 60 * 60 * 1000
/** How many links one network may ask for in an hour. */
const MOST_ASKED = 10

/**
 * Mails a link to the account with this name or e-mail address, if there is one and it is not disabled: the caller learns nothing of it. 'too many
 * mails' when the limit of the hour does not allow the mail. Throws TooManyAttempts when this network has asked too often.
 */
export async function mailResetLink (name: string, asked: Pick<Circumstances, 'ports' | 'policy' | 'trustedUrl' | 'locale' | 'address' | 'now'>): Promise<'too many mails' | undefined> {
  const { ports, policy, trustedUrl, locale, address, now } = asked
  const { sql, vault } = ports
  if (policy.limitsAttempts) {
    const subject = vault.sign('password mails', networkOf(address)).toString('hex')
    if (await sql.batch([takeRate({ subject, window: HOUR, now }, MOST_ASKED)]) === undefined) {
      const end = (await findFull(sql, [subject], MOST_ASKED, now)).get(subject) ?? now + HOUR
      throw new TooManyAttempts('AUTHENTICATION_FAILURE', end - now)
    }
  }
  const user = await findUser(sql, name)
  if (user === undefined || user.isDisabled) return undefined
  const url = await mailUrlFor(undefined, { ports, policy, trustedUrl })
  const link = url + PATHS.newPassword.replace(':code', writeResetCode(vault, user, now))
  const mails = await writeForReaders(sql, [user.email], { settings: policy.branding, url, locale }, look => resetMail(look, user.userName, link))
  return await queueMails(ports, mails, { id: NO_ACCOUNT, limit: policy.mailsPerHour }, now) ? undefined : 'too many mails'
}

/** The account that a link is for; undefined for one that has ended, was used, or is none. Throws TooManyAttempts. */
export function findResetOwner (code: string, address: string, limited: Limited): Promise<User | undefined> {
  const { sql, vault, clock } = limited.ports
  return limitMisses(limited, 'password link', { address, about: '/password', error: 'PERMISSION_DENIED', look })

  async function look (): Promise<User | undefined> {
    const id = ownerOfResetCode(code)
    const user = id === undefined ? undefined : await findUserById(sql, id)
    return user !== undefined && !user.isDisabled && isResetCode(vault, code, user, clock.now()) ? user : undefined
  }
}
