import type { ProgressRecord } from '../../ports.ts'

/** The elements of `<progress>` (the guide). `speed` is kilobits per second. */
export interface ProgressAnswer {
  readonly status: 'ok' | 'done' | 'fail'
  readonly eta: string
  readonly speed: number
  readonly uploaded_bytes: number
  readonly total_size: number
  readonly elapsed: string
  readonly meter: number
}

/** How long `done` and `fail` can be read (wire contract, Progress). */
export const PROGRESS_MEMORY = 10 * 60 * 1000

/** Before the first byte: clients poll from before the upload starts (observed). */
export const WAITING: ProgressAnswer = empty('ok')

/** For unknown or expired identifiers. */
export const UNKNOWN: ProgressAnswer = empty('fail')

/**
 * The progress of an upload of another process: its ticket says whether it runs and how it ended, the
 * board how many bytes arrived; the board may be late, may describe the previous upload, or may have nothing.
 */
export function reconcile (board: ProgressRecord | undefined, ticket: ProgressRecord | undefined): ProgressRecord | undefined {
  if (board === undefined || ticket === undefined) return ticket ?? board
  if (ticket.startedAt > board.startedAt) return ticket
  const hasEnded = board.status !== 'receiving' || ticket.status === 'receiving'
  return hasEnded ? board : { ...board, status: ticket.status, changedAt: ticket.changedAt, receivedBytes: Math.max(board.receivedBytes, ticket.receivedBytes) }
}

/** `meter` is 100 only with `done`; without a Content-Length the total is the bytes received so far and the meter is 0. */
export function describeProgress (record: ProgressRecord, now: number): ProgressAnswer {
  const isDone = record.status === 'done'
  const elapsed = Math.max(0, (record.status === 'receiving' ? now : record.changedAt) - record.startedAt) / 1000
  const total = record.totalBytes ?? record.receivedBytes
  const uploaded = isDone ? total : Math.min(record.receivedBytes, total)
  const bytesPerSecond = elapsed > 0 ? uploaded / elapsed : 0
  const percent = record.totalBytes === null || total === 0 ? 0 : Math.floor(uploaded / total * 100)
  return {
    status: record.status === 'receiving' ? 'ok' : record.status,
    eta: clock(record.status === 'receiving' && bytesPerSecond > 0 ? (total - uploaded) / bytesPerSecond : 0),
    speed: Math.round(bytesPerSecond * 8 / 1000),
    uploaded_bytes: uploaded,
    total_size: total,
    elapsed: clock(elapsed),
    meter: isDone ? 100 : Math.min(99, percent)
  }
}

function empty (status: 'ok' | 'fail'): ProgressAnswer {
  return { status, eta: clock(0), speed: 0, uploaded_bytes: 0, total_size: 0, elapsed: clock(0), meter: 0 }
}

/** `HH:MM:SS`, at most 99:59:59. */
function clock (seconds: number): string {
  const whole = Math.min(Math.round(seconds), 359_999)
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
    .map(part => String(part).padStart(2, '0'))
    .join(':')
}
