/** How a fault changes a response. */
import type { ResponsePlan, BufferedResponse } from '../traffic/response-interceptor.ts'
import { corruptResponse, falsifyProgress } from './corrupt-response.ts'
import { httpBodyOf, type FaultAnswer } from './fault-answer.ts'
import type { Fault } from './faults.ts'

/** The complete response of a fault that replaces the server's; `refused` is its error in the format of the upload. */
export function replacementOf ({ answer }: Fault, refused?: BufferedResponse): BufferedResponse | undefined {
  if (answer.http !== undefined) return httpAnswer(answer)
  if (answer.xml === 'empty') return { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: Buffer.alloc(0) }
  return refused
}

/** How the response is sent, whether the handler or the fault writes it. */
export function responsePlanOf (fault: Fault, refused?: BufferedResponse): ResponsePlan {
  const { answer, effect, direction } = fault
  const { socket, atByte, forMs, delayMs, throttle, xml } = answer
  const isBroken = socket !== undefined && direction === 'down' && effect === 'commit'
  return {
    delayMs: effect === 'commit' ? delayMs : undefined,
    speed: throttle?.down,
    break: isBroken ? { event: socket, atByte, forMs } : undefined,
    transform: transformOf(fault, refused),
    overstatesLength: xml === 'bad-length'
  }
}

function transformOf (fault: Fault, refused: BufferedResponse | undefined): ResponsePlan['transform'] {
  const { xml, progress, atByte } = fault.answer
  const replacement = replacementOf(fault, refused)
  // Keeps headers that identify the emulator, and those that a web page needs to read the answer.
  if (replacement !== undefined) return ({ headers }) => ({ ...replacement, headers: { ...ownHeaders(headers), ...replacement.headers } })
  if (xml !== undefined) return answer => corruptResponse(answer, xml, atByte)
  if (progress !== undefined) return answer => falsifyProgress(answer, progress, fault.previousHits)
  return undefined
}

function httpAnswer (answer: FaultAnswer): BufferedResponse {
  return { status: answer.http ?? 200, headers: { 'content-type': 'text/plain; charset=utf-8', ...answer.headers }, body: Buffer.from(httpBodyOf(answer)) }
}

const ownHeaders = (headers: BufferedResponse['headers']): BufferedResponse['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(?:x-emulator-|access-control-|connection$)/i.test(name)))
