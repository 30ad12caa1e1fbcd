/** The state of a server at one moment: taken, restored, released. */
import type { Policy } from '../../domain/policy.ts'
import type { SqlRow } from '../../ports.ts'
import type { SettableClock } from './clock.ts'
import type { HideableBlobs } from './hidden-blobs.ts'
import type { RefCountedBlobs } from './ref-counted-blobs.ts'
import type { IdState, SeedableIds } from './seeded-ids.ts'

/** Rows by table. */
export type Tables = Readonly<Record<string, readonly SqlRow[]>>

/** It holds its blobs until it is released. */
export interface Snapshot {
  readonly takenAt: number
  readonly tables: Tables
  readonly policy: SettablePolicy
  readonly clock: ClockState
  readonly ids: IdState
  readonly hidden: readonly string[]
}

/** The part of the policy that tests set. */
export type SettablePolicy = Pick<Policy, 'registration' | 'minAppVersion' | 'apiKeys' | 'limitsAttempts'>

/** Frozen at a moment, or at an offset from the real time; in milliseconds. */
export type ClockState = { readonly frozenAt: number } | { readonly shiftedBy: number }

/** The parts of a server that a snapshot has. */
export interface SnapshotSource {
  readonly policy: Policy
  readonly clock: SettableClock
  readonly ids: SeedableIds
  readonly blobs: HideableBlobs
  /** The store of which `blobs` are this server's view, as this holder. */
  readonly sharedBlobs: RefCountedBlobs
  readonly holder: object
  /** All rows at one moment. */
  readTables (): Promise<Tables>
  /** Replaces all rows. */
  writeTables (tables: Tables): Promise<void>
}

/** Takes and restores snapshots of one server. */
export function createSnapshotter ({ clock, ids, blobs, sharedBlobs, holder, readTables, writeTables, policy: serverPolicy }: SnapshotSource) {
  const policy: { -readonly [K in keyof SettablePolicy]: SettablePolicy[K] } = serverPolicy

  return {
    async take (): Promise<Snapshot> {
      const tables = await readTables()
      const { registration, minAppVersion, apiKeys, limitsAttempts } = policy
      const snapshot: Snapshot = {
        takenAt: clock.now(),
        tables,
        policy: { registration, minAppVersion, apiKeys, limitsAttempts },
        clock: clock.isFrozen() ? { frozenAt: clock.now() } : { shiftedBy: clock.shiftedBy() },
        ids: ids.state(),
        hidden: blobs.listHidden()
      }
      sharedBlobs.retain(blobsOf(tables), holder, snapshot)
      return snapshot
    },
    async restore (snapshot: Snapshot): Promise<void> {
      const wanted = blobsOf(snapshot.tables)
      const before = allBlobsOf(await readTables())
      sharedBlobs.retain(wanted, snapshot, holder)
      await writeTables(snapshot.tables)
      Object.assign(policy, snapshot.policy)
      if ('frozenAt' in snapshot.clock) clock.freeze(snapshot.clock.frozenAt)
      else clock.shift(snapshot.clock.shiftedBy)
      ids.resume(snapshot.ids)
      blobs.hideOnly(snapshot.hidden)
      const isWanted = new Set(wanted)
      await blobs.remove(before.filter(id => !isWanted.has(id)))
    },
    /** Removes the blobs that only this snapshot holds. */
    release: (snapshot: Snapshot): Promise<void> => sharedBlobs.viewFor(snapshot).remove(blobsOf(snapshot.tables)),
    /** Removes all rows and blobs of the server. */
    async empty (): Promise<void> {
      const before = allBlobsOf(await readTables())
      await writeTables({})
      await blobs.remove(before)
    }
  }
}

/** The blobs of its files. */
export function blobsOf (tables: Tables): string[] {
  return (tables.files ?? []).map(({ blob_id: id }) => String(id))
}

/** With those that wait to be removed. */
function allBlobsOf (tables: Tables): string[] {
  return [...blobsOf(tables), ...(tables.doomed_blobs ?? []).map(({ blob_id: id }) => String(id))]
}
