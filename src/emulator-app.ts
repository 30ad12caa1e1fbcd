/** The emulator put together: the app on other adapters. `serve` never loads this. */
import { openTransient } from './adapters/embedded.ts'
import { systemClock, systemIds } from './adapters/system.ts'
import { assemble, openFolder, type App, type Opened, type Overrides } from './app.ts'
import type { Config } from './config.ts'
import { settableClock, type SettableClock } from './emulator/clock.ts'
import { plant } from './emulator/plant.ts'
import { firstAccount, loadSeed } from './emulator/seed.ts'
import type { Clock, Mail } from './ports.ts'
import { listMails } from './store/mails.ts'
import { listUsers } from './store/users.ts'

/** The backend of those who write clients: the same server on other adapters, with a clock and a state that tests set. */
export interface Emulator extends App {
  /** The first account of the seed. */
  readonly account: { readonly user: string, readonly password: string } | undefined
  readonly clock: SettableClock
  /** All mails that were written, oldest first; none leaves the emulator. */
  listMails (): Promise<readonly Mail[]>
}

export interface EmulatorOptions {
  /** A folder that keeps everything; without it all is in memory. */
  readonly data?: string | undefined
  /** As `loadSeed` takes it. */
  readonly seed: string | object
}

/** Throws StorageProblem and DocumentProblem. */
export async function createEmulator (config: Config, { data, seed }: EmulatorOptions, overrides: Overrides = {}): Promise<Emulator> {
  const planted = await loadSeed(seed)
  const clock = settableClock(systemClock)
  const { storage, opened } = data === undefined ? await openMemory(clock) : await openData(config, data, clock)
  const app = await assemble({ ...config, storage }, opened, overrides)
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
    account: firstAccount(planted),
    async listMails () {
      await app.deliver()
      return listMails(app.ports.sql, app.ports.vault)
    }
  }
}

/** `storage` is the folder of blobs, and of what else the server writes. */
interface Opening {
  readonly storage: string
  readonly opened: Opened
}

async function openMemory (clock: Clock): Promise<Opening> {
  const { folder, ports, remove } = await openTransient(clock, systemIds)
  return { storage: folder, opened: { ports, release: remove } }
}

async function openData (config: Config, storage: string, clock: Clock): Promise<Opening> {
  return { storage, opened: await openFolder({ ...config, storage }, 'emulator', clock, systemIds) }
}
