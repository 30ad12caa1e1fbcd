/** The part of a fault before the handler, or instead of it. */
import type { Socket } from 'node:net'
import { refuse } from '../../api/errors.ts'
import type { Ports } from '../../ports.ts'
import { breakConnection, type ConnectionBreak, type BufferedResponse } from '../traffic/response-interceptor.ts'
import type { RequestInterceptor } from '../traffic/request-interceptor.ts'
import { writeUploadRefusal } from '../traffic/upload-sources.ts'
import type { UploadKind } from '../traffic/request-kind.ts'
import type { Fault } from './faults.ts'
import type { Exchange } from '../traffic/exchange.ts'
import { waitWhileOpen } from '../traffic/socket-wait.ts'

/** Distinguishes a response changed by a fault from a normal one. */
const FAULT_HEADER = 'x-emulator-fault'

export function tagResponse ({ response, notes }: Exchange, { id }: Fault): void {
  notes.fault = id
  response.setHeader(FAULT_HEADER, id)
}

/** Delays and breaks before the handler is called; false when it must not be called. */
export async function applyBeforeHandler (fault: Fault, socket: Socket): Promise<boolean> {
  const { effect, answer } = fault
  if (effect === 'commit') return true
  if (answer.delayMs !== undefined && !await waitWhileOpen(socket, answer.delayMs)) return false
  if (answer.socket === undefined || uploadBreakOf(fault) !== undefined) return true
  return breakConnection({ event: answer.socket, atByte: undefined, forMs: answer.forMs }, socket)
}

/** Where the body of an upload breaks. */
export function uploadBreakOf ({ answer: { socket, atByte, forMs }, direction }: Fault): ConnectionBreak | undefined {
  return socket !== undefined && direction === 'up' && atByte !== undefined ? { event: socket, atByte, forMs } : undefined
}

/** The error of a fault in the format of this kind of upload. */
export async function uploadRefusalOf ({ answer }: Fault, uploadKind: UploadKind, ticketId: string, ports: Ports): Promise<BufferedResponse | undefined> {
  return answer.error === undefined ? undefined : writeUploadRefusal(refuse(answer.error), uploadKind, ticketId, ports)
}

/** Answers instead of the handler. The body is read first, because simple clients never see an early answer; unless an early answer is the fault. */
export async function respondInstead (
  { status, headers, body }: BufferedResponse, { answer }: Fault, { request, response }: Exchange, interceptor: RequestInterceptor | undefined, drainLimit: number
): Promise<void> {
  if (interceptor === undefined) request.resume()
  const isRead = interceptor === undefined || (answer.drain !== false && await interceptor.drain(drainLimit, answer.throttle?.up))
  response.writeHead(status, { ...headers, ...(!isRead && { connection: 'close' }) })
  response.end(body)
}
