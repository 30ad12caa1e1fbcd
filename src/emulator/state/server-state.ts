/** The whole state of one server: seeded, reset, saved under a name, restored. */
import type { User } from '../../domain/accounts/user.ts'
import type { Surroundings } from '../../transfer/incoming.ts'
import { ControlProblem } from '../control-problem.ts'
import { addAccount, addFile, applySeed } from './apply-seed.ts'
import { createBaseline, type RowCopies } from './baseline.ts'
import type { Seed, SeedFile } from './seed.ts'
import { createSnapshotter, type Snapshot, type SnapshotSource, type Tables } from './snapshot.ts'

/** What the state of a server works with. */
export interface StateParts extends Omit<SnapshotSource, 'policy'> {
  /** What uploads need: seeds are uploaded. */
  readonly surroundings: Surroundings
  /** Why these rows cannot be the state of a server; undefined when they can. */
  findMisfit (tables: Tables): Promise<string | undefined>
  /** Removes faults and journal entries, and ends the exchanges that faults hold. */
  clearTraffic (): Promise<void>
  /** Called when everything was replaced: by a seed, or by a snapshot, whose keys and ids are back then. */
  noteReplaced (seed: Seed | undefined): void
  /** Keeps the rows that a seed created; undefined where the data outlive the process: a reset then applies the seed again. */
  readonly copies: RowCopies | undefined
}

/** Snapshots under names, and the seed that a reset leads back to. */
export interface ServerState {
  /** Replaces everything by a seed. Throws DocumentProblem, and nothing has changed then. */
  seed (seed: Seed): Promise<void>
  /** Adds an account. Throws DocumentProblem, and nothing has changed then. */
  addAccount (account: Seed['accounts'][number]): Promise<void>
  /** Adds a file to an account; resolves with its id. Throws DocumentProblem. */
  addFile (file: SeedFile, user: User): Promise<string>
  /** Restores the state that the seed created. */
  reset (): Promise<void>
  /** By name. */
  readonly snapshots: ReadonlyMap<string, Snapshot>
  /** Saves the state under a name; replaces the snapshot of that name. */
  save (name: string): Promise<Snapshot>
  /** Throws ControlProblem for a name that does not exist. */
  restore (name: string): Promise<void>
  /** Throws ControlProblem for a name that does not exist. */
  delete (name: string): Promise<void>
  /** Keeps a snapshot from elsewhere, whose blobs this server already stores. Throws ControlProblem for rows that do not fit, and releases it. */
  importSnapshot (name: string, snapshot: Snapshot): Promise<void>
  /** Releases all snapshots. */
  releaseSnapshots (): Promise<void>
  /** Removes everything, and releases all snapshots. */
  clear (): Promise<void>
}

/** A reset applies `initialSeed` until another seed was applied. */
export function createServerState (parts: StateParts, initialSeed: Seed): ServerState {
  const { surroundings, copies } = parts
  const { take, restore, release, empty, settings } = createSnapshotter({ ...parts, policy: surroundings.policy })
  const snapshots = new Map<string, Snapshot>()
  let currentSeed = initialSeed
  const baseline = copies && createBaseline({ ...parts, copies }, settings)

  async function remove (name: string): Promise<void> {
    const snapshot = snapshots.get(name)
    if (snapshot === undefined) return
    snapshots.delete(name)
    await release(snapshot)
  }

  async function startFrom (seed: Seed): Promise<void> {
    await empty()
    await applySeed(seed, surroundings)
    await baseline?.keep()
    currentSeed = seed
    parts.noteReplaced(seed)
  }

  async function releaseSnapshots (): Promise<void> {
    for (const name of snapshots.keys()) await remove(name)
    await baseline?.release()
  }

  return {
    snapshots,
    releaseSnapshots,
    async clear () {
      await empty()
      await releaseSnapshots()
    },
    async seed (seed) {
      const before = await take()
      try {
        await startFrom(seed)
      } catch (error) {
        await restore(before)
        throw error
      } finally {
        await release(before)
      }
    },
    addAccount: account => addAccount(account, surroundings),
    addFile: (file, user) => addFile(file, user, surroundings),
    async reset () {
      await parts.clearTraffic()
      if (baseline === undefined || !await baseline.restore()) return startFrom(currentSeed)
      parts.noteReplaced(currentSeed)
    },
    async save (name) {
      const snapshot = await take()
      await remove(name)
      snapshots.set(name, snapshot)
      return snapshot
    },
    async restore (name) {
      await restore(requireSnapshot(name, snapshots))
      parts.noteReplaced(undefined)
    },
    async delete (name) {
      requireSnapshot(name, snapshots)
      await remove(name)
    },
    async importSnapshot (name, snapshot) {
      const misfit = await parts.findMisfit(snapshot.tables)
      if (misfit !== undefined) {
        await release(snapshot)
        throw new ControlProblem(400, `the rows of the snapshot are not a valid state: ${misfit}`, 'send what GET on a snapshot answered')
      }
      await remove(name)
      snapshots.set(name, snapshot)
    }
  }
}

/** Throws ControlProblem for a name that does not exist. */
export function requireSnapshot (name: string, snapshots: ReadonlyMap<string, Snapshot>): Snapshot {
  const snapshot = snapshots.get(name)
  if (snapshot !== undefined) return snapshot
  const names = [...snapshots.keys()].join(', ')
  throw new ControlProblem(404, `there is no snapshot "${name}"`, names === '' ? 'none is kept; POST /snapshots takes one' : `there is ${names}`)
}
