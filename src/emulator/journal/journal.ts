/** The newest exchanges of one server, without secrets. */
import { asError } from '../../domain/as-error.ts'
import type { Lint } from '../traffic/lint.ts'
import type { Entry } from './entry.ts'
import type { Evidence } from './evidence.ts'
import { createKeptEntries, type Tally } from './kept-entries.ts'
import { createSecretMasker, type SecretMasker } from './mask-secrets.ts'

/** The current state of an entry, read on each access. */
export type EntrySource = () => Omit<Entry, 'id'>

/** An exchange that has ended. */
export interface Settled {
  readonly entry: Entry
  readonly evidence: Evidence
}

export interface Journal {
  readonly mask: SecretMasker
  /** Adds an exchange that begins. Call the result at its end, to fix the entry. */
  begin (recording: EntrySource): (evidence: Evidence) => void
  /** Calls back for each completed exchange, in the order of completion, including dropped ones. Call the result to stop. */
  onSettled (listen: (settled: Settled) => void): () => void
  /** Signals that an exchange has changed, so that waiters check again. */
  notifyChange (): void
  list (): readonly Entry[]
  /** Entries that were dropped for newer ones. */
  dropped (): number
  /** The facts about dropped entries. */
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

/** Default and maximum number of entries. */
export const DEFAULT_JOURNAL_SIZE = 10_000
export const MAX_JOURNAL_SIZE = 1_000_000
/** The limit of all entries together: this many bytes for each, and at least 32 MiB. An API call takes less than half of it. */
const BYTES_PER_ENTRY = 4096
const LEAST_BYTES = 32 * 1024 * 1024
const MAX_LINTS = 100

/** `key` is the key of the hashes of secrets. */
export function createJournal (key: Buffer, maxEntries = DEFAULT_JOURNAL_SIZE): Journal {
  const entries = createKeptEntries({ entries: maxEntries, bytes: Math.max(LEAST_BYTES, maxEntries * BYTES_PER_ENTRY) })
  const lints = new Map<string, number>()
  const waiters = new Set<() => void>()
  const listeners = new Set<(settled: Settled) => void>()
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
      // Releases request and response: otherwise the journal would keep thousands of them in memory.
      return evidence => {
        const settled = { id, ...recording() }
        entries.settle(settled)
        for (const listen of listeners) listen({ entry: settled, evidence })
        notifyChange()
      }
    },
    onSettled (listen) {
      listeners.add(listen)
      return () => { listeners.delete(listen) }
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
        // A failing listener must not make the exchange fail.
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
