/** The control calls as OpenAPI 3.1, written from their declarations. */
import type { ControlCall } from './control-call.ts'
import { CONTROL_PATH } from './control-paths.ts'

/** `url` is the address of the emulator. */
export function writeOpenapi (calls: readonly ControlCall[], url: string, version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const call of calls) {
    const name = call.path.replace(/:(\w+)/, '{$1}')
    paths[name] = { ...paths[name], [call.verb.toLowerCase()]: operationOf(call) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Control calls of the Respace emulator', version },
    servers: [{ url: `${url}${CONTROL_PATH}` }, { url: `${url}${CONTROL_PATH}/sandboxes/{sandbox}`, variables: { sandbox: { default: 'mine' } } }],
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'Required unless the emulator listens on loopback addresses only.' } },
      schemas: {
        Problem: {
          type: 'object',
          required: ['status', 'title', 'detail', 'hint'],
          properties: { type: { type: 'string' }, title: { type: 'string' }, status: { type: 'integer' }, detail: { type: 'string' }, hint: { type: 'string' }, pointer: { type: 'string' } }
        }
      }
    }
  }
}

const JSON_TYPE = 'application/json'

function operationOf ({ path, about, body, status = 200, failures = [], answerType = JSON_TYPE }: ControlCall): object {
  const item = /:(\w+)/.exec(path)?.[1]
  const problem = (description: string) => ({ description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } })
  return {
    summary: about,
    ...(item !== undefined && { parameters: [{ name: item, in: 'path', required: true, schema: { type: 'string' } }] }),
    ...(body !== undefined && { requestBody: { content: contentOf(body) } }),
    responses: {
      [status]: status === 204 ? { description: 'Done.' } : { description: about, content: { [answerType]: {} } },
      ...Object.fromEntries(failures.map(failure => [failure, problem(FAILURES[failure])])),
      default: problem('What is wrong, and what to do instead.')
    }
  }
}

function contentOf ({ type = JSON_TYPE, read, example }: NonNullable<ControlCall['body']>): object {
  return { [type]: type === JSON_TYPE ? { schema: read.schema ?? { type: 'object' }, example } : { schema: { type: 'string', format: 'binary' } } }
}

const FAILURES = {
  404: 'What the path names does not exist.',
  406: 'Not as many exchanges as expected.',
  408: 'Not as many exchanges in time.',
  409: 'The id is taken, or there are too many.',
  413: 'Too large.'
} as const
