/** The state of a server at one moment: taken, restored, released. */
import type { Policy } from '../../domain/policy.ts'
import type { SqlRow } from '../../ports.ts'
import type { SettableClock } from './clock.ts'
import type { HideableBlobs } from './hidden-blobs.ts'
import type { RefCountedBlobs } from './ref-counted-blobs.ts'
import type { IdState, SeedableIds } from './seeded-ids.ts'

/** Rows by table. */
export type Tables = Readonly<Record<string, readonly SqlRow[]>>

/** What of a server's state is in no row. */
export interface ServerSettings {
  readonly policy: SettablePolicy
  readonly clock: ClockState
  readonly ids: IdState
  readonly hidden: readonly string[]
}

/** It holds its blobs until it is released. */
export interface Snapshot extends ServerSettings {
  readonly takenAt: number
  readonly tables: Tables
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
  /** All blobs that rows name, of files and of those that wait to be removed. */
  listBlobs (): Promise<string[]>
  /** All rows at one moment. */
  readTables (): Promise<Tables>
  /** Replaces all rows. */
  writeTables (tables: Tables): Promise<void>
}

/** Takes and restores snapshots of one server. */
export function createSnapshotter ({ clock, ids, blobs, sharedBlobs, holder, listBlobs, readTables, writeTables, policy: serverPolicy }: SnapshotSource) {
  const policy: { -readonly [K in keyof SettablePolicy]: SettablePolicy[K] } = serverPolicy

  function readSettings (): ServerSettings {
    const { registration, minAppVersion, apiKeys, limitsAttempts } = policy
    return {
      policy: { registration, minAppVersion, apiKeys, limitsAttempts },
      clock: clock.isFrozen() ? { frozenAt: clock.now() } : { shiftedBy: clock.shiftedBy() },
      ids: ids.state(),
      hidden: blobs.listHidden()
    }
  }

  function writeSettings (settings: ServerSettings): void {
    Object.assign(policy, settings.policy)
    if ('frozenAt' in settings.clock) clock.freeze(settings.clock.frozenAt)
    else clock.shift(settings.clock.shiftedBy)
    ids.resume(settings.ids)
    blobs.hideOnly(settings.hidden)
  }

  return {
    settings: { read: readSettings, write: writeSettings },
    async take (): Promise<Snapshot> {
      const tables = await readTables()
      const snapshot: Snapshot = { takenAt: clock.now(), tables, ...readSettings() }
      sharedBlobs.retain(blobsOf(tables), holder, snapshot)
      return snapshot
    },
    async restore (snapshot: Snapshot): Promise<void> {
      const wanted = blobsOf(snapshot.tables)
      const before = await listBlobs()
      sharedBlobs.retain(wanted, snapshot, holder)
      await writeTables(snapshot.tables)
      writeSettings(snapshot)
      const isWanted = new Set(wanted)
      await blobs.remove(before.filter(id => !isWanted.has(id)))
    },
    /** Removes the blobs that only this snapshot holds. */
    release: (snapshot: Snapshot): Promise<void> => sharedBlobs.viewFor(snapshot).remove(blobsOf(snapshot.tables)),
    /** Removes all rows and blobs of the server. */
    async empty (): Promise<void> {
      const before = await listBlobs()
      await writeTables({})
      await blobs.remove(before)
    }
  }
}

/** The blobs of its files. */
export function blobsOf (tables: Tables): string[] {
  return (tables.files ?? []).map(({ blob_id: id }) => String(id))
}
