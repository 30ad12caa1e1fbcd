/** The identifiers of the wire contract, section 3: formats as observed, random numbers from the port. */
import type { Ids } from '../ports.ts'

const LOWER_AND_DIGITS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const HEX = '0123456789abcdef'

/** File and folder ids: 6 of `a-z0-9` (the guide). Two billion exist, so an insert must handle collisions. */
export const newShortId = (ids: Ids): string => ids.text(LOWER_AND_DIGITS, 6)

/** Tokens and session keys: 32 of `a-z0-9` (observed). */
export const newKey = (ids: Ids): string => ids.text(LOWER_AND_DIGITS, 32)

/** Delete codes: 32 lower-case hex (observed). */
export const newDeleteCode = (ids: Ids): string => ids.text(HEX, 32)

/** `extra_info`: 40 characters that no encoding changes (our choice). */
export const newTicketProof = (ids: Ids): string => ids.text(LOWER_AND_DIGITS, 40)

/** Names one upload; its blobs are `<this>-0`, `<this>-1`, … It never repeats, not even with fixed ids in tests. */
export const newUploadId = (ids: Ids): string => ids.bytes(12).toString('hex')

/** A password for people who register without one: 12 characters that look different from each other. */
export const newPassword = (ids: Ids): string => ids.text('abcdefghjkmnpqrstuvwxyz23456789', 12)

/** `<int>.<unix time>.<8 HEX>.<int>.0` (observed). The three free parts have 92 random bits: it is a secret that grants the upload. */
export function newUploadIdentifier (ids: Ids, now: number): string {
  const integer = () => ids.text('123456789', 1) + ids.text('0123456789', 8)
  return `${integer()}.${Math.floor(now / 1000)}.${ids.text(HEX, 8).toUpperCase()}.${integer()}.0`
}

export const isShortId = (text: string): boolean => /^[a-z0-9]{6}$/.test(text)
export const isKey = (text: string): boolean => /^[a-z0-9]{32}$/.test(text)
export const isUploadId = (text: string): boolean => /^[0-9a-f]{24}$/.test(text)

/**
 * The id of stored bytes: the upload, optionally its server, and the number of the file. It becomes part of a path or of
 * a URL, and a row can come from a forged database.
 */
export const isBlobId = (text: string): boolean => /^[0-9a-z]{1,64}(?:\.[0-9a-z]{1,64})?-\d{1,4}$/.test(text)

/** API keys: 10 of `A-Z0-9` (observed). */
export const isApiKey = (text: string): boolean => /^[A-Z0-9]{10}$/.test(text)

/** The root folder of every user; it is not a row. */
export const ROOT_FOLDER = '0'
