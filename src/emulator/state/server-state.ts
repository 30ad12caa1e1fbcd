/** The whole state of one server: emptied, planted, saved under a name, brought back. */
import type { Policy } from '../../domain/policy.ts'
import type { Surroundings } from '../../transfer/receive.ts'
import type { SqlRow } from '../../ports.ts'
import type { SettableClock } from './clock.ts'
import { ControlProblem } from '../control-problem.ts'
import type { HideableBlobs } from './hidden-blobs.ts'
import { applySeed } from './apply-seed.ts'
import type { Seed } from './seed.ts'
import type { IdState, SeedableIds } from './seeded-ids.ts'
import type { RefCountedBlobs } from './ref-counted-blobs.ts'

/** Rows by table. */
export type Tables = Readonly<Record<string, readonly SqlRow[]>>

/** The state of a server at one moment. It holds its blobs as long as it is kept. */
export interface Snapshot {
  readonly takenAt: number
  readonly tables: Tables
  readonly policy: SettablePolicy
  readonly clock: ClockState
  readonly ids: IdState
  readonly hidden: readonly string[]
}

/** What of the policy tests set. */
export type SettablePolicy = Pick<Policy, 'registration' | 'minAppVersion' | 'apiKeys' | 'limitsAttempts'>

/** Stopped at a moment, or so far from the real time; in milliseconds. */
export type ClockState = { readonly frozenAt: number } | { readonly shiftedBy: number }

export interface StateParts {
  readonly surroundings: Surroundings
  readonly clock: SettableClock
  readonly ids: SeedableIds
  readonly blobs: HideableBlobs
  /** The store of which `blobs` are what this server sees, as this holder. */
  readonly shared: RefCountedBlobs
  readonly holder: object
  /** All rows at one moment, and these in the place of all. */
  readTables (): Promise<Tables>
  writeTables (tables: Tables): Promise<void>
  /** Why these rows cannot be the state of a server, undefined when they can. */
  findMisfit (tables: Tables): Promise<string | undefined>
  /** Forgets what was armed and noted on the side. */
  forget (): void
  /** Whether the data outlive the process: nothing of them is held back then, and a reset plants anew. */
  readonly isLasting: boolean
}

export interface State {
  /** Plants a seed in the place of all that is there; a reset leads back to it. Throws DocumentProblem, and nothing has changed then. */
  seed (seed: Seed): Promise<void>
  /** As it was when its seed had been planted. */
  reset (): Promise<void>
  /** Keeps the state under a name, in the place of what was kept under it. */
  save (name: string): Promise<Snapshot>
  restore (name: string): Promise<void>
  /** Those that are kept, by name. */
  readonly kept: ReadonlyMap<string, Snapshot>
  /** Keeps one that was taken elsewhere, whose blobs this server has just got. Throws ControlProblem for rows that do not fit, and lets go of it. */
  adopt (name: string, snapshot: Snapshot): Promise<void>
  /** False when there is none. */
  drop (name: string): Promise<boolean>
  /** Lets go of all that is kept. */
  letGo (): Promise<void>
  /** Lets go of all that is there and of all that is kept. */
  clear (): Promise<void>
}

/** `planted` is what a reset plants that has nothing to lead back to. */
export function createState (parts: StateParts, planted: Seed): State {
  const { surroundings, clock, ids, blobs, shared, holder, forget } = parts
  const policy: { -readonly [K in keyof SettablePolicy]: SettablePolicy[K] } = surroundings.policy
  const kept = new Map<string, Snapshot>()
  let start: Snapshot | undefined

  async function take (): Promise<Snapshot> {
    const tables = await parts.readTables()
    const { registration, minAppVersion, apiKeys, limitsAttempts } = policy
    const snapshot: Snapshot = {
      takenAt: clock.now(),
      tables,
      policy: { registration, minAppVersion, apiKeys, limitsAttempts },
      clock: clock.isFrozen() ? { frozenAt: clock.now() } : { shiftedBy: clock.shiftedBy() },
      ids: ids.state(),
      hidden: blobs.listHidden()
    }
    shared.retain(blobsOf(tables), holder, snapshot)
    return snapshot
  }

  async function bringBack (snapshot: Snapshot): Promise<void> {
    const wanted = blobsOf(snapshot.tables)
    const before = allBlobsOf(await parts.readTables())
    shared.retain(wanted, snapshot, holder)
    await parts.writeTables(snapshot.tables)
    Object.assign(policy, snapshot.policy)
    if ('frozenAt' in snapshot.clock) clock.freeze(snapshot.clock.frozenAt)
    else clock.shift(snapshot.clock.shiftedBy)
    ids.resume(snapshot.ids)
    blobs.hideOnly(snapshot.hidden)
    const isWanted = new Set(wanted)
    await blobs.remove(before.filter(id => !isWanted.has(id)))
  }

  const release = (snapshot: Snapshot) => shared.viewFor(snapshot).remove(blobsOf(snapshot.tables))

  async function empty (): Promise<void> {
    const before = allBlobsOf(await parts.readTables())
    await parts.writeTables({})
    await blobs.remove(before)
  }

  async function drop (name: string): Promise<boolean> {
    const snapshot = kept.get(name)
    if (snapshot === undefined) return false
    kept.delete(name)
    await release(snapshot)
    return true
  }

  async function begin (seed: Seed): Promise<void> {
    await empty()
    await applySeed(seed, surroundings)
    const before = start
    start = parts.isLasting ? undefined : await take()
    if (before !== undefined) await release(before)
    planted = seed
  }

  async function letGo (): Promise<void> {
    for (const name of kept.keys()) await drop(name)
    if (start !== undefined) await release(start)
    start = undefined
  }

  return {
    kept,
    drop,
    letGo,
    async clear () {
      await empty()
      await letGo()
    },
    async seed (seed) {
      const before = await take()
      try {
        await begin(seed)
      } catch (error) {
        await bringBack(before)
        throw error
      } finally {
        await release(before)
      }
    },
    async reset () {
      forget()
      await (start === undefined ? begin(planted) : bringBack(start))
    },
    async save (name) {
      const snapshot = await take()
      await drop(name)
      kept.set(name, snapshot)
      return snapshot
    },
    async restore (name) {
      const snapshot = kept.get(name)
      if (snapshot === undefined) throw missingSnapshot(name, kept)
      await bringBack(snapshot)
    },
    async adopt (name, snapshot) {
      const misfit = await parts.findMisfit(snapshot.tables)
      if (misfit !== undefined) {
        await release(snapshot)
        throw new ControlProblem(400, `the rows of the snapshot are no state of a server: ${misfit}`, 'send what GET on a snapshot answered')
      }
      await drop(name)
      kept.set(name, snapshot)
    }
  }
}

export function missingSnapshot (name: string, kept: ReadonlyMap<string, unknown>): ControlProblem {
  const names = [...kept.keys()].join(', ')
  return new ControlProblem(404, `there is no snapshot "${name}"`, names === '' ? 'none is kept; POST /snapshots takes one' : `there is ${names}`)
}

/** The blobs of its files. */
export function blobsOf (tables: Tables): string[] {
  return (tables.files ?? []).map(({ blob_id: id }) => String(id))
}

/** Those that wait to be removed, too. */
function allBlobsOf (tables: Tables): string[] {
  return [...blobsOf(tables), ...(tables.doomed_blobs ?? []).map(({ blob_id: id }) => String(id))]
}
