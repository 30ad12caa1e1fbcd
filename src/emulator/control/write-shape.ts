/** Schemas of control calls in a short form for people: `{ user: string, ends?: string | null }`. */
import type { ControlCall } from './control-call.ts'
import { PROBLEM } from './openapi.ts'

interface Schema {
  readonly title?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly required?: readonly string[]
}

/** A call in short form, which refers to named shapes. */
export interface WrittenCall {
  readonly call: string
  readonly about: string
  /** '' for none. */
  readonly body: string
  readonly answer: string
}

/** The calls, and the named shapes in alphabetical order. */
export function writeCalls (calls: readonly ControlCall[]): { readonly calls: readonly WrittenCall[], readonly shapes: ReadonlyArray<readonly [string, string]> } {
  const named = new Map<string, string>()
  const write = (schema: Schema): string => {
    if (schema.title === undefined) return writeShape(schema, write)
    if (!named.has(schema.title)) {
      named.set(schema.title, '')
      named.set(schema.title, writeShape(schema, write))
    }
    return schema.title
  }
  const written = calls.map(({ verb, path, about, body, answer, answerType = '', status }) => ({
    call: `${verb} ${path.replace(/:(\w+)/, (_, name: string) => name.toUpperCase())}`,
    about,
    body: body === undefined ? '' : body.type ?? write(body.read.schema ?? {}),
    answer: status === 204 ? '204' : answer === undefined ? answerType : `${status === 201 ? '201 ' : ''}${write(answer.schema)}`
  }))
  // The answer of every failed call.
  write(PROBLEM.schema)
  return { calls: written, shapes: [...named].sort(([one], [other]) => one < other ? -1 : 1) }
}

function writeShape ({ type, enum: values, const: value, anyOf, items, properties, additionalProperties, required = [] }: Schema, write: (schema: Schema) => string): string {
  if (anyOf !== undefined) return [...new Set(anyOf.map(write))].join(' | ')
  if (values !== undefined) return values.map(one => JSON.stringify(one)).join(' | ')
  if (value !== undefined) return JSON.stringify(value)
  if (items !== undefined) {
    const item = write(items)
    return item.includes(' | ') ? `(${item})[]` : `${item}[]`
  }
  if (properties !== undefined) return `{ ${Object.entries(properties).map(([name, member]) => `${name}${required.includes(name) ? '' : '?'}: ${write(member)}`).join(', ')} }`
  if (typeof additionalProperties === 'object') return `{ [name]: ${write(additionalProperties)} }`
  return typeof type === 'string' ? type : type?.join(' | ') ?? 'any'
}
