/**
 * Whether a text can be used as a mail address: one `@`, a dot in the host, nothing a mail header could break on.
 * Deliberately narrower than RFC 5322 (no quotes, no comments): what it accepts is safe in any header.
 */
export function isEmail (text: string): boolean {
  return text.length <= 254 && /^[^\s"(),:;<>@[\\\]\p{C}]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])$/u.test(text)
}

/** Addresses are one and the same whatever their case (our choice, as everywhere on the web). */
export const emailKey = (email: string): string => email.toLowerCase()

/** A list as the wire has it: commas, blanks trimmed, empty items and repeats dropped. */
export function splitList (text: string): string[] {
  return [...new Set(text.split(',').map(item => item.trim()).filter(item => item !== ''))]
}
