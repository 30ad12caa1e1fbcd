/** Stands around a server: sees each exchange, and does to it what a fault says. No handler knows of it. */
import type { IncomingMessage, RequestListener } from 'node:http'
import { sentIds, type Dispatch, type Dispatched } from '../api/dispatch.ts'
import { refuse } from '../api/errors.ts'
import type { RawParams } from '../api/params.ts'
import { METHODS } from '../api/registry.ts'
import { renderRefusal } from '../api/render.ts'
import type { Policy } from '../domain/policy.ts'
import { liftBodyDeadline } from '../http/request/body-deadline.ts'
import { readQuery } from '../http/request/query.ts'
import type { Ports } from '../ports.ts'
import { recognizeBody } from '../transfer/body-format.ts'
import { interceptResponse } from './traffic/response-interceptor.ts'
import { interceptRequest, type RequestInterceptor } from './traffic/request-interceptor.ts'
import { findUploadSource, type UploadSource } from './traffic/upload-sources.ts'
import { requestKindOf, splitTarget, uploadKindOf, type MatchContext, type UploadKind } from './traffic/exchange.ts'
import { responsePlanOf, replacementOf } from './faults/response-plan.ts'
import type { Fault, Faults } from './faults/faults.ts'
import type { Journal } from './journal/journal.ts'
import { lintCall, lintUpload } from './traffic/lint.ts'
import { noteLint, recordExchange, type Exchange } from './journal/record-exchange.ts'
import { respondInstead, uploadBreakOf, applyBeforeHandler, uploadRefusalOf, tagResponse } from './faults/apply-fault.ts'
import type { Strictness } from './traffic/strictness.ts'
import { inspectUpload, type UploadInspector } from './traffic/upload-inspector.ts'
import { fileNamesOfCall, fileNamesOfPath, ticketOf, userOfCall, userOfLink, userOfTicket } from './traffic/attribution.ts'

export interface Watching {
  readonly ports: Ports
  readonly policy: Policy
  readonly faults: Faults
  readonly journal: Journal
  readonly strict: Strictness
  /** Is told of bugs. */
  report (error: unknown): void
}

export function createInterceptor ({ ports, policy, faults, journal, strict, report }: Watching) {
  const exchanges = new WeakMap<object, Exchange>()
  const names = rememberNames()

  const front = (routes: RequestListener): RequestListener => (request, response) => {
    const { path, query } = splitTarget(request.url ?? '')
    const verb = request.method ?? ''
    const params = readQuery(query)
    const notes = { method: undefined, user: undefined, code: undefined, params, fileNames: [], fault: undefined, inspector: undefined, lint: [] }
    const exchange: Exchange = { request, response, path, phase: requestKindOf(path, verb), uploadKind: uploadKindOf(path, verb), notes }
    exchanges.set(request, exchange)
    recordExchange(exchange, journal, ports.clock.now())
    // An API call is known once its parameters are read, wherever its client put them: see `dispatch`.
    if (exchange.phase === 'api' || request.method === 'OPTIONS') return routes(request, response)
    intercept(exchange, params, async () => routes(request, response)).catch((error: unknown) => {
      report(error)
      request.socket.destroy()
    })
  }

  async function intercept (exchange: Exchange, params: RawParams, go: () => Promise<void>): Promise<void> {
    const { request, response, uploadKind, notes } = exchange
    const gate = uploadKind === undefined ? undefined : await beginUpload(exchange, uploadKind, params)
    const known = circumstance(exchange, params)
    if (gate === undefined) {
      notes.user = await known.user()
      notes.fileNames = await known.fileNames()
    }
    const fault = await strikeOn(exchange, known)
    if (fault === undefined) {
      gate?.open()
      return go()
    }
    const refused = uploadKind && await uploadRefusalOf(fault, uploadKind, ticketOf(params), ports)
    if (!await applyBeforeHandler(fault, request.socket)) return
    interceptResponse(response, request.socket, responsePlanOf(fault, refused))
    const alone = fault.effect === 'none' ? replacementOf(fault, refused) : undefined
    if (alone !== undefined) return respondInstead(alone, fault, exchange, gate, policy.drainLimit)
    gate?.open({ speed: fault.answer.throttle?.up, break: uploadBreakOf(fault) })
    return go()
  }

  /** The body waits, until the name of its file has come where a rule asks for that. */
  async function beginUpload (exchange: Exchange, way: UploadKind, params: RawParams): Promise<RequestInterceptor> {
    const { request, path, notes } = exchange
    // A fault may hold it for as long as it likes.
    liftBodyDeadline(request)
    let said: UploadSource['fields'] = new Map()
    const inspector = inspectorOf(way, request, () => params.get('userfile') ?? said.get('filename') ?? '')
    notes.inspector = inspector
    // The whole body has come by then, and nothing of the answer has gone.
    request.once('end', () => { noteLint(exchange, lintUpload(inspector, params, way, notes.user === undefined), strict, journal) })
    // Before anything is waited for: the first chunk comes in the same turn as the head.
    const named = holdUntilNamed(inspector, request, way, params)
    const { user, fields } = await findUploadSource(way, path, params, request, ports)
    said = fields
    inspector.addFields(fields)
    notes.user = user
    return named
  }

  function holdUntilNamed (inspector: UploadInspector, request: IncomingMessage, way: UploadKind, params: RawParams): Promise<RequestInterceptor> {
    // That of a piece was told when its upload began.
    const asks = way !== 'piece' && faults.asksForFileName('upload')
    return new Promise(resolve => {
      let isNamed = false
      const gate = interceptRequest(request, chunk => {
        inspector.inspect(chunk)
        const name = inspector.firstName() ?? (inspector.size() > MAX_BEFORE_NAME ? '' : undefined)
        if (name !== undefined && !isNamed) {
          isNamed = true
          if (way === 'ticket') names.set(ticketOf(params), name)
          resolve(gate)
        }
        return asks && !isNamed
      })
      request.once('close', () => { resolve(gate) })
      if (!asks) resolve(gate)
    })
  }

  function circumstance ({ phase, path, request, notes }: Exchange, params: RawParams): MatchContext {
    const ticket = ticketOf(params)
    const byTicket = { phase, params, method: undefined, user: () => userOfTicket(ticket, ports) }
    const byPath = { phase, params, method: undefined, fileNames: () => fileNamesOfPath(path, ports) }
    switch (phase) {
      case 'api': return {
        phase,
        params,
        method: METHODS.find(({ name }) => name.toLowerCase() === params.get('method')?.toLowerCase())?.name,
        user: () => userOfCall(params, ports),
        fileNames: () => fileNamesOfCall(params, [`http://${request.headers.host ?? ''}`], ports)
      }
      case 'upload': return { phase, params, method: undefined, user: async () => notes.user, fileNames: async () => notes.inspector?.names() ?? [] }
      case 'progress': return { ...byTicket, fileNames: async () => [names.get(ticket) ?? ''] }
      case 'download': return { ...byPath, user: () => userOfLink(path, ports) }
      case 'page': return { ...byPath, user: async () => undefined }
    }
  }

  async function strikeOn (exchange: Exchange, known: MatchContext): Promise<Fault | undefined> {
    const fault = await faults.nextFault(known)
    if (fault === undefined) return undefined
    tagResponse(exchange, fault)
    journal.notifyChange()
    return fault
  }

  const dispatch = (methods: Dispatch): Dispatch => async (raw, transport) => {
    const exchange = transport.request && exchanges.get(transport.request)
    if (exchange === undefined) return methods(raw, transport)
    const { notes } = exchange
    const known = circumstance(exchange, raw)
    const declared = METHODS.find(({ name }) => name === known.method)
    notes.params = raw
    notes.method = known.method
    // Before the deed: it may be what forgets them.
    notes.user = await known.user()
    notes.fileNames = await known.fileNames()
    noteLint(exchange, lintCall(declared, raw), strict, journal)
    const fault = await strikeOn(exchange, known)
    const outcome = fault === undefined ? await methods(raw, transport) : await applyFault(fault, exchange, () => methods(raw, transport))
    notes.code = outcome?.code
    journal.notifyChange()
    return outcome ?? { xml: '', method: known.method, code: 0 }
  }

  /** undefined when the answer is not the API's. */
  async function applyFault (fault: Fault, exchange: Exchange, act: () => Promise<Dispatched>): Promise<Dispatched | undefined> {
    const { request, response, notes: { params, method } } = exchange
    if (!await applyBeforeHandler(fault, request.socket)) return undefined
    interceptResponse(response, request.socket, responsePlanOf(fault))
    const outcome = fault.effect === 'commit' || (fault.answer.error === undefined && replacementOf(fault) === undefined) ? await act() : undefined
    if (fault.answer.error === undefined) return outcome
    const refusal = refuse(fault.answer.error, fault.answer.info)
    const declared = METHODS.find(({ name }) => name === method)
    return { xml: renderRefusal(params.get('method') ?? '', refusal, declared && sentIds(declared, params)), method, code: refusal.code }
  }

  return { front, dispatch }
}

const inspectorOf = (way: UploadKind, { method = '', headers }: IncomingMessage, rawName: () => string): UploadInspector =>
  inspectUpload(firstBytes => way === 'piece' ? { kind: 'raw' } : recognizeBody(method, headers['content-type'] ?? '', firstBytes), rawName)

/** Bytes of fields before the first file that a rule about its name waits for: more than an upload may have. */
const MAX_BEFORE_NAME = 2 * 1024 * 1024
const MAX_NAMES = 1000

/** Names of files by upload identifier, for those who poll; the oldest are forgotten. */
function rememberNames (): { set (ticket: string, name: string): void, get (ticket: string): string | undefined } {
  const names = new Map<string, string>()
  return {
    set (ticket, name) {
      names.delete(ticket)
      names.set(ticket, name)
      const [oldest] = names.keys()
      if (names.size > MAX_NAMES && oldest !== undefined) names.delete(oldest)
    },
    get: ticket => names.get(ticket)
  }
}
