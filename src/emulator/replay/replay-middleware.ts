/** The routes of a server that answers from a recording. Faults, the journal and control calls work as usual. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Dispatch } from '../../api/dispatch.ts'
import { METHODS } from '../../api/registry.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { readQuery } from '../../http/request/query.ts'
import { splitTarget } from '../traffic/request-kind.ts'
import type { SeenFile } from '../traffic/upload-inspector.ts'
import { copyRequest } from './body-copy.ts'
import { bodyText, type Call } from './recorded-call.ts'
import type { Miss, Replay, ReplayedAnswer } from './replay.ts'

/** An unregistered status, which no server uses. */
const NO_ANSWER = 599
/** Tools that start an emulator poll these paths. */
const OWN_PATHS = ['/healthz', '/readyz']

/** A body without masking: secrets are compared by placeholders. */
const NOTHING_HIDDEN = { value: (_name: string, value: string) => value, text: (text: string) => text }

/** `dispatch` wraps the methods: it sees each API call before the recording does. */
export function replayRoutes (replay: Replay, dispatch: (methods: Dispatch) => Dispatch, report: (error: unknown) => void) {
  /** The recorded answer to an API call, until it is sent. */
  const answers = new WeakMap<object, ReplayedAnswer | Miss>()
  const calls = new WeakMap<object, () => ReplayedAnswer | Miss>()
  const ask = dispatch(async (params, { request }) => {
    const found = request === undefined ? undefined : calls.get(request)?.()
    if (request !== undefined && found !== undefined) answers.set(request, found)
    const method = METHODS.find(({ name }) => name.toLowerCase() === params.get('method')?.toLowerCase())?.name
    const xml = found === undefined ? '' : 'body' in found ? found.body.toString('utf8') : ''
    return { xml, method, code: found === undefined || 'body' in found ? Number(/<error code="(\d+)"/.exec(xml)?.[1] ?? 0) : NO_ANSWER }
  })

  async function handle (request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '/', method = '', headers: { host = '' } } = request
    // Sent by a client that uses this server as a proxy to another host.
    const isProxied = /^https?:\/\//i.test(url)
    const base = isProxied ? undefined : `${'encrypted' in request.socket ? 'https' : 'http'}://${host}`
    const body = copyRequest(method, request.headers, replay.maxBody)
    for await (const chunk of request as AsyncIterable<Buffer>) body.push(chunk)
    const sent = body.write(NOTHING_HIDDEN)
    const { path, query } = splitTarget(url)
    const params = new Map([...readQuery(query), ...body.params()])
    const call: Call = {
      verb: method,
      path: base === undefined ? new URL(url).pathname : replay.pathOf(path),
      params: base === undefined ? params : replay.toRecorded(params, base),
      files: (sent?.params ?? []).flatMap((param): SeenFile[] => 'fileName' in param ? [{ field: param.name, name: param.fileName, size: param._size, sha256: param._sha256 }] : []),
      body: bodyText(sent)
    }
    const isApi = path === PATHS.rest || path === `${PATHS.rest}/`
    if (!isApi) return send(replay.answer(call, base), response)
    calls.set(request, () => replay.answer(call, base))
    const { xml } = await ask(params, { publicUrl: base ?? '', trustedUrl: base ?? '', ownUrls: [], isHttps: false, request })
    const found = answers.get(request)
    if (found !== undefined && (!('body' in found) || found.body.toString('utf8') === xml)) return send(found, response)
    response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8', 'cache-control': 'no-store' }).end(xml)
  }

  return (routes: RequestListener): RequestListener => (request, response) => {
    if (OWN_PATHS.includes(splitTarget(request.url ?? '').path)) return routes(request, response)
    handle(request, response).catch((error: unknown) => {
      // A client that breaks off is not an error.
      if (request.readableAborted) return response.destroy()
      report(error)
      response.destroy()
    })
  }
}

function send (answer: ReplayedAnswer | Miss, response: ServerResponse): void {
  if ('body' in answer) response.writeHead(answer.status, answer.statusText, [...answer.headers]).end(answer.body)
  else response.writeHead(NO_ANSWER, 'Not Recorded', { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }).end(`${answer.sentence}\n`)
}
