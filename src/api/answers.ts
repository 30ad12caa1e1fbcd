/** The shape of an answer: its elements and attributes, their order, and their versions. */
import type { ApiVersion } from '../domain/version.ts'
import { exampleOf, type Field, type Fields, type Value } from './fields.ts'
import type { Source, Sourced } from './provenance.ts'

interface Span extends Sourced {
  /** The first version that has it, and the first without it; by default every version has it. */
  readonly since?: ApiVersion
  readonly until?: ApiVersion
}

/** `<name>text</name>`. */
export interface TextShape<Name extends string = string> extends Span {
  readonly element: Name
  readonly field: Field
  readonly attributes?: never
}

/** `<name a="" b=""/>`, once or, with `many`, once for each row. */
export interface ElementShape<
  Name extends string = string, Attribute extends string = string, Many extends boolean = boolean
> extends Span {
  readonly element: Name
  /** Their names, in the order of `fields`: precomputed, since there may be thousands of rows. */
  readonly attributes: readonly Attribute[]
  readonly fields: Fields<Attribute>
  readonly many: Many
}

export type Shape = TextShape | ElementShape

/** Answers that are not of a method: the documents about an upload, as lines or as elements, in their order. */
export interface DocumentShape {
  readonly name: string
  readonly summary: string
  readonly source: Source
  readonly contentType: 'text/plain; charset=utf-8' | 'text/xml; charset=utf-8'
  /** How a failure is written: as elements of the document, or as lines; null: its status says it alone. */
  readonly failure: 'elements' | 'lines' | null
  readonly head: readonly TextShape[]
  /** Once for each file. */
  readonly each: readonly TextShape[]
  readonly tail: readonly TextShape[]
}

/** A list that may be long is read and described in pages, while the answer is written. */
export type Rows<R> = readonly R[] | AsyncIterable<readonly R[]>

type ValueOf<S> = S extends ElementShape<string, infer A, infer M>
  ? (M extends true ? Rows<Readonly<Record<A, Value>>> : Readonly<Record<A, Value>>)
  : Value

/** The data a handler must give for the declared shapes: every element and every attribute of every version. */
export type AnswerOf<R extends readonly Shape[]> = { readonly [S in R[number] as S['element']]: ValueOf<S> }

export function text<const Name extends string> (element: Name, field: Field, span: Span = {}): TextShape<Name> {
  return { element, field, ...span }
}

export function one<const Name extends string, const Attribute extends string> (
  element: Name, fields: Fields<Attribute>, span: Span = {}
): ElementShape<Name, Attribute, false> {
  return { element, attributes: namesOf(fields), fields, many: false, ...span }
}

export function many<const Name extends string, const Attribute extends string> (
  element: Name, fields: Fields<Attribute>, span: Span = {}
): ElementShape<Name, Attribute, true> {
  return { element, attributes: namesOf(fields), fields, many: true, ...span }
}

const namesOf = <Attribute extends string>(fields: Fields<Attribute>): Attribute[] => Object.keys(fields) as Attribute[]

/** The sample of an element: a text, a row, or for `many` one row. */
export function sampleOf (shape: Shape, version: ApiVersion): Value | Record<string, Value> | Array<Record<string, Value>> {
  if (shape.attributes === undefined) return exampleOf(shape.field, version)
  const row = Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, exampleOf(field, version)]))
  return shape.many ? [row] : row
}

/** Describes a paged list, page by page. */
export async function * describeEach<T, R> (pages: AsyncIterable<readonly T[]>, describe: (item: T) => R): AsyncGenerator<readonly R[]> {
  for await (const page of pages) yield page.map(describe)
}

/** Whether a version's answers have this element. Versions sort as text. */
export function belongsTo (shape: Shape, version: ApiVersion): boolean {
  return (shape.since === undefined || version >= shape.since) && (shape.until === undefined || version < shape.until)
}
