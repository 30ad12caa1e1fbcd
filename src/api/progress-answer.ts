/** `<progress>`: how far an upload is (the guide). */
import { describeProgress, UNKNOWN, WAITING } from '../domain/progress.ts'
import type { Ports } from '../ports.ts'
import { findTicket } from '../store/uploads.ts'
import { textElement, XML_DECLARATION } from '../xml.ts'

/** A ticket that was never used waits; what is unknown or forgotten fails with zeros (our choice). */
export async function writeProgress (ports: Pick<Ports, 'sql' | 'progress' | 'clock'>, uploadIdentifier: string): Promise<string> {
  const now = ports.clock.now()
  const record = await ports.progress.read(uploadIdentifier)
  const answer = record !== undefined ? describeProgress(record, now) : await isWaiting() ? WAITING : UNKNOWN
  const elements = Object.entries(answer).map(([name, value]) => textElement(name, value)).join('')
  return `${XML_DECLARATION}<progress>\n${elements}</progress>\n`

  async function isWaiting (): Promise<boolean> {
    const ticket = await findTicket(ports.sql, uploadIdentifier, now)
    return ticket !== undefined && ticket.startedAt === null
  }
}
