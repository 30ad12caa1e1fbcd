/** File names in the two encodings for header fields besides plain text. */

/**
 * `=?utf-8?B?…?=` (RFC 2047), when the whole name consists of such words: .NET's HttpClient writes all non-ASCII names in this way.
 * Anything else, also undecodable words, is returned unchanged: it is a legal name.
 */
export function decodeEncodedWords (name: string | undefined): string | undefined {
  if (name === undefined || !name.startsWith('=?')) return name
  const trimmed = name.trim()
  const words = [...trimmed.matchAll(/=\?([\w-]+)(?:\*[\w-]*)?\?([BbQq])\?([^?]*)\?=[ \t]*/gy)]
  if (words.reduce((sum, [word]) => sum + word.length, 0) !== trimmed.length) return name
  let decoded = ''
  let bytes: Buffer[] = []
  for (const [i, word] of words.entries()) {
    const [, charset = '', encoding = '', text = ''] = word
    const content = encoding.toUpperCase() === 'B' ? bytesOfBase64(text) : bytesOfQuoted(text)
    if (content === undefined) return name
    bytes.push(content)
    // Libraries cut words inside a character: decode the bytes of one charset together.
    if (words[i + 1]?.[1]?.toLowerCase() === charset.toLowerCase()) continue
    const piece = decodeCharset(charset, Buffer.concat(bytes))
    if (piece === undefined) return name
    decoded += piece
    bytes = []
  }
  return decoded
}

/** `utf-8'en'%e2%82%ac.txt` (RFC 8187), quoted or not; undefined if it cannot be decoded. */
export function decodeExtendedValue (value: string | undefined): string | undefined {
  const [, charset = '', text = ''] = /^([\w-]+)'[^']*'((?:[^%]|%[0-9a-f]{2})*)$/i.exec(value ?? '') ?? []
  if (charset === '') return undefined
  // Unescaped characters beyond ASCII were already read as text.
  const escaped = text.replace(/[^\x00-\x7f]+/g, raw => encodeURIComponent(raw.toWellFormed()))
  return decodeCharset(charset, Buffer.from(escaped.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1'))
}

/** A best guess for a value with a missing, unknown or wrong charset: an odd name is better than no file. */
export function guessExtendedValue (value: string | undefined): string | undefined {
  const text = value?.replace(/^[\w-]*'[^']*'/, '')
  return text === undefined ? undefined : decodeExtendedValue(`utf-8''${text}`) ?? text
}

function bytesOfBase64 (text: string): Buffer | undefined {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined
}

function bytesOfQuoted (text: string): Buffer | undefined {
  // Spaces are `_`, but some programs do not encode them.
  if (!/^(?:[\x20-\x3c\x3e-\x7e]|=[0-9A-Fa-f]{2})*$/.test(text)) return undefined
  return Buffer.from(text.replaceAll('_', ' ').replace(/=([0-9A-F]{2})/gi, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1')
}

/**
 * Decodes by any charset label that browsers know; undefined for an unknown label and for invalid bytes. In two
 * steps, since Node 20 to 24 decode Windows-1252 as Latin-1 in one step: a euro sign would become a control character.
 */
export function decodeCharset (charset: string, bytes: Buffer): string | undefined {
  try {
    const decoder = new TextDecoder(charset, { fatal: true, ignoreBOM: true })
    return decoder.decode(bytes, { stream: true }) + decoder.decode()
  } catch {
    return undefined
  }
}
