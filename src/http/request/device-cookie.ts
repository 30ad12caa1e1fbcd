/**
 * A cookie for browsers in which a user has logged in before, so that strangers who guess the password cannot lock
 * the user out: attempts from this browser are counted separately. A new password ends all of them. (OWASP: device cookie.)
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { equals } from '../../domain/accounts/credentials.ts'
import { isKey, newKey } from '../../domain/identifiers.ts'
import type { User } from '../../domain/accounts/user.ts'
import type { Vault } from '../../domain/vault.ts'
import type { Ports } from '../../ports.ts'
import { readCookie, writeCookie } from '../cookies.ts'

const COOKIE = 'respace_device'
const YEAR = 365 * 24 * 60 * 60
/** A browser used by several people keeps the last ones. */
const MAX_ACCOUNTS = 5
const BETWEEN = '~'

type Account = Pick<User, 'id' | 'sealedPassword'>

/** The id of this browser, if this account was logged in with it. */
export function deviceOf (request: FastifyRequest, user: Account, vault: Vault): string | undefined {
  return signsOf(request).map(sign => nameIn(sign, user, vault)).find(name => name !== undefined)
}

/** Set after a login. */
export function rememberDevice (request: FastifyRequest, reply: FastifyReply, user: Account, { vault, ids }: Pick<Ports, 'vault' | 'ids'>): void {
  const signs = signsOf(request)
  if (signs.some(sign => nameIn(sign, user, vault) !== undefined)) return
  const name = newKey(ids)
  writeCookie(request, reply, COOKIE, [`${name}.${signatureOf(name, user, vault)}`, ...signs].slice(0, MAX_ACCOUNTS).join(BETWEEN), YEAR)
}

const signsOf = (request: FastifyRequest): string[] =>
  (readCookie(request, COOKIE) ?? '').split(BETWEEN, MAX_ACCOUNTS).filter(sign => /^[a-z0-9]{32}\.[0-9a-f]{64}$/.test(sign))

function nameIn (sign: string, user: Account, vault: Vault): string | undefined {
  const [name = '', signature = ''] = sign.split('.')
  return isKey(name) && equals(signature, signatureOf(name, user, vault)) ? name : undefined
}

const signatureOf = (name: string, { id, sealedPassword }: Account, vault: Vault): string => vault.sign('device', name, String(id), sealedPassword).toString('hex')
