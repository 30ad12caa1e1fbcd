/** The declarations as one plain description: the API page, `contract.json` and the XML schema are made from it. */
import { API_VERSIONS, type ApiVersion } from '../domain/version.ts'
import { belongsTo, sampleOf, type DocumentShape, type Shape, type TextShape } from './answers.ts'
import { ERRORS, refuse, type ErrorName } from './errors.ts'
import { exampleOf, WRITTEN, type Field, type Value, type Writing } from './fields.ts'
import { identificationOf } from './identification.ts'
import type { AnyMethod, Auth } from './method.ts'
import type { Kind, Param } from './params.ts'
import { SOURCES, type Source } from './provenance.ts'
import { renderAnswer, renderRefusal } from './render.ts'
import { textElement, XML_DECLARATION } from '../xml.ts'
import type { UploadField } from './upload-documents.ts'

/** The format of `contract.json`, see `docs/contract.md`; a breaking change increments `format`. */
export interface Contract {
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
  readonly sampleFailure: string
}

export interface ErrorDescription {
  readonly name: string
  readonly code: number
  readonly text: string
}

export interface KindDescription {
  readonly about: string
  readonly isList: boolean
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
  readonly attributes: ReadonlyArray<ValueDescription & { readonly name: string }> | null
}

export interface ValueDescription {
  readonly value: string
  readonly about: string
  readonly mayBeEmpty: boolean
  readonly source: Source
}

export interface DocumentDescription {
  readonly name: string
  readonly summary: string
  readonly source: Source
  readonly contentType: string
  /** In their order; those of `each` once for each file. */
  readonly head: readonly ElementDescription[]
  readonly each: readonly ElementDescription[]
  readonly tail: readonly ElementDescription[]
  readonly samples: readonly Sample[]
}

export async function describe (
  methods: readonly AnyMethod[], documents: readonly DocumentShape[], uploadFields: readonly UploadField[]
): Promise<Contract> {
  const kinds = new Map<string, Kind<unknown>>()
  for (const { kind } of methods.flatMap(method => Object.values(parametersOf(method)))) kinds.set(kind.name, kind)
  return {
    format: 1,
    endpoint: '/rest/',
    versions: API_VERSIONS,
    sources: SOURCES,
    errors: Object.entries(ERRORS).map(([name, { code, text }]) => ({ name: errorName(name as ErrorName), code, text })),
    kinds: Object.fromEntries([...kinds].map(([name, { about, isList = false }]) => [name, { about, isList }])),
    values: WRITTEN,
    methods: await Promise.all(methods.map(describeMethod)),
    documents: await Promise.all(documents.map(describeDocument)),
    uploadFields,
    sampleFailure: renderRefusal('files.getInfo', refuse('FILE_NOT_FOUND'), 'zzzzzz')
  }
}

async function describeMethod (method: AnyMethod): Promise<MethodDescription> {
  const { name, summary, source, since = API_VERSIONS[0], auth, returns, errors } = method
  const parameters = parametersOf(method)
  const common = errorsOf(method).filter(error => !errors.includes(error))
  const query = new URLSearchParams({ method: name })
  for (const [param, { example }] of Object.entries(parameters)) query.set(param, param === 'api_version' ? since : String(example))
  return {
    name,
    summary,
    source,
    since,
    auth,
    parameters: Object.entries(parameters).map(([param, declared]) => describeParameter(param, declared, source)),
    answer: returns.map(shape => describeElement(shape, source)),
    mayFailInPart: Object.values(method.params).some(({ kind, isMandatory }) => isMandatory && kind.isList === true && kind.name !== 'emailList'),
    errors: errors.map(errorName),
    commonErrors: common.map(errorName),
    sampleRequest: String(query),
    sampleAnswers: await samplesOf(async version =>
      version < since ? undefined : (await renderAnswer(name, version, returns, sampleAnswer(returns, version), giveNoWay)).xml)
  }
}

/** A sample has only one page. */
const giveNoWay = async (): Promise<void> => undefined

const API_ERRORS = Object.keys(ERRORS) as ErrorName[]

const errorName = (name: ErrorName): string => `API_ERROR_${name}`

/** All parameters of a method; those that identify the caller come first. */
export const parametersOf = (method: AnyMethod): Readonly<Record<string, Param<unknown>>> =>
  ({ ...identificationOf(method.auth).params, ...method.params })

/** All errors of a method: by its own rules, and by the checks before it. */
export function errorsOf (method: AnyMethod): ErrorName[] {
  const before = raisedBefore(method)
  return API_ERRORS.filter(error => method.errors.includes(error) || before.has(error))
}

/** The errors of the checks before a method. */
function raisedBefore (method: AnyMethod): ReadonlySet<ErrorName> {
  const params = Object.values(method.params)
  return new Set([
    'SYSTEM_MAINTENANCE' as const,
    ...identificationOf(method.auth).errors,
    ...params.flatMap(({ isMandatory, optionalSince }) => isMandatory || optionalSince !== undefined ? ['PARAMETER_MISSING' as const] : []),
    ...params.flatMap(({ kind }) => kind.errors)
  ])
}

function describeParameter (name: string, declared: Param<unknown>, source: Source): ParameterDescription {
  const { alias, kind, isMandatory, optionalSince, about, example } = declared
  return {
    name,
    aliases: alias === undefined ? [] : [alias],
    kind: kind.name,
    maxBytes: kind.maxBytes ?? null,
    isMandatory: isMandatory || optionalSince !== undefined,
    optionalSince: optionalSince ?? null,
    about,
    example: String(example),
    source: declared.source ?? source
  }
}

function describeElement (shape: Shape, inherited: Source): ElementDescription {
  const source = shape.source ?? inherited
  return {
    element: shape.element,
    since: shape.since ?? API_VERSIONS[0],
    until: shape.until ?? null,
    source,
    isRepeated: shape.attributes !== undefined && shape.many,
    text: shape.attributes === undefined ? describeValue(shape.field, source) : null,
    attributes: shape.attributes === undefined
      ? null
      : Object.entries(shape.fields).map(([name, field]) => ({ name, ...describeValue(field, source) }))
  }
}

function describeValue ({ written, about, isOptional = false, source }: Field, inherited: Source): ValueDescription {
  return { value: written, about, mayBeEmpty: isOptional, source: source ?? inherited }
}

async function describeDocument (shape: DocumentShape): Promise<DocumentDescription> {
  const { name, summary, source, contentType } = shape
  const describeAll = (shapes: readonly TextShape[]) => shapes.map(element => describeElement(element, source))
  const samples = await samplesOf(async version => {
    const elements = [...shape.head, ...shape.each, ...shape.tail].filter(element => belongsTo(element, version))
    const written = (write: (element: string, value: Value) => string) =>
      elements.map(({ element, field }) => write(element, exampleOf(field, version))).join('')
    return contentType.startsWith('text/xml')
      ? `${XML_DECLARATION}<${name}>\n${written(textElement)}</${name}>\n`
      : written((element, value) => `${element}=${value}\n`)
  })
  return { name, summary, source, contentType, head: describeAll(shape.head), each: describeAll(shape.each), tail: describeAll(shape.tail), samples }
}

function sampleAnswer (shapes: readonly Shape[], version: ApiVersion): Record<string, unknown> {
  return Object.fromEntries(shapes.filter(shape => belongsTo(shape, version)).map(shape => [shape.element, sampleOf(shape, version)]))
}

/** Groups versions with the same answer. */
async function samplesOf (write: (version: ApiVersion) => Promise<string | undefined>): Promise<Sample[]> {
  const versions = new Map<string, ApiVersion[]>()
  for (const version of API_VERSIONS) {
    const body = await write(version)
    if (body !== undefined) versions.set(body, [...versions.get(body) ?? [], version])
  }
  return [...versions].map(([body, versions]) => ({ versions, body }))
}
