/** Reads JSON or YAML documents: a table defines the allowed fields, and an error contains its position. */
import type { Kind } from './kinds.ts'
import { nearest } from './nearest.ts'

/** `pointer` is a JSON pointer (RFC 6901) to the wrong value; '' is the whole document. */
export class DocumentProblem extends Error {
  readonly pointer: string
  readonly problem: string

  constructor (pointer: string, problem: string) {
    super(pointer === '' ? problem : `${pointer}: ${problem}`)
    this.pointer = pointer
    this.problem = problem
  }
}

/** Returns the validated value, or throws a DocumentProblem at its pointer. */
export type Read<T> = (value: unknown, at: string) => T

/** A text; a number counts as one, since YAML takes `password: 1234` for a number. */
export const someText: Read<string> = (value, at) => {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw new DocumentProblem(at, `expected a text, got ${shown(value)}`)
}

/** `true`, `false`, or 1 and 0 as on the wire. */
export const yesOrNo: Read<boolean> = (value, at) => {
  if (value === true || value === 1 || value === '1') return true
  if (value === false || value === 0 || value === '0') return false
  throw new DocumentProblem(at, `expected true or false, got ${shown(value)}`)
}

/** Written as on the command line; numbers count as their text. */
export const written = <T>({ read }: Kind<T>): Read<T> => (value, at) => {
  const text = someText(value, at)
  try {
    return read(text.trim())
  } catch (error) {
    throw new DocumentProblem(at, `${error instanceof Error ? error.message : String(error)}, got ${shown(value)}`)
  }
}

/** `null` means "not set". */
export const orNull = <T>(read: Read<T>): Read<T | null> => (value, at) => value === null ? null : read(value, at)

export const listed = <T>(read: Read<T>): Read<readonly T[]> => (value, at) => {
  if (!Array.isArray(value)) throw new DocumentProblem(at, `expected a list, got ${shown(value)}`)
  return value.map((item, i) => read(item, `${at}/${i}`))
}

export type Fields<T> = { readonly [K in keyof T]-?: Read<T[K]> }

/** An object with some of the fields, including all mandatory ones. */
export function fields<T extends object, M extends keyof T & string = never> (
  table: Fields<T>, mandatory: readonly M[] = []
): Read<Partial<T> & Pick<T, M>> {
  const readers = new Map<string, Read<unknown>>(Object.entries(table))
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new DocumentProblem(at, `expected an object with ${[...readers.keys()].join(', ')}, got ${shown(value)}`)
    }
    const found = Object.entries(value).map(([name, inner]) => {
      const read = readers.get(name)
      if (read === undefined) throw new DocumentProblem(`${at}/${escaped(name)}`, unknownField(name, [...readers.keys()]))
      return [name, read(inner, `${at}/${name}`)]
    })
    const missing = mandatory.find(name => !(name in value))
    if (missing !== undefined) throw new DocumentProblem(at, `${missing} is missing`)
    return Object.fromEntries(found) as Partial<T> & Pick<T, M>
  }
}

function unknownField (name: string, known: readonly string[]): string {
  const meant = nearest(name, known)
  return meant === undefined ? `no such field; expected ${known.join(', ')}` : `no such field; did you mean ${meant}?`
}

/** JSON or YAML (a superset of JSON), as plain data. */
export async function parseDocument (text: string): Promise<unknown> {
  const { parse } = await import('yaml')
  try {
    return parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new DocumentProblem('', (error instanceof Error ? error.message : String(error)).split('\n')[0]?.replace(/:$/, '') ?? '')
  }
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

function shown (value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60)
}
