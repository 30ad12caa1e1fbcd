/** The newest exchanges of one server, without their secrets. */
import type { RequestKind } from '../traffic/request-kind.ts'
import type { Lint } from '../traffic/lint.ts'
import type { Evidence } from './evidence.ts'
import { createSecretMasker, type SecretMasker } from './mask-secrets.ts'
import type { PlacedParameter } from '../traffic/sent-parameters.ts'
import type { SeenFile } from '../traffic/upload-inspector.ts'

export interface Entry {
  /** Exchanges are numbered from 1. */
  readonly id: number
  /** When it began, by the clock of the server. */
  readonly at: string
  /** When it began by the real clock, which no control call sets. */
  readonly startedAt: string
  /** How long it took, by the real clock; null while it runs. */
  readonly ms: number | null
  readonly phase: RequestKind
  readonly verb: string
  /** Without its query, which is among the parameters. */
  readonly path: string
  readonly method: string | null
  readonly user: string | null
  /** Of an API call or an upload, 0 for success; null where there is none. */
  readonly code: number | null
  readonly params: Readonly<Record<string, string>>
  /** Where each parameter stood, and how often. */
  readonly sent: readonly PlacedParameter[]
  /** Of the files that it is about, as far as that is known. */
  readonly fileNames: readonly string[]
  readonly request: { readonly host: string, readonly size: number, readonly contentType: string, readonly userAgent: string, readonly files: readonly SeenFile[] }
  /** As it was sent. `text` for answers of the API, of uploads and of progress. */
  readonly response: { readonly status: number | null, readonly size: number, readonly contentType: string, readonly sha256: string, readonly text?: string | undefined }
  /** The fault that was applied: the exchange then does not show how the server behaves. */
  readonly fault: string | null
  readonly lint: readonly Lint[]
  /** `cut`: the connection ended before the answer did. */
  readonly state: 'running' | 'answered' | 'cut'
  /** Whether it was the client that ended the connection before the answer had gone. */
  readonly left: boolean
}

/** The current state of an entry, read on each access. */
export type EntrySource = () => Omit<Entry, 'id'>

/** An exchange that has ended. */
export interface Settled {
  readonly entry: Entry
  readonly evidence: Evidence
}

export interface Journal {
  readonly mask: SecretMasker
  /** Enters an exchange that begins. The result is called at its end, and fixes the entry. */
  begin (recording: EntrySource): (evidence: Evidence) => void
  /** Calls back for each exchange that has ended, in the order in which they end, also for those that are dropped. The result stops it. */
  onSettled (listen: (settled: Settled) => void): () => void
  /** Says that an exchange has changed, so that waiters check again. */
  notifyChange (): void
  list (): readonly Entry[]
  /** Entries that were dropped for newer ones. */
  dropped (): number
  clear (): void
  /** Resolves to true once the condition holds, which is checked at each change; to false after a timeout in real time, or when the server closes. */
  waitUntil (condition: () => boolean, timeoutMs: number): Promise<boolean>
  /** What clients did against the guide since the last `clear`, each once with its count. */
  listLint (): readonly string[]
  noteLint (subject: string, lints: readonly Lint[]): void
  /** Ends all waiting. */
  stopWaiting (): void
}

const MAX_ENTRIES = 1000
const MAX_LINTS = 100

const constant = <T>(value: T) => () => value

/** `key` is that of the hashes of secrets. */
export function createJournal (key: Buffer, capacity = MAX_ENTRIES): Journal {
  const entries: Array<{ now: () => Entry }> = []
  const lints = new Map<string, number>()
  const waiters = new Set<() => void>()
  const listeners = new Set<(settled: Settled) => void>()
  let count = 0
  let dropped = 0
  let hasEnded = false

  function notifyChange (): void {
    for (const check of waiters) check()
  }

  return {
    mask: createSecretMasker(key),
    begin (recording) {
      const id = ++count
      const entry = { now: (): Entry => ({ id, ...recording() }) }
      entries.push(entry)
      if (entries.length > capacity) {
        entries.shift()
        dropped++
      }
      notifyChange()
      // Releases request and response: the journal would keep a thousand of them.
      return evidence => {
        const settled = entry.now()
        entry.now = constant(settled)
        for (const listen of listeners) listen({ entry: settled, evidence })
        notifyChange()
      }
    },
    onSettled (listen) {
      listeners.add(listen)
      return () => { listeners.delete(listen) }
    },
    notifyChange,
    list: () => entries.map(entry => entry.now()),
    dropped: () => dropped,
    clear () {
      entries.length = 0
      lints.clear()
      dropped = 0
    },
    waitUntil (condition, timeoutMs) {
      if (condition()) return Promise.resolve(true)
      if (hasEnded) return Promise.resolve(false)
      return new Promise(resolve => {
        const finish = (outcome: boolean) => {
          clearTimeout(timer)
          waiters.delete(check)
          resolve(outcome)
        }
        const check = () => {
          if (condition()) finish(true)
          else if (hasEnded) finish(false)
        }
        const timer = setTimeout(() => { finish(false) }, timeoutMs)
        waiters.add(check)
      })
    },
    listLint: () => [...lints].map(([sentence, times]) => times === 1 ? sentence : `${sentence} (${times} times)`),
    noteLint (subject, found) {
      for (const { problem } of found) {
        const sentence = problem.startsWith(subject) ? problem : `${subject}: ${problem}`
        if (lints.has(sentence) || lints.size < MAX_LINTS) lints.set(sentence, (lints.get(sentence) ?? 0) + 1)
      }
    },
    stopWaiting () {
      hasEnded = true
      notifyChange()
    }
  }
}
