/** The declarations as one plain description: the API page, `contract.json` and the XML schema are made from it. */
import { API_VERSIONS, type ApiVersion } from '../domain/version.ts'
import { belongsTo, sampleOf, type DocumentShape, type Shape, type TextShape } from './answers.ts'
import type { Contract, DocumentDescription, ElementDescription, FailureDescription, KindDescription, MethodDescription, ParameterDescription, Sample, ValueDescription } from './contract-format.ts'
import { ERRORS, refuse, type ErrorName } from './errors.ts'
import { exampleOf, WRITTEN, type Field, type Value } from './fields.ts'
import { typesOf } from './describe-types.ts'
import { DIFFERENCES } from './differences.ts'
import { identificationOf } from './identification.ts'
import { LOGIN_PROOF } from './login-proof.ts'
import type { AnyMethod } from './method.ts'
import type { Kind, Param } from './params.ts'
import { SOURCES, type Source } from './provenance.ts'
import { renderAnswer, renderRefusal } from './render.ts'
import { REQUESTS } from './requests.ts'
import { textElement, XML_DECLARATION } from '../xml.ts'
import type { UploadField } from './upload-documents.ts'

export async function describe (
  methods: readonly AnyMethod[], documents: readonly DocumentShape[], uploadFields: readonly UploadField[]
): Promise<Contract> {
  const kinds = new Map<string, Kind<unknown>>()
  for (const { kind } of methods.flatMap(method => Object.values(parametersOf(method)))) kinds.set(kind.name, kind)
  const { types, namedAll } = typesOf(await Promise.all(methods.map(describeMethod)))
  return {
    $schema: 'contract.schema.json',
    format: 1,
    endpoint: '/rest/',
    versions: API_VERSIONS,
    sources: SOURCES,
    errors: Object.entries(ERRORS).map(([name, { code, text }]) => ({ name: errorName(name as ErrorName), code, text })),
    kinds: Object.fromEntries([...kinds].map(([name, kind]) => [name, describeKind(kind)])),
    values: WRITTEN,
    methods: namedAll,
    documents: await Promise.all(documents.map(describeDocument)),
    uploadFields,
    types,
    failure: FAILURE,
    loginProof: LOGIN_PROOF,
    requests: REQUESTS.map(request => ({ ...request, errors: request.errors.map(errorName) })),
    differences: DIFFERENCES.map(difference => ({ ...difference, error: difference.error && errorName(difference.error) })),
    sampleFailure: renderRefusal('files.getInfo', refuse('FILE_NOT_FOUND'), 'zzzzzz')
  }
}

function describeKind ({ about, isList = false, form = { type: 'string' } }: Kind<unknown>): KindDescription {
  const others = { pattern: null, minimum: null, maximum: null, values: null, maxItems: null }
  return { about, isList, ...others, ...form }
}

const attribute = (name: string, value: 'count' | 'text', about: string, mayBeMissing: boolean) =>
  ({ name, value, about, mayBeEmpty: false, source: 'guide' as const, mayBeMissing })

const FAILURE: FailureDescription = {
  root: 'result',
  status: { attribute: 'status', success: 'ok', failure: 'fail' },
  method: { attribute: 'method' },
  error: {
    element: 'error',
    attributes: [
      attribute('code', 'count', 'The code, 1 to 33.', false),
      attribute('text', 'text', 'What is wrong.', false),
      attribute('info', 'text', 'The specific reason, or the name of the parameter.', true),
      attribute('id', 'text', 'In an answer that is ok: the ids that failed, separated by commas.', true)
    ]
  },
  ids: { element: 'id', mayBeMissing: true }
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
      : Object.entries(shape.fields).map(([name, field]) => ({ name, ...describeValue(field, source) })),
    type: null
  }
}

function describeValue ({ written, about, isOptional = false, source }: Field, inherited: Source): ValueDescription {
  return { value: written, about, mayBeEmpty: isOptional, source: source ?? inherited }
}

async function describeDocument (shape: DocumentShape): Promise<DocumentDescription> {
  const { name, summary, source, contentType, failure } = shape
  const describeAll = (shapes: readonly TextShape[]) => shapes.map(element => describeElement(element, source))
  const samples = await samplesOf(async version => {
    const elements = [...shape.head, ...shape.each, ...shape.tail].filter(element => belongsTo(element, version))
    const written = (write: (element: string, value: Value) => string) =>
      elements.map(({ element, field }) => write(element, exampleOf(field, version))).join('')
    return contentType.startsWith('text/xml')
      ? `${XML_DECLARATION}<${name}>\n${written(textElement)}</${name}>\n`
      : written((element, value) => `${element}=${value}\n`)
  })
  const errors = REQUESTS.filter(request => failure !== null && request.documents.includes(name)).flatMap(({ errors }) => errors.map(errorName))
  return { name, summary, source, contentType, failure, errors, head: describeAll(shape.head), each: describeAll(shape.each), tail: describeAll(shape.tail), samples }
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
