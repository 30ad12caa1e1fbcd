/** What a run creates on the target, written to a file before it is used, so that the next run cleans up after a killed one. */
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Made =
  | { readonly kind: 'session', readonly key: string }
  | { readonly kind: 'folder', readonly id: string, readonly key: string }
  | { readonly kind: 'file', readonly id: string, readonly key: string }
  | { readonly kind: 'contact', readonly email: string, readonly key: string }
  | { readonly kind: 'anonymous file', readonly deleteUrl: string }

export interface Ledger {
  readonly path: string
  note (made: Made): Promise<void>
  /** What this run and unfinished earlier runs created, oldest first. */
  list (): readonly Made[]
  /** The session has ended already. The file keeps it, which does no harm. */
  forget (key: string): void
  /** Everything is removed. */
  clear (): void
}

/** One file for each endpoint, readable only by its owner, because it holds session keys. */
export function openLedger (rest: string, folder: string = tmpdir()): Ledger {
  const path = join(folder, `respace-check-${createHash('sha256').update(rest).digest('hex').slice(0, 12)}.ledger`)
  const made: Made[] = existsSync(path) ? readFileSync(path, 'utf8').split('\n').flatMap(readLine) : []
  return {
    path,
    async note (thing) {
      made.push(thing)
      appendFileSync(path, `${JSON.stringify(thing)}\n`, { mode: 0o600 })
    },
    list: () => made,
    forget (key) {
      const at = made.findIndex(thing => thing.kind === 'session' && thing.key === key)
      if (at !== -1) made.splice(at, 1)
    },
    clear () {
      made.length = 0
      rmSync(path, { force: true })
    }
  }
}

/** The last line of a killed run may be incomplete. */
function readLine (line: string): Made[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as Made]
  } catch {
    return []
  }
}
