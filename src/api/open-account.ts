/** Opening an account, for programs by auth.register and for people on the pages. Whether they may is for the caller to ask. */
import { sealUserPassword } from '../domain/accounts/credentials.ts'
import { networkOf } from '../domain/accounts/guess-limit.ts'
import { newPassword } from '../domain/identifiers.ts'
import { findBrokenRule, type Registration, type RegistrationRules } from '../domain/accounts/registration.ts'
import type { User } from '../domain/accounts/user.ts'
import { recordEvent } from '../store/operations/events.ts'
import { NO_ACCOUNT, queueMails } from '../store/operations/mails.ts'
import { findFull, takeRate } from '../store/rates.ts'
import { endSetUp } from '../store/accounts/registration.ts'
import { findUser, insertUser, makeAdministrator } from '../store/accounts/users.ts'
import { writeForReaders } from '../mail/for-readers.ts'
import { passwordMail } from '../mail/templates.ts'
import { refuse, refuseBecause, TooManyAttempts, type Refusal } from './errors.ts'
import type { Circumstances } from './method.ts'
import { mailUrlFor } from './share-mail.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
/** A day allows as many as so many hours. */
const HOURS_IN_DAY = 5

type Opening = Pick<Circumstances, 'ports' | 'policy' | 'trustedUrl' | 'locale' | 'address' | 'now'> & { readonly rules: RegistrationRules }

/**
 * Without a password one is made and mailed: the account and its mail come together or not at all. `setUp` is the hash of the
 * code that makes it the first administrator. Throws 27 with the rule that is broken, and TooManyAttempts with 27 when too
 * many accounts were opened from this address.
 */
export async function openAccount (registration: Registration, opening: Opening, setUp?: string): Promise<User> {
  const { ports, policy, rules, address, now } = opening
  const { userName, fullName, password } = registration
  const email = registration.email.trim()
  const broken = findBrokenRule({ ...registration, email }, rules)
  if (broken !== undefined) throw refuse('REGISTRATION_ERROR', broken.sentence, broken.rule)
  const given = password === '' ? newPassword(ports.ids) : password
  const rates = ratesOf(opening)
  const name = userName ?? email
  const statements = [
    ...rates.map(({ window, most }) => takeRate(window, most)),
    ...setUp === undefined ? [] : [endSetUp(setUp)],
    insertUser({ userName: name, fullName, email, sealedPassword: sealUserPassword(ports.vault, given), plan: policy.defaultPlan, createdAt: now, locale: opening.locale }),
    ...setUp === undefined ? [] : [makeAdministrator(name)]
  ]
  const isOpened = password === ''
    ? await mailPassword(email, name, given, opening, statements)
    : await ports.sql.batch(statements) !== undefined
  const user = isOpened ? await findUser(ports.sql, email) : undefined
  if (user === undefined) throw await reasonOf({ ...registration, email }, rates, opening)
  await recordEvent(ports, { kind: 'registered', who: user.userName, address })
  if (await findEndOfLimit(rates, opening) !== undefined) await recordEvent(ports, { kind: 'attempts-limited', who: '', about: 'registration', address })
  return user
}

/** Password mails count on those without an account. Only for programs in tests, who are not limited, the server itself writes. */
async function mailPassword (
  to: string, userName: string, password: string, { ports, policy, trustedUrl, locale, now }: Opening, before: Parameters<typeof queueMails>[4]
): Promise<boolean> {
  const url = await mailUrlFor(undefined, { ports, policy, trustedUrl })
  const mails = await writeForReaders(ports.sql, [to], { settings: policy.branding, url, locale }, look => passwordMail(look, userName, password))
  const sender = policy.limitsAttempts ? { id: NO_ACCOUNT, limit: policy.mailsPerHour } : undefined
  return queueMails(ports, mails, sender, now, before)
}

type Rates = ReturnType<typeof ratesOf>

/** What an address may open. Nothing is counted for an account that was not opened. */
function ratesOf ({ ports: { vault }, policy: { limitsAttempts, accountsPerHour }, address, now }: Opening) {
  const limits = [['hour', accountsPerHour, HOUR], ['day', accountsPerHour * HOURS_IN_DAY, DAY]] as const
  return limits.filter(() => limitsAttempts).map(([name, most, window]) =>
    ({ window: { subject: vault.sign('accounts', name, networkOf(address)).toString('hex'), window, now }, most }))
}

/** When the limit that is reached ends; undefined when none is. */
async function findEndOfLimit (rates: Rates, { ports: { sql }, now }: Opening): Promise<number | undefined> {
  for (const { window: { subject }, most } of rates.toReversed()) {
    const end = (await findFull(sql, [subject], most, now)).get(subject)
    if (end !== undefined) return end
  }
  return undefined
}

/** Why an account was not opened. Whoever is at the limit learns no more of which names there are. */
async function reasonOf ({ userName, email, password }: Registration, rates: Rates, opening: Opening): Promise<Refusal> {
  const { sql } = opening.ports
  const end = await findEndOfLimit(rates, opening)
  if (end !== undefined) return new TooManyAttempts('REGISTRATION_ERROR', end - opening.now, 'Too many accounts were opened from your address. Try again later.')
  if (userName !== undefined && await findUser(sql, userName) !== undefined) return refuseBecause('name taken')
  if (password !== '' || await findUser(sql, email) !== undefined) return refuseBecause('e-mail taken')
  return refuseBecause('no password mail')
}
