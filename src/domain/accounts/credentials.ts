/** Passwords of the protocol: the server must know md5(password), so it stores that, sealed. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { cutToBytes, MAX_TEXT_BYTES } from '../text-limit.ts'
import type { Vault } from '../vault.ts'

const USER_PASSWORD = 'user password'
const FILE_PASSWORD = 'file password'

const md5 = (text: string): string => createHash('md5').update(text, 'utf8').digest('hex')

export const sealUserPassword = (vault: Vault, password: string): string => vault.seal(md5(password), USER_PASSWORD)

/** lower(md5(token + lower(md5(password)))), the guide's formula. */
export function tokenPassword (token: string, password: string): string {
  return md5(token + md5(password))
}

/**
 * Whether a tokened password is right. The comparison ignores case (the wire contract) and takes the same time for an
 * unknown user (`sealed` undefined), so that names cannot be probed.
 */
export function provesPassword (vault: Vault, sealed: string | undefined, token: string, tokened: string): boolean {
  const known = vault.open(sealed ?? decoy(vault), USER_PASSWORD)
  const isEqual = equals(md5(token + known), tokened.toLowerCase())
  return sealed !== undefined && isEqual
}

/** Whether a password is the sealed one. */
export const fitsPassword = (vault: Vault, sealed: string, password: string): boolean => equals(vault.open(sealed, USER_PASSWORD), md5(password))

/** Files store the password itself, since the owner can see it (the guide's `password` attribute). */
export const sealFilePassword = (vault: Vault, password: string): string => vault.seal(password, FILE_PASSWORD)
export const openFilePassword = (vault: Vault, sealed: string): string => vault.open(sealed, FILE_PASSWORD)

/** An upload cuts a password that is too long, so the uncut one is right as well. */
export function opensFile (vault: Vault, sealed: string | null, password: string): boolean {
  return sealed === null || equals(cutToBytes(openFilePassword(vault, sealed), MAX_TEXT_BYTES), cutToBytes(password, MAX_TEXT_BYTES))
}

/** Compares two secrets in constant time. */
export function equals (a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

const decoys = new WeakMap<Vault, string>()

function decoy (vault: Vault): string {
  const made = decoys.get(vault) ?? sealUserPassword(vault, '')
  decoys.set(vault, made)
  return made
}

/** The stored hash of a key. A key has 165 random bits, so a fast hash is enough. */
export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex')
