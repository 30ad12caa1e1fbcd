/** Exchanges of a report as text, as in the journal, without secrets. */
import type { Entry } from '../journal/entry.ts'

/** Longer values are cut. */
const MAX_VALUE = 200

/** The request on one line, and the result. */
export function exchangeLine ({ id, verb, path, params, request: { files }, response: { status }, code, ms, fault, state }: Entry): string {
  const sent = Object.entries(params).map(([name, value]) => `${name}=${value.length > MAX_VALUE ? `${value.slice(0, MAX_VALUE)}…` : value}`)
  const bodies = files.map(({ field, name, size }) => `${field || 'file'}: ${name} (${size} bytes)`)
  const answer = state === 'cut' ? 'the connection ended before the answer did' : `HTTP ${status ?? '–'}${code === null ? '' : `, code ${code}`}`
  return `#${id} ${verb} ${path} ${[...sent, ...bodies].join(' ')} → ${answer}${ms === null ? '' : ` after ${Math.round(ms)} ms`}${fault === null ? '' : ` (fault ${fault})`}`
}
