/** Every exchange of one emulator, the newest of them, without its secrets. */
import type { RequestKind } from '../traffic/request-kind.ts'
import type { Lint } from '../traffic/lint.ts'
import { createSecretMasker, type SecretMasker } from './mask-secrets.ts'
import type { SeenFile } from '../traffic/upload-inspector.ts'

export interface Entry {
  /** Counts all exchanges from 1 on. */
  readonly id: number
  /** When it began, on the emulator's clock. */
  readonly at: string
  /** How long it took, on the real one; null while it runs. */
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
  /** Of what it is about, as far as that is known. */
  readonly fileNames: readonly string[]
  readonly request: { readonly host: string, readonly size: number, readonly contentType: string, readonly userAgent: string, readonly files: readonly SeenFile[] }
  /** As it went out. `text` for answers of the API, of uploads and of progress. */
  readonly response: { readonly status: number | null, readonly size: number, readonly contentType: string, readonly sha256: string, readonly text?: string | undefined }
  /** The fault that struck it: then it is no evidence of what the server does. */
  readonly fault: string | null
  readonly lint: readonly Lint[]
  /** `cut`: the connection ended before the answer did. */
  readonly state: 'running' | 'answered' | 'cut'
}

/** An entry as it is now, asked whenever somebody looks. */
export type EntrySource = () => Omit<Entry, 'id'>

export interface Journal {
  readonly mask: SecretMasker
  /** Takes an exchange at its beginning. To be called at its end: from then on the entry stays as it is. */
  begin (recording: EntrySource): () => void
  /** Says that something about an exchange has changed. */
  notifyChange (): void
  list (): readonly Entry[]
  /** Entries that were dropped for newer ones. */
  dropped (): number
  clear (): void
  /** Resolves when `isTrue`, asked at each change; false after so many milliseconds of real time, or when all ends. */
  waitUntil (condition: () => boolean, timeoutMs: number): Promise<boolean>
  /** What clients did against the guide since the last `clear`, once each, with how often. */
  listLint (): readonly string[]
  noteLint (subject: string, lints: readonly Lint[]): void
  /** Nobody waits any more. */
  stopWaiting (): void
}

const MAX_ENTRIES = 1000
const MAX_LINTS = 100

const constant = <T>(value: T) => () => value

/** `key` is what secrets are hashed with. */
export function createJournal (key: Buffer, capacity = MAX_ENTRIES): Journal {
  const entries: Array<{ now: () => Entry }> = []
  const lints = new Map<string, number>()
  const waiters = new Set<() => void>()
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
      // Request and response are let go of: the journal would hold a thousand of them.
      return () => {
        entry.now = constant(entry.now())
        notifyChange()
      }
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
        const settle = (outcome: boolean) => {
          clearTimeout(timer)
          waiters.delete(check)
          resolve(outcome)
        }
        const check = () => {
          if (condition()) settle(true)
          else if (hasEnded) settle(false)
        }
        const timer = setTimeout(() => { settle(false) }, timeoutMs)
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
