/** Adds exchanges to the journal. */
import type { Socket } from 'node:net'
import { MAX_SMALL_BODY } from '../../http/request/small-body.ts'
import { copyBody } from '../traffic/body-copy.ts'
import { recordResponse } from '../traffic/response-recorder.ts'
import type { Exchange } from '../traffic/exchange.ts'
import type { Journal } from './journal.ts'
import { keepHeaders } from './request-headers.ts'
import { lintHeaderValue, type Lint } from '../traffic/lint.ts'
import { placesOf, queryParameters, sentParameters } from '../traffic/sent-parameters.ts'
import type { Strictness } from '../traffic/strictness.ts'

const LINT_HEADER = 'x-emulator-lint'

/** Adds an exchange, which is updated while it runs. Must come before anything that intercepts its response. */
export function recordExchange (exchange: Exchange, journal: Journal, now: number): void {
  const { request, response, path, phase, uploadKind, notes } = exchange
  const { mask } = journal
  const at = new Date(now).toISOString()
  const startedAt = realNow()
  const bodyOfCall = phase === 'api' || phase === 'progress' ? copyBody(request, MAX_SMALL_BODY) : undefined
  const recorder = recordResponse(response, phase !== 'page' && phase !== 'download' && uploadKind !== 'form' && uploadKind !== 'request')
  const headerOf = (name: string) => String(request.headers[name] ?? '')
  const { headers, omitted: headersOmitted } = keepHeaders(request.rawHeaders, mask)
  let ms: number | null = null
  let state: 'running' | 'answered' | 'cut' = 'running'
  let left = false

  function finish (outcome: 'answered' | 'cut'): void {
    if (state !== 'running') return
    const endedAt = realNow()
    ms = Math.round((endedAt - startedAt) * 10) / 10
    state = outcome
    left = outcome === 'cut' && isClosedByClient(request.socket)
    closeEntry({
      startedAt,
      endedAt,
      target: request.url ?? '',
      headers: request.headers,
      sent: sentOf(),
      parts: notes.inspector?.parts() ?? [],
      isComplete: request.complete,
      text: recorder.text()
    })
  }

  const sentOf = () => bodyOfCall === undefined ? [...queryParameters(request.url ?? ''), ...notes.inspector?.sent() ?? []] : sentParameters(request, bodyOfCall())
  // Comes before Node's listener, which closes the connection. A response on a closed connection finishes, too.
  response.prependOnceListener('finish', () => { finish(request.socket.writable ? 'answered' : 'cut') })
  response.once('close', () => { finish('cut') })

  const closeEntry = journal.begin(() => {
    const { inspector } = notes
    const text = recorder.text()
    const masked = text === undefined ? undefined : mask.text(text)
    const params = [...notes.params, ...inspector?.fields ?? []].map(([name, value]) => [name, mask.value(name, value)] as const)
    return {
      at,
      startedAt: new Date(startedAt).toISOString(),
      ms,
      phase,
      verb: request.method ?? '',
      path: mask.text(path),
      method: notes.method ?? null,
      user: notes.user ?? null,
      code: notes.code ?? uploadCodeOf(exchange, text),
      params: Object.fromEntries(params),
      sent: placesOf(sentOf()),
      fileNames: inspector?.names() ?? notes.fileNames,
      request: {
        host: headerOf('host'),
        size: inspector?.size() ?? Number(request.headers['content-length'] ?? 0),
        contentType: headerOf('content-type'),
        userAgent: headerOf('user-agent'),
        headers,
        headersOmitted,
        files: inspector?.files() ?? []
      },
      response: {
        status: response.headersSent ? response.statusCode : null,
        size: recorder.size(),
        contentType: String(recorder.headers()['content-type'] ?? ''),
        sha256: recorder.sha256(),
        ...(masked !== undefined && { text: masked })
      },
      fault: notes.fault ?? null,
      lint: notes.lint,
      state,
      left
    }
  })
}

/** In milliseconds since 1970, with fractions. It is monotonic, so that durations are right. */
const realNow = (): number => performance.timeOrigin + performance.now()

/** Whether the client closed or reset the connection: neither happens when the server closes it. */
const isClosedByClient = ({ readableEnded, errored }: Socket): boolean =>
  readableEnded || (errored !== null && 'code' in errored && (errored.code === 'ECONNRESET' || errored.code === 'EPIPE'))

/** Notes what a client did against the guide. Changes at most a header of the answer. */
export function noteLint ({ response, notes, phase }: Exchange, lints: readonly Lint[], strict: Strictness, journal: Journal): void {
  if (lints.length === 0) return
  notes.lint = [...notes.lint, ...lints]
  journal.noteLint(notes.method ?? phase, lints)
  if (strict !== 'off' && !response.headersSent) response.setHeader(LINT_HEADER, lintHeaderValue(notes.lint))
  journal.notifyChange()
}

/** The code of an upload, read from its answer: most kinds show success by the status, and have no code for a failure. */
function uploadCodeOf ({ uploadKind, response }: Exchange, text: string | undefined): number | null {
  if (uploadKind === undefined) return null
  if (uploadKind !== 'ticket') return response.headersSent && response.statusCode < 400 ? 0 : null
  if (!text) return null
  if (/^upload_status=ok|<status>ok</m.test(text)) return 0
  const code = /^error=(\d+)|<error code="(\d+)"/m.exec(text)
  return code === null ? null : Number(code[1] ?? code[2])
}
