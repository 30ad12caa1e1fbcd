/** What a fault makes of an answer. */
import type { AnswerPlan, WholeAnswer } from '../traffic/response-interceptor.ts'
import { damage, lieOfProgress } from './damage.ts'
import { httpBody, type FaultAnswer } from './fault-answer.ts'
import type { Fault } from './faults.ts'

/** The whole answer of a fault that leaves nothing of the server's; `refused` is its error in the words of an upload. */
export function replacement ({ answer }: Fault, refused?: WholeAnswer): WholeAnswer | undefined {
  if (answer.http !== undefined) return httpAnswer(answer)
  if (answer.xml === 'empty') return { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: Buffer.alloc(0) }
  return refused
}

/** How the answer goes out, whoever writes it. */
export function answerPlan (fault: Fault, refused?: WholeAnswer): AnswerPlan {
  const { answer, effect, direction } = fault
  const { socket, atByte, forMs, delayMs, throttle, xml } = answer
  const isBroken = socket !== undefined && direction === 'down' && effect === 'commit'
  return {
    delayMs: effect === 'commit' ? delayMs : undefined,
    speed: throttle?.down,
    break: isBroken ? { event: socket, atByte, forMs } : undefined,
    transform: transformOf(fault, refused),
    isShort: xml === 'bad-length'
  }
}

function transformOf (fault: Fault, refused: WholeAnswer | undefined): AnswerPlan['transform'] {
  const { xml, progress, atByte } = fault.answer
  const replaced = replacement(fault, refused)
  // Of the server's own headers those stay that say what this is.
  if (replaced !== undefined) return ({ headers }) => ({ ...replaced, headers: { ...emulatorsOwn(headers), ...replaced.headers } })
  if (xml !== undefined) return answer => damage(answer, xml, atByte)
  if (progress !== undefined) return answer => lieOfProgress(answer, progress, fault.hitsBefore)
  return undefined
}

function httpAnswer (answer: FaultAnswer): WholeAnswer {
  return { status: answer.http ?? 200, headers: { 'content-type': 'text/plain; charset=utf-8', ...answer.headers }, body: Buffer.from(httpBody(answer)) }
}

const emulatorsOwn = (headers: WholeAnswer['headers']): WholeAnswer['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(?:x-emulator-|connection$)/i.test(name)))
