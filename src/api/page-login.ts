/** Login on the pages: by password, with the key in a cookie. Sessions of the API are separate. */
import { fitsPassword, hashKey } from '../domain/accounts/credentials.ts'
import { newKey } from '../domain/identifiers.ts'
import { QueueFull } from '../domain/limited-queue.ts'
import { fitsHash, hashPassword } from '../domain/accounts/page-password.ts'
import type { User } from '../domain/accounts/user.ts'
import type { Ports } from '../ports.ts'
import type { Proven } from '../store/access.ts'
import { addPageSession, findPagePassword, keepPagePassword } from '../store/accounts/page-sessions.ts'
import { findUser } from '../store/accounts/users.ts'
import { TooManyAttempts } from './errors.ts'
import { limitLogin } from './known-secrets.ts'
import type { Limited } from './limiter.ts'

const SALT_BYTES = 16
/** Longer names of browsers are cut. */
const LONGEST_AGENT = 200
/** Milliseconds after which the queue of hashes surely has space again. */
const QUEUE_TIME = 5000

export interface Attempt {
  readonly name: string
  readonly password: string
  readonly address: string
  /** A browser or session that proved the user's identity before. */
  trustedAs (user: User): string | undefined
}

/** The user, or the reason for refusal: `wrong` does not reveal whether the name or the password was wrong. Throws TooManyAttempts. */
export async function provePassword ({ name, password, address, trustedAs }: Attempt, limited: Limited): Promise<User | 'wrong' | 'disabled'> {
  const { ports } = limited
  const user = await findUser(ports.sql, name)
  const proved = await limitLogin(limited, { user, name, address, trusted: user && trustedAs(user), about: '/login' },
    async () => await isRight(user, password, ports) ? user : undefined)
  if (proved === undefined) return 'wrong'
  return proved.isDisabled ? 'disabled' : proved
}

/** Opens a session; returns the key for the cookie. undefined when the password was changed since it was proven. */
export async function openPageSession (user: Proven, userAgent: string, { sql, ids, clock }: Ports): Promise<string | undefined> {
  const key = newKey(ids)
  const now = clock.now()
  const isOpen = await addPageSession(sql, user, { keyHash: hashKey(key), userAgent: userAgent.slice(0, LONGEST_AGENT), createdAt: now, lastUsedAt: now })
  return isOpen ? key : undefined
}

/** One hash is always computed, so that the time does not reveal whether the user exists. */
async function isRight (user: User | undefined, password: string, { sql, ids, vault }: Limited['ports']): Promise<boolean> {
  const known = user === undefined ? null : await findPagePassword(sql, user.id)
  try {
    if (known !== null) return await fitsHash(known, password)
    const hashed = await hashPassword(password, ids.bytes(SALT_BYTES))
    if (user === undefined || !fitsPassword(vault, user.sealedPassword, password)) return false
    await keepPagePassword(sql, user, hashed)
    return true
  } catch (error) {
    throw error instanceof QueueFull ? new TooManyAttempts('AUTHENTICATION_FAILURE', QUEUE_TIME) : error
  }
}
