/** Sees each exchange of a server, records it, and applies the fault that matches it. No handler knows of it. */
import type { RequestListener } from 'node:http'
import { sentIds, type Dispatch, type Dispatched } from '../api/dispatch.ts'
import { refuse } from '../api/errors.ts'
import type { RawParams } from '../api/params.ts'
import { METHODS } from '../api/registry.ts'
import { renderRefusal } from '../api/render.ts'
import { applyBeforeHandler, respondInstead, tagResponse, uploadBreakOf, uploadRefusalOf } from './faults/apply-fault.ts'
import type { Fault } from './faults/faults.ts'
import { replacementOf, responsePlanOf } from './faults/response-plan.ts'
import { interceptUpload } from './intercept-upload.ts'
import type { InterceptorOptions } from './interceptor-options.ts'
import { noteLint, recordExchange } from './journal/record-exchange.ts'
import { ticketOf } from './traffic/attribution.ts'
import { allowAnyOrigin } from './traffic/cross-origin.ts'
import { createExchange, type Exchange } from './traffic/exchange.ts'
import { lintCall } from './traffic/lint.ts'
import { watchAnswer } from './traffic/handler-answer.ts'
import { matchContextOf, type MatchContext } from './traffic/match-context.ts'
import type { RequestInterceptor } from './traffic/request-interceptor.ts'
import { createNewestMap } from '../domain/newest-map.ts'
import { interceptResponse } from './traffic/response-interceptor.ts'

const MAX_NAMES = 1000

/** The middleware of one server. */
export function createInterceptor (options: InterceptorOptions) {
  const { ports, policy, faults, journal, running, strict, report } = options
  const exchanges = new WeakMap<object, Exchange>()
  /** Names of the files that are being uploaded, by upload identifier: polls of the progress are matched by them. */
  const names = createNewestMap<string>(MAX_NAMES)

  const front = (routes: RequestListener): RequestListener => (request, response) => {
    const exchange = createExchange(request, response)
    exchanges.set(request, exchange)
    running.add(exchange)
    recordExchange(exchange, journal, ports.clock.now())
    if (allowAnyOrigin(exchange)) return
    // An API call is known once its parameters are read, wherever its client put them: see `dispatch`.
    if (exchange.phase === 'api' || request.method === 'OPTIONS') return routes(request, response)
    interceptHttp(exchange, async () => routes(request, response)).catch((error: unknown) => {
      report(error)
      request.socket.destroy()
    })
  }

  /** Everything but API calls. */
  async function interceptHttp (exchange: Exchange, handle: () => Promise<void>): Promise<void> {
    const { request, response, uploadKind, notes } = exchange
    const { params } = notes
    const upload = uploadKind === undefined ? undefined : await interceptUpload(exchange, uploadKind, params, options, names)
    const context = matchContextOf(exchange, params, ports, names)
    if (upload === undefined) await noteAttribution(exchange, context)
    const fault = await takeFault(exchange, context)
    if (fault === undefined) {
      if (upload !== undefined) settleUpload(exchange, upload)
      upload?.open()
      return handle()
    }
    const refusal = uploadKind && await uploadRefusalOf(fault, uploadKind, ticketOf(params), ports)
    upload?.readAhead()
    if (!await applyBeforeHandler(fault, request.socket)) return
    interceptResponse(response, request.socket, responsePlanOf(fault, refusal))
    const settle = upload && settleUpload(exchange, upload)
    const replacement = fault.effect === 'none' ? replacementOf(fault, refusal) : undefined
    if (replacement !== undefined) return respondInstead(replacement, fault, exchange, upload, policy.drainLimit)
    upload?.open({ speed: fault.answer.throttle?.up, break: uploadBreakOf(fault), ...(settle !== undefined && { settle }) })
    return handle()
  }

  const dispatch = (methods: Dispatch): Dispatch => async (params, transport) => {
    const exchange = transport.request && exchanges.get(transport.request)
    if (exchange === undefined) return methods(params, transport)
    const { notes } = exchange
    const context = matchContextOf(exchange, params, ports, names)
    notes.params = params
    notes.method = context.method
    // Before the call: it may delete what is looked up here.
    await noteAttribution(exchange, context)
    noteLint(exchange, lintCall(methodNamed(context.method), params), strict, journal)
    const fault = await takeFault(exchange, context)
    const outcome = fault === undefined ? await methods(params, transport) : await callWithFault(fault, exchange, params, () => methods(params, transport))
    notes.code = outcome?.code
    journal.notifyChange()
    return outcome ?? { xml: '', method: context.method, code: 0 }
  }

  /** The fault for an exchange, noted in it and in its response. */
  async function takeFault (exchange: Exchange, context: MatchContext): Promise<Fault | undefined> {
    const fault = await faults.nextFault(context)
    if (fault === undefined) return undefined
    tagResponse(exchange, fault)
    journal.notifyChange()
    return fault
  }

  return { front, dispatch }
}

/** From now on its handler can be made to end: see `settle` of the notes, which is returned. */
function settleUpload ({ response, notes }: Exchange, upload: RequestInterceptor): () => Promise<void> {
  const answer = watchAnswer(response)
  const settle = async (): Promise<void> => {
    answer.discard()
    await withinTime(upload.breakOff().then(() => answer.ended), SETTLE_LIMIT)
  }
  notes.settle = settle
  return settle
}

/** Milliseconds. A handler that needs longer, on a disk that does not answer, ends after its client has seen the break. */
const SETTLE_LIMIT = 10_000

/** Resolves with `work`, or after so many milliseconds. */
function withinTime (work: Promise<void>, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds)
    work.then(resolve, reject).finally(() => { clearTimeout(timer) })
  })
}

async function noteAttribution ({ notes }: Exchange, context: MatchContext): Promise<void> {
  notes.user = await context.user()
  notes.fileNames = await context.fileNames()
}

/** undefined when the answer is not the API's. */
async function callWithFault (fault: Fault, { request, response, notes }: Exchange, params: RawParams, call: () => Promise<Dispatched>): Promise<Dispatched | undefined> {
  if (!await applyBeforeHandler(fault, request.socket)) return undefined
  interceptResponse(response, request.socket, responsePlanOf(fault))
  const outcome = fault.effect === 'commit' || (fault.answer.error === undefined && replacementOf(fault) === undefined) ? await call() : undefined
  if (fault.answer.error === undefined) return outcome
  const refusal = refuse(fault.answer.error, fault.answer.info)
  const method = methodNamed(notes.method)
  return { xml: renderRefusal(params.get('method') ?? '', refusal, method && sentIds(method, params)), method: notes.method, code: refusal.code }
}

const methodNamed = (name: string | undefined) => METHODS.find(method => method.name === name)
