/** Values that no client should send, as written in an urlencoded body and as they must be understood. */

export interface HostileValue {
  readonly encoded: string
  readonly value: string
}

const LONG = 50 * 1024
export const MANY_ITEMS = 5_000

/** An urlencoded body; the values of `encoded` are encoded already. */
export const bodyOf = (params: Readonly<Record<string, string>>, encoded: Readonly<Record<string, string>> = {}): string =>
  [...Object.entries(params).map(([name, value]) => [name, encode(value)]), ...Object.entries(encoded)].map(([name, value]) => `${name}=${value}`).join('&')

/** Any text; a text that JavaScript can hold and UTF-8 cannot is sent byte by byte. */
export function encode (text: string): string {
  // Long texts are encoded often, and character by character it takes thirty times as long.
  if (text.isWellFormed()) return encodeURIComponent(text)
  return [...text].map(character => {
    const unit = character.charCodeAt(0)
    if (character.isWellFormed()) return encodeURIComponent(character)
    return [0xe0 | unit >> 12, 0x80 | (unit >> 6 & 0x3f), 0x80 | (unit & 0x3f)].map(byte => `%${byte.toString(16)}`).join('')
  }).join('')
}

/** A lone surrogate is three bytes that are invalid UTF-8: each becomes U+FFFD. */
export const understood = (text: string): string =>
  text.isWellFormed() ? text : [...text].map(character => character.isWellFormed() ? character : '\ufffd\ufffd\ufffd').join('')

const plain = (text: string): HostileValue => ({ encoded: encode(text), value: understood(text) })

/** `stranger` is an id of another user of the same kind, `other` one of another kind. */
export function hostileValues (ids: { readonly stranger: string, readonly other: string }): Readonly<Record<string, HostileValue>> {
  const shortIds = Array.from({ length: MANY_ITEMS }, (_, i) => `${i}`.padStart(6, 'z'))
  const emails = Array.from({ length: 2_000 }, (_, i) => `r${i}@example.org`)
  return {
    empty: plain(''),
    blank: plain('   '),
    'commas alone': plain(',,, ,'),
    '50 KiB': plain('x'.repeat(LONG)),
    '50 KiB of digits': plain('7'.repeat(LONG)),
    '50 KiB of accents': { encoded: '%CC%81'.repeat(LONG / 6), value: '\u0301'.repeat(LONG / 6) },
    '50 KiB of links that end nowhere': plain(`http://x${'/file/aaaaaa'.repeat(3000)}\n.`),
    NUL: plain('\0'),
    'NUL inside': plain('a\0b'),
    'control characters': plain('\u0001\u0002\u001f\u007f\u0080\u009f'),
    'TAB, LF, CR': plain('\t\n\r'),
    'a header of a mail': plain('a@example.org\r\nBcc: b@example.org'),
    emoji: plain('🦊🧑‍🚀👨‍👩‍👧‍👦'),
    'XML characters': plain('<>&"\''),
    'the end of a CDATA section': plain(']]>'),
    noncharacters: plain('\ufffe\uffff'),
    'right to left': plain('\u202egpj.exe'),
    'literal %00': plain('%00'),
    'literal %ff': plain('%ff'),
    'the byte 00': { encoded: '%00', value: '\0' },
    'the byte ff': { encoded: '%ff', value: '\ufffd' },
    'an overlong slash': { encoded: '%c0%af', value: '\ufffd\ufffd' },
    'a broken escape': { encoded: '%zz%', value: '%zz%' },
    'half a pair': plain('\ud800'),
    'the other half': plain('a\udc00b'),
    negative: plain('-1'),
    'very negative': plain('-9007199254740993'),
    fractional: plain('1.5'),
    '2^53+1': plain('9007199254740993'),
    '1e999': plain('1e999'),
    hexadecimal: plain('0x10'),
    NaN: plain('NaN'),
    'an object of JavaScript': plain('__proto__'),
    SQL: plain("'; drop table users; --"),
    'a path': plain('../../../../etc/passwd'),
    'a foreign link': plain('http://example.org/file/aaaaaa'),
    'another user\'s id': plain(ids.stranger),
    'another kind\'s id': plain(ids.other),
    'an unknown id': plain('zzzzzz'),
    'an id in capitals': plain('ZZZZZZ'),
    '5,000 ids': plain(shortIds.join(',')),
    '2,000 addresses': plain(emails.join(','))
  }
}
