/** Codes of the links by which people choose a new password: signed, so none is stored, and void once the password or the e-mail address has changed. */
import type { Vault } from '../vault.ts'
import { equals } from './credentials.ts'
import type { User } from './user.ts'

/** Milliseconds (our choice). */
const RESET_LIFETIME = 60 * 60 * 1000
const SIGNATURE_DIGITS = 32

type Owner = Pick<User, 'id' | 'sealedPassword' | 'email'>

/** `USER-END-SIGNATURE`: the account, the time in milliseconds at which the code ends, and 128 bits in hex. */
export function writeResetCode (vault: Vault, owner: Owner, now: number): string {
  const endsAt = now + RESET_LIFETIME
  return `${owner.id}-${endsAt}-${signatureOf(vault, owner, endsAt)}`
}

/** The id of the account that a code is for; undefined for a text that is no code. Nothing is proven by it. */
export function ownerOfResetCode (code: string): number | undefined {
  const [, id] = /^(\d{1,15})-\d{1,15}-[0-9a-f]{32}$/.exec(code) ?? []
  return id === undefined ? undefined : Number(id)
}

export function isResetCode (vault: Vault, code: string, owner: Owner, now: number): boolean {
  const endsAt = Number(code.split('-')[1])
  return equals(code, `${owner.id}-${endsAt}-${signatureOf(vault, owner, endsAt)}`) && now < endsAt && endsAt <= now + RESET_LIFETIME
}

const signatureOf = (vault: Vault, { id, sealedPassword, email }: Owner, endsAt: number): string =>
  vault.sign('password reset', String(id), String(endsAt), sealedPassword, email).toString('hex').slice(0, SIGNATURE_DIGITS)
