import { parse } from 'content-disposition'
import { decodeCharset, decodeEncodedWords, decodeExtendedValue, guessExtendedValue } from './encoded-name.ts'

/** One part of a form. `fileName` is undefined for a field; as sent, not yet cleaned. */
export interface PartHeaders {
  readonly name: string
  readonly fileName: string | undefined
}

/**
 * Reads a header block of browsers and old clients: names in UTF-8, or else in Windows-1252;
 * `\"` and `%22` both stand for a quote. A part of type application/octet-stream without a name is a file, too.
 */
export function readPartHeaders (block: Buffer): PartHeaders {
  const headers = new Map<string, string>()
  for (const line of decode(block).replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  const { name, filename } = readDisposition(headers.get('content-disposition') ?? '')
  const isBinary = /^"?application\/octet-stream\b/i.test(headers.get('content-type') ?? '')
  return { name: (name ?? '').toLowerCase(), fileName: filename ?? (isBinary ? '' : undefined) }
}

function readDisposition (header: string): { name?: string | undefined, filename?: string | undefined } {
  // A backslash escapes a quote, but `"C:\"` ends there: Internet Explorer sent whole paths.
  const { parameters } = parse(header.replace(/\\"(?!\s*(?:;|$))/g, '%22'), { multipart: true, extended: false })
  const valueOf = (key: string): string | undefined =>
    decodeExtendedValue(parameters[`${key}*`]) ?? joinContinuations(key, parameters) ?? decodeEncodedWords(parameters[key]) ??
      guessExtendedValue(parameters[`${key}*`])
  return { name: valueOf('name'), filename: valueOf('filename') }
}

/** `filename*0*=utf-8''…; filename*1=…` (RFC 2231): mail libraries split long names so. */
function joinContinuations (key: string, parameters: Readonly<Record<string, string | undefined>>): string | undefined {
  let charset = ''
  let value = ''
  for (let i = 0; ; i++) {
    const encoded = parameters[`${key}*${i}*`]
    const plain = parameters[`${key}*${i}`]
    if (encoded === undefined && plain === undefined) break
    // The first piece names the charset of all; plain pieces are accepted like escaped ones.
    if (i === 0 && encoded !== undefined) charset = /^([^']*)'[^']*'/.exec(encoded)?.[0] ?? ''
    value += encoded === undefined ? encodeURIComponent((plain ?? '').toWellFormed()) : i === 0 ? encoded.slice(charset.length) : encoded
  }
  if (value === '') return undefined
  const whole = `${charset === '' ? "utf-8''" : charset}${value}`
  return decodeExtendedValue(whole) ?? guessExtendedValue(parameters[key] === undefined ? whole : undefined)
}

const decode = (bytes: Buffer): string => decodeCharset('utf-8', bytes) ?? decodeCharset('windows-1252', bytes) ?? ''
