/**
 * Placeholders stand for secrets in a recording: `SECRET.session_key.2.w32_` is the second session key, of 32 small letters and digits. The
 * same secret always has the same placeholder, so an answer and the requests that use it stay linked; from the shape a replay creates a value that
 * clients accept: runs of characters of an alphabet, and single characters, such as separators, by their codes: `d4e2ed4` for `1234.5678`.
 */
import { createHash } from 'node:crypto'

/** All placeholders have this form. Its characters have no special meaning in URLs, XML and JSON. */
export const PLACEHOLDER = /SECRET\.[a-z_]+\.\d+\.(?:[dxXwm]\d+|e[0-9a-f]{2})+_/g

/** Alphabets by the letter of a shape, the smallest first. */
const ALPHABETS: Readonly<Record<string, string>> = {
  d: '0123456789',
  x: '0123456789abcdef',
  X: '0123456789ABCDEF',
  w: 'abcdefghijklmnopqrstuvwxyz0123456789',
  m: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
}

const MAX_LENGTH = 512
/** Maximum number of runs in a shape; a text with more becomes one run. */
const MAX_RUNS = 16
/** Used for values that people choose, because it reveals nothing about them. */
const HIDDEN_SHAPE = 'm12'

/** The placeholder of a secret. `kind` is the name of its parameter, field or header. */
export function placeholderOf (kind: string, number: number, secret: string): string {
  const name = kind.toLowerCase().replace(/[^a-z]+/g, '_').replace(/^_+|_+$/g, '') || 'secret'
  const isChosen = /pass|auth/.test(name) && !name.startsWith('tokened')
  return `SECRET.${name}.${number}.${isChosen ? HIDDEN_SHAPE : shapeOf(secret)}_`
}

function shapeOf (secret: string): string {
  const runs = secret.split(/([._-])/).filter(run => run !== '')
  if (runs.length > MAX_RUNS || secret.length > MAX_LENGTH) return `m${Math.min(secret.length, MAX_LENGTH)}`
  return runs.map(run => run.length === 1 ? `e${Buffer.from(run).toString('hex')}` : letterOf(run) + run.length).join('')
}

const letterOf = (run: string): string => Object.entries(ALPHABETS).find(([, alphabet]) => [...run].every(character => alphabet.includes(character)))?.[0] ?? 'm'

/** A value of that shape, always the same for the same placeholder. */
export function inventValue (placeholder: string): string {
  const shape = placeholder.slice(placeholder.lastIndexOf('.') + 1, -1)
  return [...shape.matchAll(/e([0-9a-f]{2})|([dxXwm])(\d+)/g)].map(([, code, letter = '', length], i) =>
    code === undefined ? inventRun(`${placeholder} ${i}`, ALPHABETS[letter] ?? '', Math.min(Number(length), MAX_LENGTH)) : Buffer.from(code, 'hex').toString('latin1')).join('')
}

function inventRun (seed: string, alphabet: string, length: number): string {
  let value = ''
  for (let block = 0; value.length < length; block++) {
    for (const byte of createHash('sha256').update(`${seed} ${block}`).digest()) value += alphabet[byte % alphabet.length] ?? ''
  }
  return value.slice(0, length)
}
