/** The shape of an answer: which elements and attributes, in which order, since which version. */
import type { ApiVersion } from '../domain/version.ts'

interface Span {
  /** The first version that has it, and the first that has it no more; without them every version has it. */
  readonly since?: ApiVersion
  readonly until?: ApiVersion
}

/** `<name>text</name>`. */
export interface TextShape<Name extends string = string> extends Span {
  readonly element: Name
  readonly attributes?: never
}

/** `<name a="" b=""/>`, once or, with `many`, as often as there are rows. */
export interface ElementShape<
  Name extends string = string, Attribute extends string = string, Many extends boolean = boolean
> extends Span {
  readonly element: Name
  readonly attributes: readonly Attribute[]
  readonly many: Many
}

export type Shape = TextShape | ElementShape
export type Value = string | number

/** A list that may be long comes in pages, read and described while the answer is written. */
export type Rows<R> = readonly R[] | AsyncIterable<readonly R[]>

type ValueOf<S> = S extends ElementShape<string, infer A, infer M>
  ? (M extends true ? Rows<Readonly<Record<A, Value>>> : Readonly<Record<A, Value>>)
  : Value

/** The data a handler must give for the declared shapes: every element and every attribute of every version. */
export type AnswerOf<R extends readonly Shape[]> = { readonly [S in R[number] as S['element']]: ValueOf<S> }

export function text<const Name extends string> (element: Name, span: Span = {}): TextShape<Name> {
  return { element, ...span }
}

export function one<const Name extends string, const Attribute extends string> (
  element: Name, attributes: readonly Attribute[], span: Span = {}
): ElementShape<Name, Attribute, false> {
  return { element, attributes, many: false, ...span }
}

export function many<const Name extends string, const Attribute extends string> (
  element: Name, attributes: readonly Attribute[], span: Span = {}
): ElementShape<Name, Attribute, true> {
  return { element, attributes, many: true, ...span }
}

/** Describes what comes in pages, page by page. */
export async function * describeEach<T, R> (pages: AsyncIterable<readonly T[]>, describe: (item: T) => R): AsyncGenerator<readonly R[]> {
  for await (const page of pages) yield page.map(describe)
}

/** Whether a version's answers have this element. Versions sort as text. */
export function belongsTo (shape: Shape, version: ApiVersion): boolean {
  return (shape.since === undefined || version >= shape.since) && (shape.until === undefined || version < shape.until)
}
