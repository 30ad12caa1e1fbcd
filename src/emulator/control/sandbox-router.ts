/** Passes each request to its sandbox, by the keys and ids in it; all others to the main server. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { hashKey } from '../../domain/accounts/credentials.ts'
import { isKey, isShortId, isUploadId } from '../../domain/identifiers.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { bearerOf } from '../../http/request/bearer.ts'
import { readQuery } from '../../http/request/query.ts'
import { fieldsOf, MAX_SMALL_BODY } from '../../http/request/small-body.ts'
import { findFileRequest } from '../../store/uploads/file-requests.ts'
import { findFile } from '../../store/files/files.ts'
import { findFolder } from '../../store/files/folders.ts'
import { isInvited, isSetUpCode } from '../../store/accounts/registration.ts'
import { hasResumableUpload } from '../../store/uploads/resumable-uploads.ts'
import { findSession, findToken } from '../../store/accounts/sessions.ts'
import { findUploadKey } from '../../store/accounts/upload-keys.ts'
import { hasTicket } from '../../store/uploads/uploads.ts'
import { ControlProblem } from '../control-problem.ts'
import { requestKindOf, splitTarget, uploadKindOf } from '../traffic/request-kind.ts'
import { bufferBody, type BufferedBody } from '../traffic/buffered-body.ts'
import type { EmulatedServer } from '../emulated-server.ts'
import { SANDBOX_PATH } from './control-paths.ts'
import type { Sandboxes } from './sandboxes.ts'
import { ticketOf } from '../traffic/attribution.ts'

type Params = ReadonlyMap<string, string>

/** For clients that cut the query off the upload URL: the ticket is then in the form, before the file. */
const MAX_FORM_PREFIX = 16 * 1024

/** An id that both a sandbox and `main` know is refused as ambiguous. `report` receives errors that are bugs. */
export function createSandboxRouter (sandboxes: Sandboxes, main: EmulatedServer, report: (error: unknown) => void): RequestListener {
  return (request, response) => {
    if (sandboxes.list().length === 0 && !(request.url ?? '').includes(SANDBOX_PATH)) return main.routes(request, response)
    const body = bufferBody(request)
    find(request, body).then(
      sandbox => { body.release(() => { (sandbox ?? main).routes(request, response) }) },
      (error: unknown) => {
        if (error instanceof ControlProblem) return body.release(() => { sendProblem(error, request, response) })
        report(error)
        request.socket.destroy()
      })
  }

  async function find (request: IncomingMessage, body: BufferedBody): Promise<EmulatedServer | undefined> {
    const { path, query } = splitTarget(request.url ?? '')
    if (path.startsWith(SANDBOX_PATH)) return byPath(path, request)
    const params = readQuery(query)
    const verb = request.method ?? ''
    switch (requestKindOf(path, verb)) {
      case 'api': return byCall(new Map([...params, ...await paramsOfBody(request, body)]))
      case 'upload': return byUpload(path, params, request, body)
      case 'progress': return byTicket(ticketOf(new Map([...params, ...await paramsOfBody(request, body)])))
      case 'download': return byLink(path)
      case 'page': return path === PATHS.register ? byInvitation(new Map([...params, ...await paramsOfBody(request, body)])) : byLink(path)
    }
  }

  /** Removes the prefix, and sends it in a header as a reverse proxy would, so that links begin with it. */
  function byPath (path: string, request: IncomingMessage): EmulatedServer {
    const id = path.slice(SANDBOX_PATH.length).split('/')[0] ?? ''
    const sandbox = sandboxes.get(id)
    if (sandbox === undefined) throw new ControlProblem(404, `there is no sandbox "${id}"`, 'POST /_emulator/v1/sandboxes creates one')
    const prefix = SANDBOX_PATH + id
    request.headers['x-forwarded-prefix'] = prefix
    const rest = (request.url ?? '').replace(prefix, '')
    request.url = rest.startsWith('?') || rest === '' ? `/${rest}` : rest
    return sandbox
  }

  async function byCall (params: Params): Promise<EmulatedServer | undefined> {
    const apiKey = params.get('api_key')
    const byApiKey = sandboxes.list().find(sandbox => sandbox.apiKey === apiKey)
    if (byApiKey !== undefined) return byApiKey
    for (const key of [params.get('session_key') ?? '', params.get('token') ?? ''].filter(isKey)) {
      const found = await findSandboxWith('the key', async ({ ports: { sql } }) => await findSession(sql, key) !== undefined || await findToken(sql, key, 0) !== undefined)
      if (found !== undefined) return found
    }
  }

  async function byTicket (ticket: string): Promise<EmulatedServer | undefined> {
    return ticket === '' ? undefined : findSandboxWith('the ticket', ({ ports: { sql } }) => hasTicket(sql, ticket))
  }

  async function byUpload (path: string, params: Params, request: IncomingMessage, body: BufferedBody): Promise<EmulatedServer | undefined> {
    switch (uploadKindOf(path, request.method ?? '')) {
      case 'ticket': return byTicket(ticketOf(params) || ticketOf(await ticketOfForm(request, body)))
      case 'key': return byUploadKey(request)
      default: return byLink(path)
    }
  }

  async function byUploadKey (request: IncomingMessage): Promise<EmulatedServer | undefined> {
    const key = bearerOf(request)
    return isKey(key) ? findSandboxWith('the upload key', async ({ ports: { sql } }) => await findUploadKey(sql, hashKey(key)) !== undefined) : undefined
  }

  async function byInvitation (params: Params): Promise<EmulatedServer | undefined> {
    const code = params.get('invitation') ?? ''
    return isKey(code) ? findSandboxWith('the invitation', ({ ports: { sql, clock } }) => isInvited(sql, hashKey(code), clock.now())) : undefined
  }

  async function byLink (path: string): Promise<EmulatedServer | undefined> {
    for (const id of path.split('/').filter(part => isShortId(part) || isKey(part) || isUploadId(part))) {
      const found = await findSandboxWith(id, async ({ ports: { sql } }) => isShortId(id)
        ? await findFile(sql, id) !== undefined || await findFolder(sql, id) !== undefined
        : await findFileRequest(sql, id) !== undefined || await hasResumableUpload(sql, id) || await isSetUpCode(sql, hashKey(id)))
      if (found !== undefined) return found
    }
  }

  /** The sandbox that has an id; undefined when none has. */
  async function findSandboxWith (id: string, hasIt: (server: EmulatedServer) => Promise<boolean>): Promise<EmulatedServer | undefined> {
    const all = sandboxes.list()
    const answers = await Promise.all(all.map(hasIt))
    const found = all.filter((_sandbox, i) => answers[i])
    if (found.length > 1 || (found.length === 1 && await hasIt(main))) {
      // Sandboxes draw different ids, but importing a snapshot can add ids of another one.
      throw new ControlProblem(409, `${id} exists on more than one server of this emulator`, `put the path of its sandbox before the request, ${SANDBOX_PATH}ID/`)
    }
    return found[0]
  }
}

const paramsOfBody = async ({ headers }: IncomingMessage, body: BufferedBody): Promise<Params> =>
  fieldsOf(await body.peek(MAX_SMALL_BODY), headers['content-type'] ?? '')

async function ticketOfForm ({ headers }: IncomingMessage, body: BufferedBody): Promise<Params> {
  const type = headers['content-type'] ?? ''
  return fieldsOf(await body.peek(MAX_FORM_PREFIX, bytes => ticketOf(fieldsOf(bytes, type)) !== ''), type)
}

function sendProblem ({ status, message, hint }: ControlProblem, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', 'access-control-allow-origin': '*', ...(!request.complete && { connection: 'close' }) })
  response.end(`${message}: ${hint}.\n`)
}
