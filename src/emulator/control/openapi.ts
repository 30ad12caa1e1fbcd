/** The control calls as OpenAPI 3.1. A test holds that each is here, and none that there is not. */
import { Answered, type Action } from './call.ts'

/** What a call does; an example of its body; what it answers beside problems: an example, or nothing for 204. */
interface Described {
  readonly about: string
  readonly body?: unknown
  readonly type?: string
  readonly status?: 200 | 201 | 204
  readonly answer?: string
}

/** By verb and path. */
const CALLS: Readonly<Record<string, Described>> = {
  'GET /health': { about: 'Whether it runs, its version and its time.' },
  'GET /openapi.json': { about: 'This description.' },
  'GET /accounts': { about: 'All accounts as they are.' },
  'GET /accounts/:user': { about: 'An account as it is.' },
  'PATCH /accounts/:user': { about: 'Changes an account; what is left out stays, null is what the plan says.', body: { membership: { type: 'pro', ends: '2025-12-31T00:00:00Z' }, diskspace: { limit: 0 }, bandwidth: { left: 0 }, maxSessions: 1, maxContacts: 0, capabilities: { upload: 0 }, https: 'forbidden', disabled: false } },
  'GET /system': { about: 'The state of the whole server.' },
  'PATCH /system': { about: 'Changes the state of the whole server.', body: { maintenance: true, uploads: 'temp_error', downloads: 'temp_error', registration: 'closed', minAppVersion: '2.0', apiKeys: ['RESPACE001'], limitsAttempts: true } },
  'GET /sessions': { about: 'Sessions, the last used first, without their keys.' },
  'POST /sessions/:key/expire': { about: 'Lets a session have idled out.' },
  'GET /files': { about: 'Files, the newest first, at most 1000.' },
  'GET /files/:id': { about: 'A file.' },
  'PATCH /files/:id': { about: 'Sets whether the bytes of a file can be reached.', body: { available: false } },
  'GET /faults': { about: 'All faults, with how often each struck.' },
  'POST /faults': { about: 'Arms a fault. One that could never strike is refused.', status: 201, body: { match: { method: 'files.delete' }, skip: 1, times: 2, ttlMs: 60000, effect: 'none', answer: { error: 12 } } },
  'DELETE /faults': { about: 'Disarms all faults.', status: 204 },
  'GET /faults/:id': { about: 'A fault.' },
  'DELETE /faults/:id': { about: 'Disarms a fault.', status: 204 },
  'GET /clock': { about: 'What time it is, and how the clock goes.' },
  'PUT /clock': { about: 'Lets the clock stand still at a moment, or run so far from the real time.', body: { mode: 'frozen', now: '2026-01-01T00:00:00Z' } },
  'DELETE /clock': { about: 'The real time again.' },
  'POST /clock/advance': { about: 'Lets time pass at once, and does what falls due in it, in its order.', body: { by: 'PT25H' } },
  'GET /journal': { about: 'All exchanges that are kept, and how many were dropped for newer ones.' },
  'DELETE /journal': { about: 'Forgets all exchanges.', status: 204 },
  'POST /journal/find': { about: 'The exchanges that match.', body: { method: 'files.delete' } },
  'POST /journal/count': { about: 'How many exchanges match.', body: { method: 'files.delete', params: { file_id: 'abc123' } } },
  'POST /journal/verify': { about: 'Whether as many match as are expected; 406 with a sentence when not.', body: { method: 'files.delete', times: 1 } },
  'POST /journal/wait': { about: 'Answers once so many match; 408 when they do not come in time.', body: { method: 'files.delete', count: 1, timeoutMs: 5000 } },
  'GET /journal/har': { about: 'All exchanges as HAR 1.2.' },
  'GET /journal/lint': { about: 'What the client did against the guide, once each.' },
  'POST /reset': { about: 'Puts everything back as it was when the seed had been planted.', status: 204, body: {} },
  'POST /seed': { about: 'Plants a seed, as YAML or JSON, in the place of everything.', status: 204, body: { accounts: [{ user: 'carol', files: [{ name: 'note.txt', content: 'hello' }] }] } },
  'GET /snapshots': { about: 'The snapshots that are kept.' },
  'POST /snapshots': { about: 'Keeps the state under a name.', status: 201, body: { name: 'before' } },
  'GET /snapshots/:name': { about: 'A snapshot as a file.', answer: 'application/x-tar' },
  'PUT /snapshots/:name': { about: 'Takes in a snapshot that an emulator of the same version wrote.', status: 201, type: 'application/x-tar' },
  'DELETE /snapshots/:name': { about: 'Forgets a snapshot.', status: 204 },
  'POST /snapshots/:name/restore': { about: 'Puts everything back as it was when the snapshot was taken.', status: 204 },
  'GET /ids': { about: 'By what seed ids repeat; null: by none.' },
  'PUT /ids': { about: 'The same keys and ids from now on as after any other call with this seed; null for chance.', body: { seed: 42 } },
  'GET /outbox': { about: 'The mails that were written, oldest first.' },
  'GET /sandboxes': { about: 'The sandboxes that are open.' },
  'POST /sandboxes': { about: 'Opens a server of its own. All other calls reach it below /sandboxes/ID.', status: 201, body: { id: 'mine', seed: 'demo', clock: '2026-01-01T00:00:00Z', ids: 42 } },
  'GET /sandboxes/:id': { about: 'A sandbox.' },
  'DELETE /sandboxes/:id': { about: 'Ends a sandbox.', status: 204 }
}

/** The names of all that are described, as `VERB /path`. */
export const DESCRIBED_CALLS = Object.keys(CALLS)

export const answerOpenapi: Action = async ({ url }, { version }) => new Answered(200, writeOpenapi(url, version))

function writeOpenapi (url: string, version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const [call, described] of Object.entries(CALLS)) {
    const [verb = '', path = ''] = call.split(' ')
    const name = path.replace(/:(\w+)/, '{$1}')
    paths[name] = { ...paths[name], [verb.toLowerCase()]: operationOf(path, described) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Control calls of the Respace emulator', version },
    servers: [{ url: `${url}/_emulator/v1` }, { url: `${url}/_emulator/v1/sandboxes/{sandbox}`, variables: { sandbox: { default: 'mine' } } }],
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'On any address but a loopback one.' } },
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

function operationOf (path: string, { about, body, type = 'application/json', status = 200, answer = 'application/json' }: Described): object {
  const item = /:(\w+)/.exec(path)?.[1]
  return {
    summary: about,
    ...(item !== undefined && { parameters: [{ name: item, in: 'path', required: true, schema: { type: 'string' } }] }),
    ...((body !== undefined || type !== 'application/json') && {
      requestBody: { content: { [type]: type === 'application/json' ? { schema: { type: 'object' }, example: body } : { schema: { type: 'string', format: 'binary' } } } }
    }),
    responses: {
      [status]: status === 204 ? { description: 'Done.' } : { description: about, content: { [answer]: {} } },
      default: { description: 'What is wrong, and what to do instead.', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }
    }
  }
}
