import { codePointsOf } from '../text-limit.ts'

/** Addresses a call or an upload may name (our choice). */
export const MAX_RECIPIENTS = 20

/**
 * Whether a text can be used as a mail address: one `@`, a dot in the host, nothing a mail header could break on.
 * Deliberately narrower than RFC 5322 (no quotes, no comments): what it accepts is safe in any header.
 */
export function isEmail (text: string): boolean {
  return codePointsOf(text) <= 254 && /^[^\s"(),:;<>@[\\\]\p{C}]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])$/u.test(text)
}

/** Addresses are one and the same whatever their case (our choice, as everywhere on the web). */
export const emailKey = (email: string): string => email.toLowerCase()

/** Whose mailbox it is, for limits: what stands behind a plus sign is the owner's own label. */
export const mailboxKey = (email: string): string => emailKey(email).replace(/(?<=[^+])\+[^@]*(?=@[^@]*$)/, '')

/** A list as the wire has it: commas, blanks trimmed, empty items and repeats dropped; what comes after so many items is not looked at. */
export function splitList (text: string, mostItems?: number): string[] {
  return [...new Set(text.split(',', mostItems).map(item => item.trim()).filter(item => item !== ''))]
}

/** Each address once, whatever its case, as it was written first. */
export function withoutRepeats (emails: readonly string[]): string[] {
  return [...new Map(emails.toReversed().map(email => [emailKey(email), email])).values()].toReversed()
}

/** An address with the name that stands before it in a mail. */
export interface Mailbox {
  readonly name: string
  readonly address: string
}

/** `Name <address>` or an address alone. Throws a text that says what was expected. */
export function readMailbox (text: string): Mailbox {
  const [, name = '', address = ''] = /^([^<>\p{C}]*)<([^<>]*)>$/u.exec(text) ?? [text, '', text]
  if (!isEmail(address)) throw new Error('expected an address such as files@example.org or "Our files <files@example.org>"')
  return { name: name.trim().replace(/^"(.*)"$/, '$1'), address }
}
