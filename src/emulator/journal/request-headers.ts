/** The headers of a request in the journal: as sent by the client, without secrets. */
import type { SecretMasker } from './mask-secrets.ts'

export interface KeptHeaders {
  /** By name in lower case; several of one name are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  /** How many more were sent. */
  readonly omitted: number
}

const MAX_HEADERS = 100
/** The default limit of Node.js. */
const MAX_BYTES = 16 * 1024

/** `raw` has alternating names and values, as in Node.js. */
export function keepHeaders (raw: readonly string[], mask: SecretMasker): KeptHeaders {
  const headers = new Map<string, string>()
  let bytes = 0
  let omitted = 0
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name, value] = [raw[i]?.toLowerCase() ?? '', raw[i + 1] ?? '']
    bytes += name.length + value.length
    if (bytes > MAX_BYTES || (headers.size >= MAX_HEADERS && !headers.has(name))) omitted++
    else headers.set(name, [...headers.has(name) ? [headers.get(name)] : [], mask.header(name, value)].join(', '))
  }
  return { headers: Object.fromEntries(headers), omitted }
}
