/** What becomes of an upload request that failed: its bytes are thrown away, its ticket is free again. */
import { refuse, Refusal } from '../api/errors.ts'
import { OutcomeUnknown, type Ports } from '../ports.ts'
import type { CollectedFile } from './collect.ts'
import { MalformedBody } from './multipart-scanner.ts'
import type { Reservation } from './reservation.ts'

/** The client went away in the middle of its request. */
export class BrokenOff extends Error {}

/** Why there are no files. */
export interface Failure {
  readonly refusal: Refusal
  /** What was neither a refusal nor a broken connection, for the log. */
  readonly bug: unknown
}

/** Cleans up after an error of any stage, and says what to answer. */
export async function failUpload (error: unknown, reservation: Reservation | undefined, files: readonly CollectedFile[], { progress }: Pick<Ports, 'progress'>): Promise<Failure> {
  const isExpected = error instanceof Refusal || error instanceof MalformedBody || error instanceof BrokenOff
  const refusal = error instanceof Refusal ? error : refuse('UPLOAD_TEMP_ERROR', isExpected ? error.message : undefined)
  const bug = isExpected ? undefined : error
  // It may have become files: the sweep finds out, and throws the bytes away if not.
  const isSettled = !(error instanceof OutcomeUnknown)
  if (isSettled) await Promise.all(files.map(file => file.writer.discard()))
  // Told before the ticket is free: afterwards its progress belongs to the next upload.
  if (reservation !== undefined) progress.end(reservation.claim.ticket.id, 'fail')
  if (!isSettled || reservation === undefined) return { refusal, bug }
  return reservation.release().then(() => ({ refusal, bug }), (problem: unknown) => ({ refusal, bug: bug ?? problem }))
}
