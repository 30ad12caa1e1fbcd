/** The newest entries of a journal, limited in number and bytes, and the facts about dropped ones. */
import type { Entry } from './entry.ts'

/** The limits. */
export interface JournalSize {
  readonly entries: number
  /** Size as JSON. The newest entry is kept whatever its size. */
  readonly bytes: number
}

/** The facts about an exchange that are counted when its entry is dropped. */
export type Facts = Pick<Entry, 'phase' | 'verb' | 'method' | 'user' | 'code' | 'state'> & {
  readonly status: number | null
  readonly isFaulted: boolean
  readonly hasLint: boolean
}

/** The number of dropped entries with the same facts. */
export interface Tally {
  /** undefined: their facts are unknown. */
  readonly facts: Facts | undefined
  readonly count: number
  readonly firstId: number
  readonly lastId: number
}

export interface KeptEntries {
  /** `now` returns the state of the entry, which changes until it is settled. */
  add (id: number, now: () => Entry): void
  /** Fixes an entry. */
  settle (entry: Entry): void
  /** Oldest first. */
  list (): Entry[]
  /** The facts about dropped entries. */
  tallies (): readonly Tally[]
  clear (): void
}

/** The facts of further dropped entries are not kept: user names and verbs are text from clients. */
const MAX_TALLIES = 1000

export function createKeptEntries (size: JournalSize): KeptEntries {
  const kept = new Map<number, { readonly now: () => Entry, readonly bytes: number }>()
  const tallies = new Map<string, Tally>()
  let bytes = 0

  function dropOldest (): void {
    const [oldest] = kept
    if (oldest === undefined) return
    const [id, entry] = oldest
    kept.delete(id)
    bytes -= entry.bytes
    const last = entry.now()
    const facts = last.state === 'running' ? undefined : factsOf(last)
    const key = JSON.stringify(facts) ?? ''
    const isCounted = tallies.has(key) || tallies.size < MAX_TALLIES
    const { count = 0, firstId = id } = tallies.get(isCounted ? key : '') ?? {}
    tallies.set(isCounted ? key : '', { facts: isCounted ? facts : undefined, count: count + 1, firstId, lastId: id })
  }

  function trim (): void {
    while (kept.size > size.entries || (bytes > size.bytes && kept.size > 1)) dropOldest()
  }

  return {
    add (id, now) {
      kept.set(id, { now, bytes: 0 })
      trim()
    },
    settle (entry) {
      // It may have been dropped while it ran.
      if (!kept.has(entry.id)) return
      const ownBytes = Buffer.byteLength(JSON.stringify(entry))
      kept.set(entry.id, { now: () => entry, bytes: ownBytes })
      bytes += ownBytes
      trim()
    },
    list: () => [...kept.values()].map(({ now }) => now()),
    tallies: () => [...tallies.values()],
    clear () {
      kept.clear()
      tallies.clear()
      bytes = 0
    }
  }
}

/** The facts about an entry. */
export const factsOf = ({ phase, verb, method, user, code, state, response, fault, lint }: Entry): Facts =>
  ({ phase, verb, method, user, code, state, status: response.status, isFaulted: fault !== null, hasLint: lint.length > 0 })
