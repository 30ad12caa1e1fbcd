/** client.upload, client.progress, and the url of a ticket. */
import { createNewestMap } from '../../domain/newest-map.ts'
import { ticketOf } from '../traffic/attribution.ts'
import { attributeOf, elementOf, lineOf, targetOf } from './answer-text.ts'
import { cameAfter, type Seen, type Watcher, type WatcherOptions } from './seen.ts'

const MAX_TICKETS = 5000
const HOUR = 60 * 60 * 1000
/** Real milliseconds: after this time, a second upload of the same file may be intended. */
const SOON = 60_000
const MAX_POLLS_A_SECOND = 5

interface Ticket {
  /** The path and query of its url. */
  readonly target: string
  readonly progressTarget: string
  readonly maxFileSize: number
  /** When it was issued, by the clock of the server. */
  readonly givenAt: number
  /** The last upload on it that ended, by the real clock. */
  upload: { readonly startedAt: number, readonly endedAt: number } | undefined
  /** When the latest polls began, by the real clock. */
  polls: number[]
  /** When done or fail was answered. */
  ended: { readonly endedAt: number } | undefined
}

export function watchUploads ({ tell }: WatcherOptions): Watcher {
  const tickets = createNewestMap<Ticket>(MAX_TICKETS)
  /** Whether there may be issued tickets that are unknown here. */
  let mayMiss = false
  const space = createNewestMap<number>(MAX_TICKETS)
  const stored = createNewestMap<{ readonly endedAt: number }>(MAX_TICKETS)

  function see (seen: Seen): void {
    const { entry: { method, phase, verb }, isOk } = seen
    if (phase === 'api') {
      if (/uploadGetInfo$|^upload\.getInfo$/.test(method ?? '')) seeTicket(seen)
      if (isOk && method === 'files.delete') stored.clear()
    } else if (phase === 'upload' && verb !== 'OPTIONS') {
      seeUpload(seen)
    } else if (phase === 'progress' && verb !== 'OPTIONS') {
      seePoll(seen)
    }
    seeSpace(seen)
  }

  function seeTicket ({ text, entry: { at } }: Seen): void {
    const id = attributeOf(text, 'upload_identifier')
    if (id === undefined) return
    tickets.set(id, {
      target: targetOf(attributeOf(text, 'url') ?? ''),
      progressTarget: targetOf(attributeOf(text, 'progress_url') ?? ''),
      maxFileSize: Number(attributeOf(text, 'max_file_size') ?? Infinity),
      givenAt: Date.parse(at),
      upload: undefined,
      polls: [],
      ended: undefined
    })
  }

  /** A user's disk space left, from the last answer. */
  function seeSpace ({ entry: { user }, text, isOk }: Seen): void {
    const left = elementOf(text, 'diskspace_left') ?? lineOf(text, 'diskspace_left')
    if (isOk && user !== null && left !== undefined) space.set(user, Number(left))
  }

  function seeUpload (seen: Seen): void {
    const { entry, evidence, params } = seen
    const { files } = entry.request
    if (evidence.headers['content-length'] === undefined) tell('client.upload/no-length', seen, 'the upload was sent in chunks, without a Content-Length')
    if (isAfterFile(evidence.parts)) tell('client.upload/fields-after-file', seen, 'a field came after the file')
    if (entry.left && evidence.isComplete && entry.fault === null) tell('client.upload/answer-unread', seen, 'the client closed before the answer had gone')
    const bytes = files.reduce((sum, { size }) => sum + size, 0)
    const left = space.get(entry.user ?? '')
    if (left !== undefined && left >= 0 && bytes > left) tell('client.upload/no-space', seen, `${bytes} bytes were sent, and ${left} were left`)
    seeAgain(seen)
    const id = ticketOf(params)
    const ticket = tickets.get(id)
    if (ticket !== undefined) seeUploadOf(ticket, seen)
  }

  function seeUploadOf (ticket: Ticket, seen: Seen): void {
    const { entry, evidence } = seen
    const isEscaped = entry.lint.some(({ kind }) => kind === 'unescaped-xml')
    if (!isEscaped && evidence.target !== ticket.target && !ticket.target.endsWith(evidence.target)) tell('client.xml/url-changed', seen, 'the url of the ticket was changed before it was used')
    const largest = Math.max(0, ...entry.request.files.map(({ size }) => size))
    if (largest > ticket.maxFileSize) tell('client.upload/over-max', seen, `a file of ${largest} bytes was sent, and max_file_size is ${ticket.maxFileSize}`)
    if (Date.parse(entry.at) - ticket.givenAt >= HOUR) tell('client.upload/old-ticket', seen, `the ticket was ${Math.floor((Date.parse(entry.at) - ticket.givenAt) / 60_000)} minutes old`)
    if (ticket.upload !== undefined && entry.state === 'answered' && evidence.startedAt < ticket.upload.endedAt && evidence.endedAt > ticket.upload.startedAt) {
      tell('client.upload/ticket-shared', seen, 'another upload ran on this ticket at the same time')
    }
    if (entry.state === 'answered') ticket.upload = { startedAt: evidence.startedAt, endedAt: evidence.endedAt }
    ticket.ended = undefined
  }

  /** Detects the same file for the same user, in the same folder, soon after it was stored. */
  function seeAgain (seen: Seen): void {
    const { entry: { user, request: { files }, fault }, evidence, params, isOk } = seen
    if (files.length === 0) return
    const key = JSON.stringify([user, params.get('folder_id') ?? '0', files.map(({ name, sha256 }) => [name, sha256])])
    const before = stored.get(key)
    if (before !== undefined && cameAfter(seen, before) && evidence.startedAt - before.endedAt < SOON) tell('client.upload/again-after-ok', seen, `${files[0]?.name ?? 'the file'} was stored already`)
    if (isOk && fault === null) stored.set(key, { endedAt: evidence.endedAt })
  }

  function seePoll (seen: Seen): void {
    const { entry, evidence, params, text } = seen
    const id = ticketOf(params)
    const ticket = tickets.get(id)
    if (ticket === undefined) {
      if (!mayMiss && !tickets.hasForgotten()) tell('client.progress/unknown', seen, id === '' ? 'progress was asked for without an identifier' : 'progress was asked for an identifier that no ticket has')
      return
    }
    const isEscaped = [...params.keys()].some(name => name.startsWith('amp;'))
    if (entry.verb === 'GET' && !isEscaped && evidence.target !== ticket.progressTarget && !ticket.progressTarget.endsWith(evidence.target)) tell('client.xml/url-changed', seen, 'the progress_url was changed before it was used')
    if (isEscaped) tell('client.xml/unescaped', seen, 'the progress_url was used without unescaping &amp;')
    if (ticket.ended !== undefined && cameAfter(seen, ticket.ended)) tell('client.progress/never-ends', seen, 'the answer before was done or fail')
    const began = [...ticket.polls, evidence.startedAt].filter(at => at > evidence.startedAt - 1000)
    if (began.length > MAX_POLLS_A_SECOND) tell('client.progress/too-often', seen, `${began.length} polls came in one second`)
    ticket.polls = began.slice(-MAX_POLLS_A_SECOND)
    if (entry.state === 'answered' && /^(?:done|fail)$/.test(elementOf(text, 'status') ?? '')) ticket.ended ??= { endedAt: evidence.endedAt }
  }

  return {
    see,
    forget (mayReturn) {
      mayMiss = mayReturn
      for (const memory of [tickets, space, stored]) memory.clear()
    }
  }
}

const isAfterFile = (parts: ReadonlyArray<'field' | 'file'>): boolean => parts.includes('file') && parts.lastIndexOf('field') > parts.indexOf('file')
