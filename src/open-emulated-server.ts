/** One server of an emulator with all that tests reach into: the main one, or a sandbox. */
import { findMisfitRows, readTables, writeTables } from './adapters/database/table-rows.ts'
import { assemble, type App, type AppInternals, type Overrides } from './app.ts'
import { readVersion, type Config } from './config.ts'
import type { SettableClock } from './emulator/state/clock.ts'
import { advanceClock, type Advanced } from './emulator/state/advance-clock.ts'
import { createFaults, type FaultState } from './emulator/faults/faults.ts'
import { hideableBlobs } from './emulator/state/hidden-blobs.ts'
import { createJournal } from './emulator/journal/journal.ts'
import type { ControlledServer } from './emulator/control/call.ts'
import type { Sandboxes } from './emulator/control/sandboxes.ts'
import type { Seed } from './emulator/state/seed.ts'
import type { SeedableIds } from './emulator/state/seeded-ids.ts'
import type { RefCountedBlobs } from './emulator/state/ref-counted-blobs.ts'
import { createState } from './emulator/state/server-state.ts'
import { createInterceptor } from './emulator/interceptor.ts'
import type { SuiteProblems, Strictness } from './emulator/traffic/strictness.ts'
import type { Opened } from './open-folder.ts'
import type { Clock, Mail } from './ports.ts'
import { listMails } from './store/operations/mails.ts'

export interface InstanceOptions {
  readonly config: Config
  /** Its blobs are those of `shared`. */
  readonly opened: Opened
  readonly shared: RefCountedBlobs
  readonly clock: SettableClock
  readonly ids: SeedableIds
  readonly overrides: Overrides
  /** What a reset plants that has nothing to lead back to. */
  readonly seed: Seed
  readonly isLasting: boolean
  readonly strict: Strictness
  /** What the hashes of secrets in the journal begin with. */
  readonly salt: Buffer
  /** By which the life of a fault is measured. */
  readonly realClock: Clock
  readonly sandboxes?: Sandboxes
}

export interface EmulatorInstance {
  readonly app: App & AppInternals
  readonly world: ControlledServer
  readonly clock: SettableClock
  /** Lets so many milliseconds pass at once; what falls due in them has happened then. */
  advance (by: number): Promise<Advanced>
  listProblems (): SuiteProblems
  /** All mails that were written, oldest first; none leaves the emulator. */
  listMails (): Promise<readonly Mail[]>
}

/** Tests of clients log in with wrong passwords all day, from one address. */
const EMULATOR_POLICY = { limitsAttempts: false }

/** Lets go of what was opened when it fails. */
export async function openInstance ({ config, opened, shared, clock, ids, overrides, seed, isLasting, strict, salt, realClock, sandboxes }: InstanceOptions): Promise<EmulatorInstance> {
  const holder = {}
  const blobs = hideableBlobs(shared.viewFor(holder))
  const faults = createFaults(strict === 'fail', realClock.now)
  const journal = createJournal(salt)
  const app = await assemble(config, { ...opened, ports: { ...opened.ports, blobs } }, { ...overrides, policy: EMULATOR_POLICY }, ({ ports, policy, log }) =>
    createInterceptor({ ports, policy, faults, journal, strict, report: error => { log.error({ err: error }, 'the emulator failed') } }))
  const { sql, vault } = app.ports
  const state = createState({
    surroundings: app,
    clock,
    ids,
    blobs,
    shared,
    holder,
    isLasting,
    readTables: () => readTables(sql),
    writeTables: tables => writeTables(sql, tables),
    findMisfit: findMisfitRows,
    forget () {
      faults.clear()
      journal.clear()
    }
  }, seed)
  return {
    app,
    world: { ports: app.ports, policy: app.policy, sweep: app.sweep, deliver: app.deliver, blobs, shared, version: readVersion(), faults, journal, clock, ids, state, sandboxes },
    clock,
    advance: by => advanceClock(by, { ...app, clock }),
    listProblems: () => ({
      unfired: faults.listUnfired().map(unfiredSentence),
      lint: strict === 'fail' ? journal.listLint().map(sentence => `against the guide: ${sentence}`) : []
    }),
    async listMails () {
      await app.deliver()
      return listMails(sql, vault)
    }
  }
}

const unfiredSentence = ({ id, state, rule }: FaultState): string =>
  `the fault ${id} never struck${state === 'expired' ? ', its time is over' : ''}: ${JSON.stringify(rule)}`
