import { parse } from 'content-disposition'

/** One part of a form. `fileName` is undefined for a field; as sent, not yet cleaned. */
export interface PartHeaders {
  readonly name: string
  readonly fileName: string | undefined
}

/**
 * Reads a header block as browsers and old clients write it: names in UTF-8 or, when they are not, in Windows-1252;
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
  // A backslash before a quote escapes it, but `"C:\"` ends there: Internet Explorer sent whole paths.
  const { parameters } = parse(header.replace(/\\"(?!\s*(?:;|$))/g, '%22'), { multipart: true })
  return { name: parameters.name, filename: parameters.filename }
}

function decode (bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
