/** The emulator put together: the app on other adapters, with the control plane in front of its routes. `serve` never loads this. */
import { openTransient } from './adapters/embedded.ts'
import { systemClock, systemIds } from './adapters/system.ts'
import { assemble, openFolder, type App, type Opened, type Overrides } from './app.ts'
import { readVersion, type Config } from './config.ts'
import { newKey } from './domain/identifiers.ts'
import { advance, type Advanced } from './emulator/advance.ts'
import { settableClock, type SettableClock } from './emulator/clock.ts'
import { createFaults, type Faults, type FaultState } from './emulator/faults.ts'
import { createFront } from './emulator/front.ts'
import { isLoopback } from './emulator/guard.ts'
import { hidingBlobs } from './emulator/hidden-blobs.ts'
import { createJournal, type Journal } from './emulator/journal.ts'
import { plant } from './emulator/plant.ts'
import { firstAccount, loadSeed } from './emulator/seed.ts'
import type { Strictness } from './emulator/strictness.ts'
import { createWatch } from './emulator/watch.ts'
import type { Clock, Mail } from './ports.ts'
import { listMails } from './store/mails.ts'
import { listUsers } from './store/users.ts'

/** The backend of those who write clients: the same server on other adapters, with a clock and a state that tests set. */
export interface Emulator extends App {
  /** The first account of the seed. */
  readonly account: { readonly user: string, readonly password: string } | undefined
  readonly clock: SettableClock
  /** Lets so many milliseconds pass at once; what falls due in them has happened then. */
  advance (by: number): Promise<Advanced>
  readonly faults: Faults
  readonly journal: Journal
  /** What control calls need, on any address but loopback ones. */
  readonly controlToken: string | undefined
  /** Faults that were armed for nothing, and with `strict` fail what the client did against the guide: a sentence each. */
  listProblems (): { readonly unfired: readonly string[], readonly lint: readonly string[] }
  /** All mails that were written, oldest first; none leaves the emulator. */
  listMails (): Promise<readonly Mail[]>
}

export interface EmulatorOptions {
  /** A folder that keeps everything; without it all is in memory. */
  readonly data?: string | undefined
  /** As `loadSeed` takes it. */
  readonly seed: string | object
  /** For control calls; needed, and made when it is not given, on any address but loopback ones. */
  readonly token?: string | undefined
  /** What comes of mistakes of a client that the API forgives. */
  readonly strict?: Strictness | undefined
}

/** Throws StorageProblem and DocumentProblem. */
export async function createEmulator (config: Config, { data, seed, token, strict = 'off' }: EmulatorOptions, overrides: Overrides = {}): Promise<Emulator> {
  const planted = await loadSeed(seed)
  const clock = settableClock(systemClock)
  const { storage, opened } = data === undefined ? await openMemory(clock) : await openData(config, data, clock)
  const blobs = hidingBlobs(opened.ports.blobs)
  const isReachable = [config, ...config.listen].some(({ host }) => !isLoopback(host))
  const controlToken = token ?? (isReachable ? newKey(systemIds) : undefined)
  const faults = createFaults(strict === 'fail', systemClock.now)
  const journal = createJournal(systemIds.bytes(32))
  const app = await assemble({ ...config, storage }, { ...opened, ports: { ...opened.ports, blobs } }, overrides, ({ ports, policy, log, sweep }) => {
    const report = (error: unknown) => { log.error({ err: error }, 'the emulator failed') }
    const watch = createWatch({ ports, policy, faults, journal, strict, report })
    const front = createFront({ ports, policy, blobs, version: readVersion(), faults, journal, clock, sweep }, controlToken, report)
    return { front: routes => front(watch.front(routes)), dispatch: watch.dispatch }
  })
  try {
    // What an earlier run kept is not planted again.
    if ((await listUsers(app.ports.sql)).length === 0) await plant(planted, app)
  } catch (error) {
    await app.close()
    throw error
  }
  return {
    ...app,
    clock,
    advance: by => advance(by, { ...app, clock }),
    faults,
    journal,
    controlToken,
    account: firstAccount(planted),
    listProblems: () => ({
      unfired: faults.listUnfired().map(unfiredSentence),
      lint: strict === 'fail' ? journal.listLint().map(sentence => `against the guide: ${sentence}`) : []
    }),
    async close () {
      journal.end()
      await app.close()
    },
    async listMails () {
      await app.deliver()
      return listMails(app.ports.sql, app.ports.vault)
    }
  }
}

const unfiredSentence = ({ id, state, rule }: FaultState): string =>
  `the fault ${id} never struck${state === 'expired' ? ', its time is over' : ''}: ${JSON.stringify(rule)}`

/** `storage` is the folder of blobs, and of what else the server writes. */
interface Opening {
  readonly storage: string
  readonly opened: Opened
}

async function openMemory (clock: Clock): Promise<Opening> {
  const { folder, ports, remove } = await openTransient(clock, systemIds)
  return { storage: folder, opened: { ports, release: remove } }
}

/** Always a folder: a bucket may be that of a server with files that matter. */
async function openData (config: Config, storage: string, clock: Clock): Promise<Opening> {
  return { storage, opened: await openFolder({ ...config, storage, blobs: undefined }, 'emulator', clock, systemIds) }
}
