/** The JSON Schema of `contract.json`, published beside it: generators check what they read. Members may be added within a format. */
import { API_VERSIONS } from '../domain/version.ts'
import { SOURCES } from './provenance.ts'

const TEXT = { type: 'string' }
const TEXTS = { type: 'array', items: TEXT }
const TRUTH = { type: 'boolean' }
const SOURCE = { enum: Object.keys(SOURCES) }
const VERSION = { enum: API_VERSIONS }
const COUNT = { type: 'integer', minimum: 0 }
const ERROR = { type: 'string', pattern: '^API_ERROR_[A-Z_]+$' }

const orNull = (schema: object) => ({ anyOf: [schema, { type: 'null' }] })
const listOf = (items: object) => ({ type: 'array', items })
const mapOf = (additionalProperties: object) => ({ type: 'object', additionalProperties })
const object = (properties: Readonly<Record<string, object>>, optional: readonly string[] = []) =>
  ({ type: 'object', properties, required: Object.keys(properties).filter(name => !optional.includes(name)) })
const ref = (name: string) => ({ $ref: `#/$defs/${name}` })

const VALUE = { value: TEXT, about: TEXT, mayBeEmpty: TRUTH, source: SOURCE }
const ATTRIBUTE = { name: TEXT, ...VALUE }
const SPAN = { since: VERSION, until: orNull(VERSION), source: SOURCE }

export const CONTRACT_JSON_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'The sendspace API as data',
  ...object({
    $schema: TEXT,
    format: { const: 1 },
    endpoint: { type: 'string', pattern: '^/' },
    versions: listOf(TEXT),
    sources: mapOf(TEXT),
    errors: listOf(object({ name: ERROR, code: { type: 'integer', minimum: 1 }, text: TEXT })),
    kinds: mapOf(ref('kind')),
    values: mapOf(object({ type: { enum: ['string', 'integer'] }, about: TEXT, pattern: TEXT }, ['pattern'])),
    methods: listOf(ref('method')),
    documents: listOf(ref('document')),
    uploadFields: listOf(object({ name: TEXT, isMandatory: TRUTH, about: TEXT, maxBytes: orNull(COUNT), source: SOURCE })),
    types: mapOf(object({ element: TEXT, attributes: listOf(ref('attribute')) })),
    failure: ref('failure'),
    loginProof: object({
      method: TEXT, parameter: TEXT, formula: ref('formula'), encoding: { const: 'utf-8' }, example: object({ token: TEXT, password: TEXT, proof: TEXT })
    }),
    requests: listOf(ref('request')),
    differences: listOf(object({ about: TEXT, ...SPAN, methods: TEXTS, error: orNull(ERROR), values: TEXTS })),
    sampleFailure: TEXT
  }),
  $defs: {
    kind: object({
      about: TEXT,
      isList: TRUTH,
      type: { enum: ['string', 'integer'] },
      pattern: orNull(TEXT),
      minimum: orNull({ type: 'integer' }),
      maximum: orNull({ type: 'integer' }),
      values: orNull(listOf({ type: 'integer' })),
      maxItems: orNull(COUNT)
    }),
    attribute: object(ATTRIBUTE),
    element: {
      ...object({ element: TEXT, ...SPAN, isRepeated: TRUTH, text: orNull(object(VALUE)), attributes: orNull(listOf(ref('attribute'))), type: orNull(TEXT) }),
      oneOf: [{ properties: { text: { type: 'null' } } }, { properties: { attributes: { type: 'null' }, type: { type: 'null' } } }]
    },
    parameter: object({
      name: TEXT,
      aliases: TEXTS,
      kind: TEXT,
      maxBytes: orNull(COUNT),
      isMandatory: TRUTH,
      optionalSince: orNull(VERSION),
      about: TEXT,
      example: TEXT,
      source: SOURCE
    }),
    sample: object({ versions: listOf(VERSION), body: TEXT }),
    method: object({
      name: { type: 'string', pattern: '^[a-zA-Z]+\\.[a-zA-Z]+$' },
      summary: TEXT,
      source: SOURCE,
      since: VERSION,
      auth: { enum: ['session', 'known session', 'token', 'key', 'key and version'] },
      parameters: listOf(ref('parameter')),
      answer: listOf(ref('element')),
      mayFailInPart: TRUTH,
      errors: listOf(ERROR),
      commonErrors: listOf(ERROR),
      sampleRequest: TEXT,
      sampleAnswers: listOf(ref('sample'))
    }),
    document: object({
      name: TEXT,
      summary: TEXT,
      source: SOURCE,
      contentType: TEXT,
      failure: { enum: ['elements', 'lines', null] },
      errors: listOf(ERROR),
      head: listOf(ref('element')),
      each: listOf(ref('element')),
      tail: listOf(ref('element')),
      samples: listOf(ref('sample'))
    }),
    failure: object({
      root: TEXT,
      status: object({ attribute: TEXT, success: TEXT, failure: TEXT }),
      method: object({ attribute: TEXT }),
      error: object({ element: TEXT, attributes: listOf(object({ ...ATTRIBUTE, mayBeMissing: TRUTH })) }),
      ids: object({ element: TEXT, mayBeMissing: TRUTH })
    }),
    formula: { oneOf: [object({ parameter: TEXT }), object({ secret: { const: 'password' } }), object({ md5: listOf(ref('formula')) })] },
    request: object({
      name: TEXT,
      about: TEXT,
      source: SOURCE,
      path: orNull({ type: 'string', pattern: '^/' }),
      urlFrom: TEXTS,
      verbs: { type: 'array', minItems: 1, items: { enum: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] } },
      contentTypes: TEXTS,
      headers: listOf(object({ name: TEXT, isMandatory: TRUTH, about: TEXT })),
      statuses: listOf({ type: 'integer', minimum: 200, maximum: 399 }),
      answerTypes: TEXTS,
      documents: TEXTS,
      failure: { enum: ['result', 'document', 'json', 'text', 'page'] },
      errors: listOf(ERROR)
    })
  }
}
