/** Every answer of a control call that a test gets by `fetch` is checked against the schema that the emulator publishes. Importing this is enough. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { CALLS, findCall } from '../../src/emulator/control/calls.ts'
import { CONTROL_PATH } from '../../src/emulator/control/control-paths.ts'
import { writeOpenapi } from '../../src/emulator/control/openapi.ts'

interface Operation { readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>> }

const description = writeOpenapi(CALLS, 'http://127.0.0.1', '0')

/** The schemas of one kind of content: answers have no member beyond theirs, clients may read them as they stand. */
function validators (): (pointer: string) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(closed(description) as object, 'openapi')
  const compiled = new Map<string, ValidateFunction>()
  return pointer => {
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: `openapi#${pointer}` })
    compiled.set(pointer, known)
    return known
  }
}

/** Objects with members have no others. */
function closed (schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([name, child]) => [name, closed(child)]))
  return inner.type === 'object' && 'properties' in inner && !('additionalProperties' in inner) ? { ...inner, additionalProperties: false } : inner
}

let validatorAt: ReturnType<typeof validators> | undefined
let checked = 0

/** How many answers were checked. */
export const checkedAnswers = (): number => checked

const escape = (name: string): string => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))

/** Why an answer is not what the description says; undefined when it is. `path` is below `/_emulator/v1`, without a sandbox. */
export function findMisfit (verb: string, path: string, status: number, type: string, body: string): string | undefined {
  const [contentType = ''] = type.split(';')
  if (contentType === 'application/problem+json') return misfitAt('/components/schemas/Problem', body)
  const { call } = findCall(verb, path)
  const name = call.path.replace(/:(\w+)/, '{$1}')
  const operation = description.paths[name]?.[verb.toLowerCase()] as Operation
  const declared = operation.responses[status]
  if (declared === undefined) return `the status ${status} is not described`
  if (declared.content === undefined) return body === '' ? undefined : 'a body is not described'
  if (!Object.keys(declared.content).some(declaredType => declaredType.split(';')[0] === contentType)) return `the type ${contentType} is not described`
  if (contentType !== 'application/json') return undefined
  return misfitAt(`/paths/${escape(name)}/${verb.toLowerCase()}/responses/${status}/content/${escape(contentType)}/schema`, body)
}

function misfitAt (pointer: string, body: string): string | undefined {
  validatorAt ??= validators()
  const validate = validatorAt(pointer)
  return validate(JSON.parse(body)) ? undefined : (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`).join('; ')
}

const unchecked = globalThis.fetch

globalThis.fetch = async (input, init) => {
  const response = await unchecked(input, init)
  const { pathname } = new URL(typeof input === 'string' || input instanceof URL ? input : input.url)
  const verb = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase()
  if (!pathname.startsWith(`${CONTROL_PATH}/`) || verb === 'HEAD' || verb === 'OPTIONS') return response
  const type = response.headers.get('content-type') ?? ''
  // Programs that are no emulator answer pages.
  if (type.startsWith('text/html')) return response
  const path = pathname.slice(CONTROL_PATH.length)
  const misfit = findMisfit(verb, /^\/sandboxes\/[^/]+(\/.+)$/.exec(path)?.[1] ?? path, response.status, type, type.includes('json') || response.status === 204 ? await response.clone().text() : '-')
  if (misfit !== undefined) throw new Error(`${verb} ${pathname} answered ${response.status} otherwise than described: ${misfit}`)
  checked++
  return response
}
