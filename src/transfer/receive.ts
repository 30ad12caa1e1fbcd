/** Bytes in: one upload request, from its first byte to the moment in which it becomes files. Its stages: claim, parse, commit, or failure. */
import type { Refusal } from '../api/errors.ts'
import type { User } from '../domain/accounts/user.ts'
import { newUploadId } from '../domain/identifiers.ts'
import { ownedUploadId } from '../domain/server.ts'
import type { ApiVersion } from '../domain/version.ts'
import type { NewFile } from '../store/uploads/uploads.ts'
import { createBodyParser } from './body-parser.ts'
import { createCollector } from './collect.ts'
import { commitRequest } from './commit.ts'
import { createForm } from './form.ts'
import type { Incoming, Surroundings } from './incoming.ts'
import { createThrottle } from './throttle.ts'
import { createTicketClaim } from './ticket-claim.ts'
import { BrokenOff, failUpload, type Failure } from './upload-failure.ts'

/** What became of a request. */
export interface Received {
  readonly files: readonly NewFile[]
  /** The ticket's. */
  readonly version: ApiVersion
  readonly user: User | undefined
  readonly redirectUrl: string
  readonly refusal: Refusal | undefined
  /** What was neither a refusal nor a broken connection, for the log. */
  readonly bug: unknown
  /** False when bytes of the request are still to come. */
  readonly isBodyRead: boolean
}

/** Receives an upload. Never throws for what a client does: a refusal is part of the outcome. */
export async function receive (incoming: Incoming, context: Surroundings): Promise<Received> {
  const { ports, live, transfers } = context
  const uploadId = ownedUploadId(newUploadId(ports.ids), ports.server)
  live.add(uploadId)
  let end = (): void => undefined
  const isGone = (): boolean => incoming.isGone?.() ?? false
  // For this upload its own is none of those that it could wait for.
  const others = { ...transfers, uploadsOf: (userId: number) => transfers.uploadsOf(userId, isGone) }
  const begin = (userId: number): void => {
    end()
    end = transfers.begin(userId, () => incoming.stop?.(), isGone)
  }
  try {
    return await run(uploadId, incoming, { ...context, transfers: others }, begin)
  } finally {
    end()
    live.delete(uploadId)
  }
}

async function run (uploadId: string, incoming: Incoming, context: Surroundings, begin: (userId: number) => void): Promise<Received> {
  const { ports, policy } = context
  const throttle = createThrottle(ports.clock)
  const form = createForm(incoming.query, incoming.textOf !== undefined)
  const claim = createTicketClaim(uploadId, incoming, form, context, begin)
  // Where a client cut the URL the form's identifier counts (observed).
  const requireReservation = () => claim.require(form.get('upload_identifier'))
  const collector = createCollector(form, ports, requireReservation, async name => incoming.destination?.admit(name, form))
  const parser = createBodyParser(incoming, form, collector)
  let receivedBytes = 0
  let files: readonly NewFile[] = []
  let failure: Failure | undefined

  async function take (chunk: Buffer): Promise<void> {
    receivedBytes += chunk.length
    if (claim.reservation) ports.progress.advance(claim.reservation.claim.ticket.id, receivedBytes)
    await parser.push(chunk)
    await throttle(chunk.length, claim.reservation?.claim.ticket.speedLimit ?? 0)
  }

  async function commit (): Promise<void> {
    await parser.end()
    const written = incoming.textOf?.(form, collector.files.length)
    if (written !== undefined) await collector.addText(written.name, Buffer.from(written.text))
    const reservation = await requireReservation()
    files = await commitRequest(reservation, collector.files, form, incoming, context)
    ports.progress.end(reservation.claim.ticket.id, 'done')
  }

  async function fail (error: unknown): Promise<void> {
    failure = await failUpload(error, claim.reservation, collector.files, ports)
  }

  const ticketId = incoming.ticketId ?? form.get('upload_identifier')
  if (ticketId !== '') await claim.require(ticketId).catch(fail)
  const isBodyRead = await readBody(incoming, take, fail, () => failure !== undefined, policy.drainLimit)
  if (failure === undefined) await commit().catch(fail)
  return {
    files,
    version: claim.holder?.ticket.version ?? '1.0',
    user: claim.holder?.user,
    // An unknown ticket leads nowhere: anybody could write such a form.
    redirectUrl: claim.holder === undefined ? '' : form.get('redirect_url'),
    refusal: failure?.refusal,
    bug: failure?.bug,
    isBodyRead
  }
}

/**
 * Reads to the end of the body, or on for `drainLimit` bytes once refused: simple clients never see an early answer. When
 * the request says that more is to come than that, reading on would not help them either.
 */
async function readBody (
  { body, contentLength }: Incoming, take: (chunk: Buffer) => Promise<void>, fail: (error: unknown) => Promise<void>,
  isRefused: () => boolean, drainLimit: number
): Promise<boolean> {
  let received = 0
  let drained = 0
  while (true) {
    if (isRefused() && (drained > drainLimit || (contentLength ?? 0) - received > drainLimit)) return false
    let next
    try {
      next = await body.next()
    } catch {
      if (!isRefused()) await fail(new BrokenOff('the request was cut'))
      return false
    }
    if (next.done) return true
    received += next.value.length
    if (isRefused()) drained += next.value.length
    else await take(next.value).catch(fail)
  }
}
