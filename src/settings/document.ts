/** Reads JSON or YAML documents: a table defines the allowed fields, and an error contains its position. */
import type { Kind } from './kinds.ts'
import { nearest } from './nearest.ts'
import { reasonOf } from '../domain/as-error.ts'

/** `pointer` is a JSON pointer (RFC 6901) to the wrong value; '' is the whole document. */
export class DocumentProblem extends Error {
  readonly pointer: string
  readonly problem: string
  /** What to do instead, where that is known. */
  readonly hint: string | undefined

  constructor (pointer: string, problem: string, hint?: string) {
    super(pointer === '' ? problem : `${pointer}: ${problem}`)
    this.pointer = pointer
    this.problem = problem
    this.hint = hint
  }
}

/** Reads a value as it should be, or throws a DocumentProblem at its pointer. */
export interface Read<T> {
  (value: unknown, at: string): T
  /** How programs should write it, as JSON Schema: it may take more, such as a number as a text. Not given: anything. */
  readonly schema?: object
}

/** A reader that says what it takes. */
export const described = <T>(schema: object, read: Read<T>): Read<T> => Object.assign<Read<T>, { schema: object }>((value, at) => read(value, at), { schema })

/** The reader under a name, in the glossary's words: descriptions show its schema as a type of this name. */
export const titled = <T>(title: string, read: Read<T>): Read<T> => described({ title, ...read.schema }, read)

/** Refuses two members together that contradict each other, at the second. */
export const apart = <T>(read: Read<T>, one: keyof T & string, other: keyof T & string, problem: string): Read<T> => {
  const before: { readonly dependentSchemas?: Readonly<Record<string, { readonly properties: object }>> } = read.schema ?? {}
  const properties = { ...before.dependentSchemas?.[other]?.properties, [one]: false }
  return described({ ...before, dependentSchemas: { ...before.dependentSchemas, [other]: { properties } } }, (value, at) => {
    const found = read(value, at)
    if (found[one] !== undefined && found[other] !== undefined) throw new DocumentProblem(`${at}/${other}`, problem)
    return found
  })
}

/** A text; a number counts as one, since YAML takes `password: 1234` for a number. */
export const someText: Read<string> = described({ type: 'string' }, (value, at) => {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw new DocumentProblem(at, `expected a text, got ${shown(value)}`)
})

/** `true`, `false`, or as the wire writes them: 1 and 0. */
export const yesOrNo: Read<boolean> = described({ anyOf: [{ type: 'boolean' }, { type: 'integer', enum: [0, 1] }] }, (value, at) => {
  if (value === true || value === 1 || value === '1') return true
  if (value === false || value === 0 || value === '0') return false
  throw new DocumentProblem(at, `expected true or false, got ${shown(value)}`)
})

/** Written as on the command line; numbers count as their text. Its schema is how JSON writes the kind. */
export const written = <T>({ name, read, schema }: Kind<T>): Read<T> => described(schema ?? { type: 'string', description: name }, (value, at) => {
  const text = someText(value, at)
  try {
    return read(text.trim())
  } catch (error) {
    throw new DocumentProblem(at, `${reasonOf(error)}, got ${shown(value)}`)
  }
})

/** `null` stands for "as if it had never been set". */
export const orNull = <T>(read: Read<T>): Read<T | null> =>
  described({ anyOf: [read.schema ?? {}, { type: 'null' }] }, (value, at) => value === null ? null : read(value, at))

export const listed = <T>(read: Read<T>): Read<readonly T[]> => described({ type: 'array', items: read.schema ?? {} }, (value, at) => {
  if (!Array.isArray(value)) throw new DocumentProblem(at, `expected a list, got ${shown(value)}`)
  return value.map((item, i) => read(item, `${at}/${i}`))
})

export type Fields<T> = { readonly [K in keyof T]-?: Read<T[K]> }

/** An object with some of the fields, including all mandatory ones. */
export function fields<T extends object, M extends keyof T & string = never> (
  table: Fields<T>, mandatory: readonly M[] = []
): Read<Partial<T> & Pick<T, M>> {
  const readers = new Map<string, Read<unknown>>(Object.entries(table))
  const properties = Object.fromEntries([...readers].map(([name, { schema = {} }]) => [name, schema]))
  return described({ type: 'object', properties, ...(mandatory.length > 0 && { required: mandatory }), additionalProperties: false }, (value, at) => {
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
  })
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
    throw new DocumentProblem('', reasonOf(error).split('\n')[0]?.replace(/:$/, '') ?? '')
  }
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

function shown (value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60)
}
