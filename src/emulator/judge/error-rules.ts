/** client.errors: what a client does after a failure. */
import { PATHS } from '../../domain/url-paths.ts'
import { splitList } from '../../domain/mail/email.ts'
import { ticketOf } from '../traffic/attribution.ts'
import { createNewestMap } from '../../domain/newest-map.ts'
import { callKey, cameAfter, isPlaceholder, nameOf, type Seen, type Watcher, type WatcherOptions } from './seen.ts'

const MAX_CALLS = 5000
/** Codes after which the same call may succeed a little later, or with another session. */
export const PASSING_CODES: ReadonlySet<number> = new Set([6, 12, 13, 15])
/** Codes after which an immediate retry is useless. */
const BUSY_CODES: ReadonlySet<number> = new Set([12, 13, 15])
/** Real milliseconds. */
const SOON = 10_000
const AT_ONCE = 1000

/** Values that a method returns, and the calls that need them. */
const GIVES: Readonly<Record<string, string>> = {
  'auth.createToken': 'token',
  'auth.login': 'session_key',
  'upload.getInfo': 'upload_identifier',
  'anonymous.uploadGetInfo': 'upload_identifier',
  'folders.create': 'folder_id'
}

/** Methods that may be called with an id that failed, to see what it is. */
const READS = new Set(['files.getInfo', 'folders.getInfo', 'folders.getContents', 'folders.getShared'])

/** Without the session: a new session does not change a call. */
const IDENTIFICATION: ReadonlySet<string> = new Set(['session_key', 'token', 'tokened_password'])

interface Failure {
  readonly code: number
  readonly endedAt: number
  readonly name: string
}

export function watchErrors ({ tell }: WatcherOptions): Watcher {
  const unchanged = createNewestMap<Failure>(MAX_CALLS)
  const busy = createNewestMap<Failure>(MAX_CALLS)
  /** The last failure of each method that returns a value, until it succeeds. */
  const failed = new Map<string, Failure>()
  /** Ids that failed in part of a call, with the method. */
  const partial = createNewestMap<Failure>(MAX_CALLS)

  function see (seen: Seen): void {
    const { entry: { phase, code, verb, method }, evidence: { endedAt } } = seen
    if ((phase !== 'api' && phase !== 'upload' && phase !== 'progress') || verb === 'OPTIONS') return
    seeRepeated(seen)
    seeIgnored(seen)
    seePartial(seen)
    if (phase === 'progress') return
    const failure = { code: code ?? 0, endedAt, name: nameOf(seen) }
    if (code !== null && code !== 0) {
      if (!PASSING_CODES.has(code)) unchanged.set(callKey(seen), failure)
      if (BUSY_CODES.has(code)) busy.set(callKey(seen, IDENTIFICATION), failure)
    }
    const given = GIVES[method ?? '']
    if (given === undefined) return
    if (seen.isOk && seen.text.includes('status="ok"')) failed.delete(given)
    else failed.set(given, failure)
  }

  function seeRepeated (seen: Seen): void {
    const { startedAt } = seen.evidence
    const same = unchanged.get(callKey(seen))
    if (same !== undefined && cameAfter(seen, same) && startedAt - same.endedAt < SOON) tell('client.errors/repeated', seen, `${same.name} was called again, unchanged, ${inSeconds(startedAt - same.endedAt)} after ${same.code}`)
    const again = busy.get(callKey(seen, IDENTIFICATION))
    if (again !== undefined && cameAfter(seen, again) && startedAt - again.endedAt < AT_ONCE) tell('client.errors/no-pause', seen, `${again.name} was called again ${inSeconds(startedAt - again.endedAt)} after ${again.code}`)
  }

  /** Detects a placeholder where a call should have returned a value. */
  function seeIgnored (seen: Seen): void {
    for (const [name, failure] of failed) {
      if (cameAfter(seen, failure) && lacks(name, seen)) tell('client.errors/ignored', seen, `${nameOf(seen)} has no ${name}, since ${failure.name} had failed${failure.code === 0 ? '' : ` with ${failure.code}`}`)
    }
  }

  /** An id that failed may be read, or tried again with the same method. */
  function seePartial (seen: Seen): void {
    const { entry: { method, phase, state, code }, params, text, evidence: { endedAt } } = seen
    if (phase !== 'api' || method === null) return
    for (const name of ['file_id', 'folder_id']) {
      for (const id of splitList(params.get(name) ?? '')) {
        const failure = partial.get(id)
        if (failure === undefined || !cameAfter(seen, failure) || failure.name === method || READS.has(method)) continue
        tell('client.errors/partial-ignored', seen, `${method} used ${id.slice(0, 40)}, which had failed in ${failure.name}`)
      }
    }
    if (code !== 0 || state !== 'answered' || !text.includes('<error ')) return
    for (const [, ofCode = '', ids = ''] of text.matchAll(/<error code="(\d+)"[^>]*\sid="([^"]*)"/g)) {
      for (const id of splitList(ids)) partial.set(id, { code: Number(ofCode), endedAt, name: method })
    }
  }

  return {
    see,
    forget () {
      for (const memory of [unchanged, busy, partial, failed]) memory.clear()
    }
  }
}

/** Whether an exchange needs a parameter, and has a placeholder for it or nothing. */
function lacks (name: string, { entry: { phase, path, code, method }, params }: Seen): boolean {
  const sent = params.get(name)
  switch (name) {
    case 'token': return method === 'auth.login' && isPlaceholder(sent ?? '')
    // 7 means that a token was sent instead.
    case 'session_key': return phase === 'api' && (code === 3 || code === 7 || (sent !== undefined && isPlaceholder(sent)))
    case 'upload_identifier': return (path === PATHS.upload || phase === 'progress') && isPlaceholder(ticketOf(params))
    // An empty id is the root.
    default: return phase === 'api' && sent !== undefined && sent !== '' && isPlaceholder(sent)
  }
}

const inSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
