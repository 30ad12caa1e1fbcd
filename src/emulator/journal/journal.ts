/** The newest exchanges of one server, without their secrets. */
import { asError } from '../../domain/as-error.ts'
import type { RequestKind } from '../traffic/request-kind.ts'
import type { Lint } from '../traffic/lint.ts'
import { createKeptEntries, type Tally } from './kept-entries.ts'
import { createSecretMasker, type SecretMasker } from './mask-secrets.ts'
import type { SeenFile } from '../traffic/upload-inspector.ts'

export interface Entry {
  /** Exchanges are numbered from 1. */
  readonly id: number
  /** When it began, by the clock of the server. */
  readonly at: string
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
  /** Of the files that it is about, as far as that is known. */
  readonly fileNames: readonly string[]
  readonly request: {
    readonly host: string
    readonly size: number
    readonly contentType: string
    readonly userAgent: string
    /** By name in lower case, as the client sent them. */
    readonly headers: Readonly<Record<string, string>>
    /** How many headers came beyond those that are kept. */
    readonly headersOmitted: number
    readonly files: readonly SeenFile[]
  }
  /** As it was sent. `text` for answers of the API, of uploads and of progress. */
  readonly response: { readonly status: number | null, readonly size: number, readonly contentType: string, readonly sha256: string, readonly text?: string | undefined }
  /** The fault that was applied: the exchange then does not show how the server behaves. */
  readonly fault: string | null
  readonly lint: readonly Lint[]
  /** `cut`: the connection ended before the answer did. */
  readonly state: 'running' | 'answered' | 'cut'
}

/** The current state of an entry, read on each access. */
export type EntrySource = () => Omit<Entry, 'id'>

export interface Journal {
  readonly mask: SecretMasker
  /** Enters an exchange that begins. The result is called at its end, and fixes the entry. */
  begin (recording: EntrySource): () => void
  /** Says that an exchange has changed, so that waiters check again. */
  notifyChange (): void
  list (): readonly Entry[]
  /** Entries that were dropped for newer ones. */
  dropped (): number
  /** What is still known of them. */
  tallies (): readonly Tally[]
  clear (): void
  /** Resolves to true once the condition holds, which is checked at each change; to false after a timeout in real time, or when the server closes. Rejects with what the condition throws. */
  waitUntil (condition: () => boolean, timeoutMs: number): Promise<boolean>
  /** What clients did against the guide since the last `clear`, each once with its count. */
  listLint (): readonly string[]
  noteLint (subject: string, lints: readonly Lint[]): void
  /** Ends all waiting. */
  stopWaiting (): void
}

/** How many entries are kept unless an option says otherwise, and at most. */
export const DEFAULT_JOURNAL_SIZE = 10_000
export const MAX_JOURNAL_SIZE = 1_000_000
/** Of all entries together there are as many times this many bytes, and at least 32 MiB: an API call takes less than half of it. */
const BYTES_PER_ENTRY = 4096
const LEAST_BYTES = 32 * 1024 * 1024
const MAX_LINTS = 100

/** `key` is that of the hashes of secrets. */
export function createJournal (key: Buffer, maxEntries = DEFAULT_JOURNAL_SIZE): Journal {
  const entries = createKeptEntries({ entries: maxEntries, bytes: Math.max(LEAST_BYTES, maxEntries * BYTES_PER_ENTRY) })
  const lints = new Map<string, number>()
  const waiters = new Set<() => void>()
  let count = 0
  let hasEnded = false

  function notifyChange (): void {
    for (const check of waiters) check()
  }

  return {
    mask: createSecretMasker(key),
    begin (recording) {
      const id = ++count
      entries.add(id, () => ({ id, ...recording() }))
      notifyChange()
      // Releases request and response: the journal would keep thousands of them.
      return () => {
        entries.settle({ id, ...recording() })
        notifyChange()
      }
    },
    notifyChange,
    list: entries.list,
    dropped: () => entries.tallies().reduce((sum, tally) => sum + tally.count, 0),
    tallies: entries.tallies,
    clear () {
      entries.clear()
      lints.clear()
    },
    waitUntil (condition, timeoutMs) {
      return new Promise((resolve, reject) => {
        const finish = (outcome: boolean) => {
          clearTimeout(timer)
          waiters.delete(check)
          resolve(outcome)
        }
        // It runs within the exchange that has changed, which must not fail with it.
        const check = () => {
          try {
            if (condition()) finish(true)
            else if (hasEnded) finish(false)
          } catch (error) {
            reject(asError(error))
            finish(false)
          }
        }
        const timer = setTimeout(() => { finish(false) }, timeoutMs)
        waiters.add(check)
        check()
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
