import { codePointsOf } from '../text-limit.ts'

/** How many addresses a call or an upload may have (our choice). */
export const MAX_RECIPIENTS = 20

/**
 * Whether a text can be used as a mail address: one `@`, a dot in the host, nothing that could break a mail header.
 * Deliberately narrower than RFC 5322 (no quotes, no comments): every accepted address is safe in any header.
 */
export function isEmail (text: string): boolean {
  return codePointsOf(text) <= 254 && /^[^\s"(),:;<>@[\\\]\p{C}]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])$/u.test(text)
}

/** Addresses ignore case (our choice, as everywhere on the web). */
export const emailKey = (email: string): string => email.toLowerCase()

/** The mailbox of an address, for limits: without the owner's label after a plus sign. */
export const mailboxKey = (email: string): string => emailKey(email).replace(/(?<=[^+])\+[^@]*(?=@[^@]*$)/, '')

/** A list from the wire: separated by commas, spaces trimmed, empty items and repeats dropped; items beyond the limit are ignored. */
export function splitList (text: string, mostItems?: number): string[] {
  return [...new Set(text.split(',', mostItems).map(item => item.trim()).filter(item => item !== ''))]
}

/** Each address once, ignoring case, in its first spelling. */
export function withoutRepeats (emails: readonly string[]): string[] {
  return [...new Map(emails.toReversed().map(email => [emailKey(email), email])).values()].toReversed()
}

/** An address with a display name. */
export interface Mailbox {
  readonly name: string
  readonly address: string
}

/** `Name <address>` or an address alone. Throws an error that says what was expected. */
export function readMailbox (text: string): Mailbox {
  const [, name = '', address = ''] = /^([^<>\p{C}]*)<([^<>]*)>$/u.exec(text) ?? [text, '', text]
  if (!isEmail(address)) throw new Error('expected an address such as files@example.org or "Our files <files@example.org>"')
  return { name: name.trim().replace(/^"(.*)"$/, '$1'), address }
}
