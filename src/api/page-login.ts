/** Logging in on the pages: by password, with a cookie's key of its own. The API's sessions are others. */
import { fitsPassword, hashKey } from '../domain/credentials.ts'
import { newKey } from '../domain/identifiers.ts'
import { ATTEMPT_WINDOW, MOST_ATTEMPTS_FROM_ADDRESS, MOST_ATTEMPTS_ON_ACCOUNT, networkOf } from '../domain/login-limit.ts'
import { fitsHash, hashPassword } from '../domain/page-password.ts'
import type { User } from '../domain/user.ts'
import type { Ports } from '../ports.ts'
import type { Proven } from '../store/access.ts'
import { addPageSession, countAttempt, findPagePassword, forgetAttempts, keepPagePassword } from '../store/page-sessions.ts'
import { findUser } from '../store/users.ts'

const SALT_BYTES = 16
/** Longer names of browsers are cut. */
const LONGEST_AGENT = 200

export interface Attempt {
  readonly name: string
  readonly password: string
  readonly address: string
}

/** The user, or why not: `wrong` tells nobody whether the name or the password was. */
export async function provePassword ({ name, password, address }: Attempt, ports: Ports): Promise<User | 'wrong' | 'too often' | 'disabled'> {
  const account = subjectOf(ports, 'account', name.toLowerCase())
  if (!await mayTry(ports, account, MOST_ATTEMPTS_ON_ACCOUNT)) return 'too often'
  if (!await mayTry(ports, subjectOf(ports, 'address', networkOf(address)), MOST_ATTEMPTS_FROM_ADDRESS)) return 'too often'
  const user = await findUser(ports.sql, name)
  if (!await isRight(user, password, ports) || user === undefined) return 'wrong'
  await forgetAttempts(ports.sql, account)
  return user.isDisabled ? 'disabled' : user
}

/** Whether a further attempt of this kind from this address is still within the limit; it counts. */
export async function mayTryFrom (address: string, what: string, ports: Ports): Promise<boolean> {
  return mayTry(ports, subjectOf(ports, what, networkOf(address)), MOST_ATTEMPTS_FROM_ADDRESS)
}

/** After a right one: whoever knows the password need not guess it. */
export async function forgetTriesFrom (address: string, what: string, ports: Ports): Promise<void> {
  await forgetAttempts(ports.sql, subjectOf(ports, what, networkOf(address)))
}

/** Opens a session; the key for the cookie. undefined when the password was changed since it was proven. */
export async function openPageSession (user: Proven, userAgent: string, { sql, ids, clock }: Ports): Promise<string | undefined> {
  const key = newKey(ids)
  const now = clock.now()
  const isOpen = await addPageSession(sql, user, { keyHash: hashKey(key), userAgent: userAgent.slice(0, LONGEST_AGENT), createdAt: now, lastUsedAt: now })
  return isOpen ? key : undefined
}

/** One hash is computed whoever asks, so that its time does not tell whether there is such a user. */
async function isRight (user: User | undefined, password: string, ports: Ports): Promise<boolean> {
  const { sql, ids, vault } = ports
  const known = user === undefined ? null : await findPagePassword(sql, user.id)
  if (known !== null) return fitsHash(known, password)
  const hashed = await hashPassword(password, ids.bytes(SALT_BYTES))
  if (user === undefined || !fitsPassword(vault, user.sealedPassword, password)) return false
  await keepPagePassword(sql, user, hashed)
  return true
}

async function mayTry ({ sql, clock }: Ports, subject: string, most: number): Promise<boolean> {
  const now = clock.now()
  return await countAttempt(sql, subject, now - ATTEMPT_WINDOW, now) <= most
}

/** Signed: people type passwords into the wrong field, and addresses are nobody's business. */
const subjectOf = ({ vault }: Ports, kind: string, text: string): string => vault.sign('attempt', kind, text.replaceAll('\0', '')).toString('hex')
