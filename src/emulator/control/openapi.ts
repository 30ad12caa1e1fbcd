/** The control calls as OpenAPI 3.1, generated from their declarations. */
import { list, map, object, optional, text, whole, type Shape } from './answer-shape.ts'
import type { CallBody, ControlCall } from './control-call.ts'
import { CONTROL_PATH } from './control-paths.ts'
import { NEAR_MISS } from './journal-shapes.ts'

/** The answer when an expectation about the journal is not met. */
const UNMET = { count: optional(whole), ids: optional(list(whole)), closest: optional(list(NEAR_MISS)) }

/** The answer of a failed call. */
export const PROBLEM = object({ type: text, title: text, status: whole, detail: text, hint: text, pointer: optional(text), ...UNMET }, 'Problem')

/** Operations and schemas have the form of the standard. */
const OBJECT: Shape<object> = { schema: { type: 'object', additionalProperties: true } }

/** The outline of the description. */
export const OPENAPI = object({
  openapi: text,
  info: object({ title: text, version: text, license: map(text) }),
  servers: list(OBJECT),
  security: list(OBJECT),
  paths: map(map(OBJECT)),
  components: object({ securitySchemes: map(OBJECT), schemas: map(OBJECT) })
}, 'OpenAPI')

/** `url` is the address of the emulator. */
export function writeOpenapi (calls: readonly ControlCall[], url: string, version: string) {
  const components = new Map<string, object>()
  const paths: Record<string, Record<string, object>> = {}
  for (const call of calls) {
    const name = call.path.replace(/:(\w+)/, '{$1}')
    paths[name] = { ...paths[name], [call.verb.toLowerCase()]: withReferences(operationOf(call), components) as object }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Control calls of the Respace emulator', version, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [
      { url: `${url}${CONTROL_PATH}`, description: 'The main server.' },
      { url: `${url}${CONTROL_PATH}/sandboxes/{sandbox}`, description: 'A sandbox.', variables: { sandbox: { default: 'mine' } } }
    ],
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'Required unless the emulator listens on loopback addresses only.' } },
      schemas: Object.fromEntries([...components].sort(([one], [other]) => one < other ? -1 : 1))
    }
  }
}

const JSON_TYPE = 'application/json'
const YAML_TYPE = 'application/yaml'

function operationOf ({ name, path, about, body, query, status = 200, failures = [], answer, answerType }: ControlCall): object {
  const item = /:(\w+)/.exec(path)?.[1]
  const problem = (description: string) => ({ description, content: { 'application/problem+json': { schema: PROBLEM.schema } } })
  const parameters = [
    ...item === undefined ? [] : [{ name: item, in: 'path', required: true, schema: { type: 'string' } }],
    ...parametersOf(query?.schema ?? {})
  ]
  const content = answer === undefined ? answerType === undefined ? undefined : { [answerType]: bytesOf(answerType) } : { [JSON_TYPE]: { schema: answer.schema } }
  return {
    operationId: name,
    summary: about,
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: isNeeded(body), content: contentOf(body) } }),
    responses: {
      [status]: content === undefined ? { description: 'Done.' } : { description: about, content },
      ...Object.fromEntries(failures.map(failure => [failure, problem(FAILURES[failure])])),
      default: problem('What is wrong, and what to do instead.')
    }
  }
}

/** Query parameters: their schema is that of an object. */
function parametersOf ({ properties = {}, required = [] }: { readonly properties?: object, readonly required?: readonly string[] }): object[] {
  return Object.entries<object>({ ...properties }).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }))
}

function contentOf ({ as, type, read: { schema = {} }, example }: CallBody<unknown>): object {
  if (type !== undefined) return { [type]: bytesOf(type) }
  return Object.fromEntries([JSON_TYPE, ...as === 'yaml' ? [YAML_TYPE] : []].map(name => [name, { schema, example }]))
}

const bytesOf = (contentMediaType: string) => ({ schema: { type: 'string', format: 'binary', contentMediaType } })

/** A body without mandatory members is optional. */
const isNeeded = ({ as, read: { schema } }: CallBody<unknown>): boolean => as === 'stream' || (schema !== undefined && 'required' in schema)

/** Moves every schema with a title to the components, and leaves a reference. */
function withReferences (value: unknown, components: Map<string, object>): unknown {
  if (Array.isArray(value)) return value.map(item => withReferences(item, components))
  if (typeof value !== 'object' || value === null) return value
  const inner = Object.fromEntries(Object.entries(value).map(([name, child]) => [name, name === 'example' ? child : withReferences(child, components)]))
  // A property may also be named title: the title of a schema is a text.
  if (typeof inner.title !== 'string') return inner
  const { title, ...schema } = inner
  const known = components.get(title)
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`two schemas are called ${title}`)
  components.set(title, schema)
  return { $ref: `#/components/schemas/${title}` }
}

const FAILURES = {
  404: 'The item in the path does not exist.',
  406: 'The number of exchanges is not as expected.',
  408: 'Not enough exchanges before the timeout.',
  409: 'The id is taken, or there are too many.',
  413: 'Too large.'
} as const
