/** Stands around a server: sees each exchange, and does to it what a fault says. No handler knows of it. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { sentIds, type Dispatch, type Dispatched, type Transport } from '../api/dispatch.ts'
import { refuse } from '../api/errors.ts'
import type { RawParams } from '../api/params.ts'
import { METHODS } from '../api/registry.ts'
import { renderRefusal } from '../api/render.ts'
import { writeFailure } from '../api/upload-answer.ts'
import type { Policy } from '../domain/policy.ts'
import { readQuery } from '../http/query.ts'
import type { Ports } from '../ports.ts'
import { findTicket } from '../store/uploads.ts'
import { gateAnswer, strike, type WholeAnswer } from './answer-gate.ts'
import { gateBody, type BodyGate } from './body-gate.ts'
import { phaseOf, splitTarget, type Circumstance, type Phase } from './exchange.ts'
import { answerPlan, replacement } from './fault-plan.ts'
import type { Fault, Faults } from './faults.ts'
import { lookAtUpload, type UploadSight } from './upload-sight.ts'
import { waitWhileOpen } from './wait.ts'
import { fileNamesOfCall, fileNamesOfPath, ticketOf, userOfCall, userOfLink, userOfTicket } from './who.ts'

/** The header that tells a made-up answer from one of the server. */
const TAG = 'x-emulator-fault'

const tag = ({ response }: Watched, { id }: Fault): void => { response.setHeader(TAG, id) }

interface Watched {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly phase: Phase
}

export interface Watching {
  readonly ports: Ports
  readonly policy: Policy
  readonly faults: Faults
  /** Is told of bugs. */
  report (error: unknown): void
}

export function createWatch ({ ports, policy, faults, report }: Watching) {
  const watched = new WeakMap<object, Watched>()
  /** By upload identifier: what is on its way, for those who poll. */
  const names = new Map<string, string>()

  const front = (routes: RequestListener): RequestListener => (request, response) => {
    const { path, query } = splitTarget(request.url ?? '')
    const exchange = { request, response, path, phase: phaseOf(path) }
    watched.set(request, exchange)
    // An API call is known once its parameters are read, wherever its client put them: see `dispatch`.
    if (exchange.phase === 'api' || request.method === 'OPTIONS') return routes(request, response)
    attend(exchange, readQuery(query), async () => routes(request, response)).catch((error: unknown) => {
      report(error)
      request.socket.destroy()
    })
  }

  async function attend (exchange: Watched, params: RawParams, go: () => Promise<void>): Promise<void> {
    const { request, phase } = exchange
    const upload = phase === 'upload' ? await beginUpload(request, params) : undefined
    const fault = await faults.strike(circumstance(exchange, params, upload?.sight))
    if (fault === undefined) {
      upload?.gate.open()
      return go()
    }
    tag(exchange, fault)
    const { answer, direction } = fault
    const refused = answer.error === undefined ? undefined : await refusalOfUpload(fault, params)
    const replaced = fault.effect === 'none' ? replacement(fault, refused) : undefined
    if (!await passes(fault, exchange)) return
    gateAnswer(exchange.response, request.socket, answerPlan(fault, refused))
    if (replaced !== undefined) return answerAlone(replaced, fault, exchange, upload?.gate)
    const broken = answer.socket !== undefined && direction === 'up' && answer.atByte !== undefined
      ? { event: answer.socket, atByte: answer.atByte, forMs: answer.forMs }
      : undefined
    upload?.gate.open({ speed: answer.throttle?.up, break: broken })
    return go()
  }

  /** The body waits, until the name of its file has come where a rule asks for that. */
  async function beginUpload (request: IncomingMessage, params: RawParams) {
    const sight = lookAtUpload(request.method ?? '', request.headers['content-type'] ?? '', params.get('userfile') ?? '')
    const asks = faults.asksForFileName('upload')
    const gate = await new Promise<BodyGate>(resolve => {
      const gate = gateBody(request, chunk => {
        sight.look(chunk)
        const name = sight.firstName()
        if (name !== undefined) {
          remember(ticketOf(params), name)
          resolve(gate)
        }
        return name === undefined && asks
      })
      request.once('close', () => { resolve(gate) })
      if (!asks) resolve(gate)
    })
    return { sight, gate }
  }

  function remember (ticket: string, name: string): void {
    if (names.get(ticket) === name) return
    names.delete(ticket)
    names.set(ticket, name)
    const [oldest] = names.keys()
    if (names.size > 1000 && oldest !== undefined) names.delete(oldest)
  }

  function circumstance ({ phase, path, request }: Watched, params: RawParams, sight?: UploadSight): Circumstance {
    const method = phase === 'api' ? METHODS.find(({ name }) => name.toLowerCase() === params.get('method')?.toLowerCase())?.name : undefined
    const publicUrl = `http://${request.headers.host ?? ''}`
    switch (phase) {
      case 'api': return { phase, method, params, user: () => userOfCall(params, ports), fileNames: () => fileNamesOfCall(params, publicUrl, ports) }
      case 'upload': return { phase, method, params, user: () => userOfTicket(ticketOf(params), ports), fileNames: async () => sight?.files().map(({ name }) => name) ?? [] }
      case 'progress': return { phase, method, params, user: () => userOfTicket(ticketOf(params), ports), fileNames: async () => [names.get(ticketOf(params)) ?? ''] }
      case 'download': return { phase, method, params, user: () => userOfLink(path, ports), fileNames: () => fileNamesOfPath(path, ports) }
      case 'page': return { phase, method, params, user: async () => undefined, fileNames: () => fileNamesOfPath(path, ports) }
    }
  }

  /** What strikes before anything is done; false when nothing is to follow. */
  async function passes ({ effect, answer, direction }: Fault, { request: { socket } }: Watched): Promise<boolean> {
    if (effect === 'commit') return true
    if (answer.delayMs !== undefined && !await waitWhileOpen(socket, answer.delayMs)) return false
    if (answer.socket === undefined || (direction === 'up' && answer.atByte !== undefined)) return true
    return strike({ event: answer.socket, atByte: undefined, forMs: answer.forMs }, socket)
  }

  /** Answers instead of the server. Simple clients never see an early answer, so the body is read first. */
  async function answerAlone ({ status, headers, body }: WholeAnswer, { answer }: Fault, { request, response }: Watched, gate: BodyGate | undefined): Promise<void> {
    const isRead = answer.drain === false ? request.readableEnded : gate === undefined ? request.resume() !== undefined : await gate.drain(policy.drainLimit)
    response.writeHead(status, { ...headers, ...(!isRead && { connection: 'close' }) })
    response.end(body)
  }

  /** In the words of whoever uploads. */
  async function refusalOfUpload ({ answer }: Fault, params: RawParams): Promise<WholeAnswer> {
    const ticket = await findTicket(ports.sql, ticketOf(params), ports.clock.now())
    const { contentType, body } = writeFailure(refuse(answer.error ?? 'UPLOAD_TEMP_ERROR'), ticket?.userId != null)
    return { status: 200, headers: { 'content-type': contentType, 'cache-control': 'no-store', 'access-control-allow-origin': '*' }, body: Buffer.from(body) }
  }

  const dispatch = (methods: Dispatch): Dispatch => async (raw, transport: Transport): Promise<Dispatched> => {
    const exchange = transport.request && watched.get(transport.request)
    if (exchange === undefined) return methods(raw, transport)
    const known = circumstance(exchange, raw)
    const fault = await faults.strike(known)
    if (fault === undefined) return methods(raw, transport)
    tag(exchange, fault)
    const { error, info } = fault.answer
    const unanswered: Dispatched = { xml: '', method: known.method, code: 0 }
    if (!await passes(fault, exchange)) return unanswered
    gateAnswer(exchange.response, exchange.request.socket, answerPlan(fault))
    const declared = METHODS.find(({ name }) => name === known.method)
    const refusal = error && refuse(error, info)
    const refused = refusal && { xml: renderRefusal(raw.get('method') ?? '', refusal, declared && sentIds(declared, raw)), method: known.method, code: refusal.code }
    if (fault.effect === 'none' && (refused !== undefined || replacement(fault) !== undefined)) return refused ?? unanswered
    const outcome = await methods(raw, transport)
    return refused ?? outcome
  }

  return { front, dispatch }
}
