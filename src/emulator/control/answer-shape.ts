/** Shapes of the answers to control calls: a JSON Schema for programs, and the type that a handler must return for the compiler. */

/** The JSON Schema of an answer. `T` is the type of the values that it describes. */
export interface Shape<T> {
  readonly schema: object
  /** The member is optional. */
  readonly isOptional?: boolean
  /** Never set: it makes the compiler reject a handler whose value does not match the schema. */
  readonly takes?: (value: T) => void
}

type TypeOf<S> = S extends Shape<infer T> ? T : never

type Table = Readonly<Record<string, Shape<never>>>
type Optional<S extends Table> = { [K in keyof S]: S[K] extends { readonly isOptional: true } ? K : never }[keyof S]
type ObjectOf<S extends Table> =
  { readonly [K in Exclude<keyof S, Optional<S>>]: TypeOf<S[K]> } & { readonly [K in Optional<S>]?: TypeOf<S[K]> | undefined }

/** Any text. */
export const text: Shape<string> = { schema: { type: 'string' } }
/** A time in UTC, `2026-01-01T00:00:00.000Z`. */
export const time: Shape<string> = { schema: { type: 'string', format: 'date-time' } }
/** A whole number, 0 or more. */
export const whole: Shape<number> = { schema: { type: 'integer', minimum: 0 } }
/** A whole number, 0 or more; -1: unlimited. */
export const wholeOrUnlimited: Shape<number> = { schema: { type: 'integer', minimum: -1, description: '-1: unlimited' } }
/** Any number, 0 or more. */
export const number: Shape<number> = { schema: { type: 'number', minimum: 0 } }
/** True or false. */
export const truth: Shape<boolean> = { schema: { type: 'boolean' } }

/** One of some texts, or of some numbers. */
export const oneOf = <const T extends string | number>(...values: readonly T[]): Shape<T> =>
  ({ schema: { type: typeof values[0] === 'number' ? 'integer' : 'string', enum: values } })

/** The shape, or null; `about` says what null means. */
export const orNull = <T>({ schema }: Shape<T>, about?: string): Shape<T | null> =>
  ({ schema: { anyOf: [schema, { type: 'null' }], ...(about !== undefined && { description: about }) } })

/** A value of either shape. */
export const either = <A, B>(one: Shape<A>, other: Shape<B>): Shape<A | B> => ({ schema: { anyOf: [one.schema, other.schema] } })

/** An array. */
export const list = <T>({ schema }: Shape<T>): Shape<readonly T[]> => ({ schema: { type: 'array', items: schema } })

/** An object whose names are not fixed. */
export const map = <T>({ schema }: Shape<T>): Shape<Readonly<Record<string, T>>> => ({ schema: { type: 'object', additionalProperties: schema } })

/** An optional member. */
export const optional = <T>(shape: Shape<T>) => ({ ...shape, isOptional: true as const })

/** The shape with a sentence that describes it. */
export const about = <T>(sentence: string, { schema, ...others }: Shape<T>): Shape<T> => ({ ...others, schema: { ...schema, description: sentence } })

/** An object with exactly these members. With a name from the glossary it becomes a component of the description, and a type in generated clients. */
export function object<const S extends Table> (members: S, name?: string): Shape<ObjectOf<S>> {
  const all = Object.entries<Shape<never>>(members)
  const required = all.filter(([, { isOptional }]) => isOptional !== true).map(([member]) => member)
  return {
    schema: {
      ...(name !== undefined && { title: name }),
      type: 'object',
      properties: Object.fromEntries(all.map(([member, { schema }]) => [member, schema])),
      ...(required.length > 0 && { required })
    }
  }
}
