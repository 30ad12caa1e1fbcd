/** Bytes in: one upload request, from its first byte to the moment in which it becomes files. */
import { refuse, Refusal } from '../api/errors.ts'
import { newUploadId } from '../domain/identifiers.ts'
import type { Policy } from '../domain/policy.ts'
import { ownedUploadId } from '../domain/server.ts'
import type { User } from '../domain/accounts/user.ts'
import type { ApiVersion } from '../domain/version.ts'
import { OutcomeUnknown, type Ports, type Statement } from '../ports.ts'
import type { NewFile } from '../store/uploads/uploads.ts'
import { recognizeBody, SNIFFED_BYTES } from './body-format.ts'
import { createCollector } from './collect.ts'
import { commitFiles, requireFolder, type Fields } from './commit.ts'
import { createForm } from './form.ts'
import { createGrowingBuffer } from './growing-buffer.ts'
import { findTicketHolder, FORM_OVERHEAD, holdTicket, type TicketHolder, type Reservation } from './reservation.ts'
import { createThrottle } from './throttle.ts'
import { createScanner, MalformedBody, type Scanner } from './multipart-scanner.ts'

export interface Incoming {
  readonly method: string
  readonly contentType: string
  readonly contentLength: number | null
  /** Names in lower case. */
  readonly query: ReadonlyMap<string, string>
  /** The ticket, when the server made it for this very request. */
  readonly ticketId?: string
  /** What links in mails about the upload begin with where no better address is known: never a host that only the client vouches for. */
  readonly trustedUrl: string
  readonly destination?: Destination & Doorkeeper
  /** Rejects when the client breaks off. */
  readonly body: AsyncIterator<Buffer>
  /** Breaks the connection off. */
  stop? (): void
}

/** Where files go and what may come, when that is not for their sender to say. */
export interface Destination {
  readonly folderId: string
  /** Bytes, -1 for what the ticket says. */
  readonly maxFileSize: number
  /** A request that announces more is refused at once; Infinity for no such limit. */
  readonly mostBytes: number
  /** What counts of the fields that were sent; all others are the sender's own affair. */
  fields (form: Fields): Fields
  /** Written together with the files, or none of it. */
  alongside (files: readonly NewFile[]): readonly Statement[]
}

export interface Doorkeeper {
  /** Throws when a file of this name may not come; `form` has the fields sent before it. */
  admit (name: string, form: Fields): Promise<void>
}

export interface Surroundings {
  readonly ports: Ports
  readonly policy: Policy
  /** Upload ids that run in this process: the sweep leaves them alone. */
  readonly live: Set<string>
  readonly transfers: TransferRegistry
}

/** Knows what runs, to end it when its account is switched off. */
export interface TransferRegistry {
  /** `stop` breaks the connection off. What is returned says that the transfer has ended. null: it is nobody's. */
  begin (userId: number | null, stop: () => void): () => void
}

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
export async function receive (incoming: Incoming, { ports, policy, live, transfers }: Surroundings): Promise<Received> {
  const uploadId = ownedUploadId(newUploadId(ports.ids), ports.server)
  live.add(uploadId)
  let end = (): void => undefined
  try {
    return await run(uploadId, incoming, ports, policy, userId => { end = transfers.begin(userId, () => incoming.stop?.()) })
  } finally {
    end()
    live.delete(uploadId)
  }
}

async function run (uploadId: string, incoming: Incoming, ports: Ports, policy: Policy, begins: (userId: number) => void): Promise<Received> {
  const pace = createThrottle(ports.clock)
  const form = createForm(incoming.query)
  // Where a client cut the URL the form's identifier counts (observed).
  const { destination } = incoming
  const collector = createCollector(form, ports, () => requireHold(form.get('upload_identifier')), async name => destination?.admit(name, form))
  let bearer: TicketHolder | undefined
  let hold: Reservation | undefined
  let scanner: Scanner | undefined
  const firstBytes = createGrowingBuffer()
  let receivedBytes = 0
  let files: readonly NewFile[] = []
  let refusal: Refusal | undefined
  let bug: unknown

  async function requireHold (ticketId: string): Promise<Reservation> {
    if (hold !== undefined) return hold
    bearer = await findTicketHolder(ports, ticketId)
    if (destination !== undefined && destination.maxFileSize !== -1) {
      bearer = { ...bearer, ticket: { ...bearer.ticket, maxFileSize: Math.min(bearer.ticket.maxFileSize, destination.maxFileSize) } }
    }
    if (destination !== undefined && (incoming.contentLength ?? 0) - FORM_OVERHEAD > destination.mostBytes) throw refuse('PRO_DISKSPACE_LIMIT')
    // A stranger holds space for what he sends, not for what he announces: nobody knows yet whether he may.
    hold = await holdTicket(ports, policy, bearer, uploadId, destination === undefined ? incoming.contentLength : null)
    if (bearer.user !== undefined) begins(bearer.user.id)
    ports.progress.begin(ticketId, incoming.contentLength)
    hold.prove(form.get('extra_info'))
    return hold
  }

  async function take (chunk: Buffer): Promise<void> {
    receivedBytes += chunk.length
    if (hold) ports.progress.advance(hold.claim.ticket.id, receivedBytes)
    if (scanner !== undefined) {
      await collector.take(scanner.push(chunk))
    } else {
      firstBytes.append(chunk)
      if (firstBytes.length >= SNIFFED_BYTES) await startScanner()
    }
    await pace(chunk.length, hold?.claim.ticket.speedLimit ?? 0)
  }

  async function startScanner (): Promise<Scanner> {
    const format = recognizeBody(incoming.method, incoming.contentType, firstBytes.bytes())
    if (format.kind === 'unknown') throw refuse('PARAMETER_MISSING', 'userfile')
    scanner = format.kind === 'multipart' ? createScanner(format.boundary) : rawScanner
    if (format.kind === 'raw') await collector.openRaw(form.get('userfile'))
    await collector.take(scanner.push(firstBytes.bytes()))
    return scanner
  }

  /** Everything has come: what is left of the rules, then the blobs, then the rows. */
  async function complete (): Promise<readonly NewFile[]> {
    const { end } = scanner ?? await startScanner()
    await collector.take(end())
    const held = await requireHold(form.get('upload_identifier'))
    held.prove(form.get('extra_info'))
    if (collector.files.length === 0) throw refuse('PARAMETER_MISSING', 'userfile')
    const fields: Fields = destination === undefined ? form : destination.fields(form)
    const folderId = destination?.folderId ?? await requireFolder(held.user, form, ports)
    await Promise.all(collector.files.map(file => file.writer.keep()))
    return commitFiles(held, collector.files, folderId, fields, incoming.trustedUrl, { ports, policy }, destination?.alongside)
  }

  async function fail (error: unknown): Promise<void> {
    const isExpected = error instanceof Refusal || error instanceof MalformedBody || error instanceof BrokenOff
    refusal = error instanceof Refusal ? error : refuse('UPLOAD_TEMP_ERROR', isExpected ? error.message : undefined)
    if (!isExpected) bug = error
    // It may have become files: the sweep finds out, and throws the bytes away if not.
    const isSettled = !(error instanceof OutcomeUnknown)
    if (isSettled) await Promise.all(collector.files.map(file => file.writer.discard()))
    // Told before the ticket is free: afterwards its progress belongs to the next upload.
    if (hold) ports.progress.end(hold.claim.ticket.id, 'fail')
    if (isSettled) await hold?.release().catch((problem: unknown) => { bug ??= problem })
  }

  const named = incoming.ticketId ?? form.get('upload_identifier')
  if (named !== '') await requireHold(named).catch(fail)
  const isBodyRead = await readBody(incoming, take, fail, () => refusal !== undefined, policy.drainLimit)
  if (refusal === undefined) {
    try {
      files = await complete()
      if (hold) ports.progress.end(hold.claim.ticket.id, 'done')
    } catch (error) {
      await fail(error)
    }
  }
  return {
    files,
    version: bearer?.ticket.version ?? '1.0',
    user: bearer?.user,
    redirectUrl: form.get('redirect_url'),
    refusal,
    bug,
    isBodyRead
  }
}

/** The client went away in the middle of its request. */
class BrokenOff extends Error {}

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

/** A body that is one file. */
const rawScanner: Scanner = {
  push: bytes => bytes.length === 0 ? [] : [{ type: 'data', bytes }],
  end: () => [{ type: 'part end' }]
}
