/** The format of `contract.json`. */
import type { ApiVersion } from '../domain/version.ts'
import type { Difference } from './differences.ts'
import type { Writing } from './fields.ts'
import type { LoginProof } from './login-proof.ts'
import type { Auth } from './method.ts'
import type { Source } from './provenance.ts'
import type { RequestDescription as DeclaredRequest } from './requests.ts'
import type { UploadField } from './upload-documents.ts'

/** See `docs/contract.md`; a breaking change increments `format`. */
export interface Contract {
  /** The address of the JSON Schema beside it. */
  readonly $schema: string
  readonly format: 1
  readonly endpoint: string
  readonly versions: readonly ApiVersion[]
  readonly sources: Readonly<Record<Source, string>>
  readonly errors: readonly ErrorDescription[]
  /** The formats of values in parameters and answers. */
  readonly kinds: Readonly<Record<string, KindDescription>>
  readonly values: Readonly<Record<string, Writing>>
  readonly methods: readonly MethodDescription[]
  readonly documents: readonly DocumentDescription[]
  readonly uploadFields: readonly UploadField[]
  /** Elements with attributes that several answers share, or that one has, by a name for the type of a program. */
  readonly types: Readonly<Record<string, TypeDescription>>
  readonly failure: FailureDescription
  readonly loginProof: LoginProof
  readonly requests: readonly RequestDescription[]
  readonly differences: readonly DifferenceDescription[]
  readonly sampleFailure: string
}

export interface TypeDescription {
  readonly element: string
  readonly attributes: readonly AttributeDescription[]
}

export type AttributeDescription = ValueDescription & { readonly name: string }

/** How `<result>` says that a call failed. */
export interface FailureDescription {
  readonly root: string
  /** The attribute of the root that tells, and what it is. */
  readonly status: { readonly attribute: string, readonly success: string, readonly failure: string }
  readonly method: { readonly attribute: string }
  readonly error: { readonly element: string, readonly attributes: ReadonlyArray<AttributeDescription & { readonly mayBeMissing: boolean }> }
  /** The ids that a call was about, as it sent them. */
  readonly ids: { readonly element: string, readonly mayBeMissing: boolean }
}

export interface ErrorDescription {
  readonly name: string
  readonly code: number
  readonly text: string
}

export interface KindDescription {
  readonly about: string
  readonly isList: boolean
  /** Of a list, those of its items, which commas separate. */
  readonly type: 'string' | 'integer'
  /** Of the whole value, or of one item; null: any text. */
  readonly pattern: string | null
  readonly minimum: number | null
  readonly maximum: number | null
  /** The only values; null: others as well. */
  readonly values: readonly number[] | null
  /** Of a list. */
  readonly maxItems: number | null
}

export interface MethodDescription {
  readonly name: string
  readonly summary: string
  readonly source: Source
  readonly since: ApiVersion
  readonly auth: Auth
  readonly parameters: readonly ParameterDescription[]
  readonly answer: readonly ElementDescription[]
  /** Whether some items may fail while the answer is ok: it then ends with error elements that have an id. */
  readonly mayFailInPart: boolean
  /** Names of its own errors, and of those raised by the checks before it. */
  readonly errors: readonly string[]
  readonly commonErrors: readonly string[]
  /** The query of a call, and its answers, for each set of versions. */
  readonly sampleRequest: string
  readonly sampleAnswers: readonly Sample[]
}

export interface Sample {
  readonly versions: readonly ApiVersion[]
  readonly body: string
}

export interface ParameterDescription {
  readonly name: string
  readonly aliases: readonly string[]
  readonly kind: string
  /** The longest text, in bytes of UTF-8; null: its kind, or the method's code, limits it. */
  readonly maxBytes: number | null
  readonly isMandatory: boolean
  /** The version from which it is optional. */
  readonly optionalSince: ApiVersion | null
  readonly about: string
  readonly example: string
  readonly source: Source
}

interface Spanned {
  /** The first version that has it, and the first without it. */
  readonly since: ApiVersion
  readonly until: ApiVersion | null
  readonly source: Source
}

export interface ElementDescription extends Spanned {
  readonly element: string
  readonly isRepeated: boolean
  /** Its text, or its attributes in their order; the other is null. */
  readonly text: ValueDescription | null
  readonly attributes: readonly AttributeDescription[] | null
  /** The name of its type in `types`; null where it has a text. */
  readonly type: string | null
}

export interface ValueDescription {
  readonly value: string
  readonly about: string
  readonly mayBeEmpty: boolean
  readonly source: Source
}

export interface DocumentDescription {
  readonly name: string
  /** How a failure is written: as elements of the document, or as lines `error=CODE TEXT`; null: its status says it alone. */
  readonly failure: 'elements' | 'lines' | null
  readonly errors: readonly string[]
  readonly summary: string
  readonly source: Source
  readonly contentType: string
  /** In their order; those of `each` once for each file. */
  readonly head: readonly ElementDescription[]
  readonly each: readonly ElementDescription[]
  readonly tail: readonly ElementDescription[]
  readonly samples: readonly Sample[]
}

/** Errors by their names in `errors`. */
export type RequestDescription = Omit<DeclaredRequest, 'errors'> & { readonly errors: readonly string[] }
export type DifferenceDescription = Omit<Difference, 'error'> & { readonly error: string | null }
