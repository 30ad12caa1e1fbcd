/** What a fault does before and instead of the server. */
import type { Socket } from 'node:net'
import { refuse } from '../../api/errors.ts'
import type { Ports } from '../../ports.ts'
import { breakConnection, type ConnectionBreak, type BufferedResponse } from '../traffic/response-interceptor.ts'
import type { RequestInterceptor } from '../traffic/request-interceptor.ts'
import { writeRefusal } from '../traffic/upload-sources.ts'
import type { UploadKind } from '../traffic/request-kind.ts'
import type { Fault } from './faults.ts'
import type { Exchange } from '../traffic/exchange.ts'
import { waitWhileOpen } from '../traffic/socket-wait.ts'

/** The header that tells a made-up answer from one of the server. */
const FAULT_HEADER = 'x-emulator-fault'

export function tagResponse ({ response, notes }: Exchange, { id }: Fault): void {
  notes.fault = id
  response.setHeader(FAULT_HEADER, id)
}

/** What strikes before anything is done; false when nothing is to follow. */
export async function applyBeforeHandler (fault: Fault, socket: Socket): Promise<boolean> {
  const { effect, answer } = fault
  if (effect === 'commit') return true
  if (answer.delayMs !== undefined && !await waitWhileOpen(socket, answer.delayMs)) return false
  if (answer.socket === undefined || uploadBreakOf(fault) !== undefined) return true
  return breakConnection({ event: answer.socket, atByte: undefined, forMs: answer.forMs }, socket)
}

/** Where an upload breaks on its uploadKind up. */
export function uploadBreakOf ({ answer: { socket, atByte, forMs }, direction }: Fault): ConnectionBreak | undefined {
  return socket !== undefined && direction === 'up' && atByte !== undefined ? { event: socket, atByte, forMs } : undefined
}

/** The error of a fault as an upload of this uploadKind answers it. */
export async function uploadRefusalOf ({ answer }: Fault, uploadKind: UploadKind, ticketId: string, ports: Ports): Promise<BufferedResponse | undefined> {
  return answer.error === undefined ? undefined : writeRefusal(refuse(answer.error), uploadKind, ticketId, ports)
}

/** Answers instead of the server. Simple clients never see an early answer, so a body is read first, unless that is the fault. */
export async function respondInstead (
  { status, headers, body }: BufferedResponse, { answer }: Fault, { request, response }: Exchange, interceptor: RequestInterceptor | undefined, drainLimit: number
): Promise<void> {
  if (interceptor === undefined) request.resume()
  const isRead = interceptor === undefined || (answer.drain !== false && await interceptor.drain(drainLimit))
  response.writeHead(status, { ...headers, ...(!isRead && { connection: 'close' }) })
  response.end(body)
}
