/** `<progress>`: the progress of an upload (the guide). */
import { describeProgress, reconcile, UNKNOWN, WAITING, type ProgressAnswer } from '../domain/uploads/progress.ts'
import type { Ports } from '../ports.ts'
import { findTicketProgress } from '../store/uploads/uploads.ts'
import { textElement, XML_DECLARATION } from '../xml.ts'
import { text, type DocumentShape } from './answers.ts'
import { field } from './fields.ts'

/** The guide's order. */
const ELEMENTS = [
  text('status', field('state', 'ok while it waits or runs, then done or fail.', 'ok')),
  text('eta', field('duration', 'The remaining time.', '00:00:30')),
  text('speed', field('kilobits', 'Its speed.', 6991)),
  text('uploaded_bytes', field('bytes', 'Bytes received so far.', 26214400)),
  text('total_size', field('bytes', 'The total size; the bytes received so far if it is unknown.', 52428800)),
  text('elapsed', field('duration', 'The time since the start.', '00:00:30')),
  text('meter', field('percent', '100 only when it is done.', 50))
] as const

export const PROGRESS: DocumentShape = {
  name: 'progress',
  summary: 'The progress of an upload, from progress_url.',
  source: 'guide',
  contentType: 'text/xml; charset=utf-8',
  failure: null,
  head: ELEMENTS,
  each: [],
  tail: []
}

/** An unused ticket is waiting; an unknown or expired one fails with zeros (our choice). */
export async function writeProgress (ports: ProgressPorts, uploadIdentifier: string): Promise<string> {
  const now = ports.clock.now()
  const answer = await findAnswer(ports, uploadIdentifier, now)
  const elements = ELEMENTS.map(({ element }) => textElement(element, answer[element])).join('')
  return `${XML_DECLARATION}<progress>\n${elements}</progress>\n`
}

async function findAnswer ({ sql, progress, server }: ProgressPorts, id: string, now: number): Promise<ProgressAnswer> {
  const board = await progress.read(id)
  // A single process, or the receiving one, knows everything. Another process may have received a later upload on the same ticket.
  if (board?.isHere && (server.isAlone || board.status === 'receiving')) return describeProgress(board, now)
  const ticket = await findTicketProgress(sql, id, now)
  if (ticket === 'waiting') return WAITING
  const record = reconcile(board, ticket)
  return record === undefined ? UNKNOWN : describeProgress(record, now)
}

type ProgressPorts = Pick<Ports, 'sql' | 'progress' | 'clock' | 'server'>
