/** The emulator put together: the app on other adapters, with the control plane in front of its routes. `serve` never loads this. */
import type { RequestListener } from 'node:http'
import { openTemporaryBlobs, openTransient } from './adapters/storage/embedded.ts'
import { systemClock, systemIds } from './adapters/system.ts'
import type { App, Overrides } from './app.ts'
import type { Config } from './config.ts'
import { newKey } from './domain/identifiers.ts'
import { openInstance, type EmulatorInstance, type InstanceOptions } from './open-emulated-server.ts'
import { settableClock, type SettableClock } from './emulator/state/clock.ts'
import { createControlServer } from './emulator/control/control-server.ts'
import { isLoopback } from './emulator/control/guard.ts'
import { createSandboxRouter } from './emulator/control/sandbox-router.ts'
import { createSandboxes, type OpenSandbox, type Sandboxes } from './emulator/control/sandboxes.ts'
import { firstAccount, loadSeed } from './emulator/state/seed.ts'
import { seedableIds, type IdSeed, type SeedableIds } from './emulator/state/seeded-ids.ts'
import { refCountedBlobs, type RefCountedBlobs } from './emulator/state/ref-counted-blobs.ts'
import type { Strictness } from './emulator/traffic/strictness.ts'
import { basePathOf, withoutBase } from './http/request/request-target.ts'
import { openFolder, type Opened } from './open-folder.ts'
import type { Blobs } from './ports.ts'
import { listUsers } from './store/accounts/users.ts'

/** The backend of those who write clients: the same server on other adapters, with a clock and a state that tests set. */
export interface Emulator extends App, Omit<EmulatorInstance, 'app'> {
  /** The first account of the seed. */
  readonly account: { readonly user: string, readonly password: string } | undefined
  /** What control calls need, on any address but loopback ones. */
  readonly controlToken: string | undefined
  readonly sandboxes: Sandboxes
}

export interface EmulatorOptions {
  /** A folder that keeps everything; without it all is in memory. */
  readonly data?: string | undefined
  /** As `loadSeed` takes it. */
  readonly seed: string | object
  /** Makes keys and ids repeatable. */
  readonly ids?: IdSeed | undefined
  /** For control calls; needed, and made when it is not given, on any address but loopback ones. */
  readonly token?: string | undefined
  /** What comes of mistakes of a client that the API forgives. */
  readonly strict?: Strictness | undefined
}

/** Throws StorageProblem and DocumentProblem. */
export async function createEmulator (config: Config, { data, seed, ids, token, strict = 'off' }: EmulatorOptions, overrides: Overrides = {}): Promise<Emulator> {
  const planted = await loadSeed(seed)
  const isReachable = [config, ...config.listen].some(({ host }) => !isLoopback(host))
  const controlToken = token ?? (isReachable ? newKey(systemIds) : undefined)
  const scratch = await openTemporaryBlobs()
  const shared = refCountedBlobs(scratch.blobs)
  const common = { overrides: { ...overrides, logStream: overrides.logStream ?? process.stdout }, strict, salt: systemIds.bytes(32), realClock: systemClock }
  const sandboxes = createSandboxes(systemIds, sandboxOpener(config, scratch.folder, scratch.blobs, shared, common))

  async function openMain (): Promise<EmulatorInstance> {
    const chance = chanceOf('', ids)
    const opened = data === undefined
      ? await openInMemory(scratch.blobs, chance)
      : await openFolder({ ...config, storage: data, database: undefined, redis: undefined, blobs: undefined }, 'emulator', chance.clock, chance.ids)
    return openInstance({
      ...common,
      ...chance,
      config: { ...config, storage: data ?? scratch.folder },
      opened,
      shared: data === undefined ? shared : refCountedBlobs(opened.ports.blobs),
      seed: planted,
      isLasting: data !== undefined,
      sandboxes
    })
  }

  const main = await openMain().catch(async (error: unknown) => {
    await scratch.remove()
    throw error
  })
  const { app, world, listProblems, ...others } = main
  async function close (): Promise<void> {
    world.journal.stopWaiting()
    if (data !== undefined) await world.state.letGo()
    await app.close()
    await sandboxes.close()
    await scratch.remove()
  }
  try {
    // What an earlier run kept is not planted again.
    if ((await listUsers(app.ports.sql)).length === 0) await world.state.seed(planted)
  } catch (error) {
    await close()
    throw error
  }
  const report = (error: unknown) => { app.log.error({ err: error }, 'the emulator failed') }
  const routes = createControlServer(world, controlToken, report, systemClock.now)(createSandboxRouter(sandboxes, world, app.routes, report))
  const base = config.publicUrl === undefined ? '' : basePathOf(config.publicUrl)
  const answer: RequestListener = (request, response) => {
    request.url = withoutBase(request.url ?? '/', base)
    routes(request, response)
  }
  return {
    ...app,
    ...others,
    world,
    sandboxes,
    controlToken,
    account: firstAccount(planted),
    listProblems () {
      const [own, theirs] = [listProblems(), sandboxes.listProblems()]
      return { unfired: [...own.unfired, ...theirs.unfired], lint: [...own.lint, ...theirs.lint] }
    },
    listen: () => app.listen(answer),
    close
  }
}

interface Chance {
  readonly clock: SettableClock
  readonly ids: SeedableIds
}

/** Time and ids of one server: it stands still at `frozenAt`, if anywhere. */
function chanceOf (name: string, seed: IdSeed | undefined, frozenAt?: number): Chance {
  const clock = settableClock(systemClock)
  if (frozenAt !== undefined) clock.freeze(frozenAt)
  const ids = seedableIds(systemIds, name)
  ids.seed(seed)
  return { clock, ids }
}

async function openInMemory (blobs: Blobs, { clock, ids }: Chance): Promise<Opened> {
  return { ports: await openTransient(blobs, clock, ids), release: async () => undefined }
}

function sandboxOpener (
  config: Config, folder: string, blobs: Blobs, shared: RefCountedBlobs, common: Pick<InstanceOptions, 'overrides' | 'strict' | 'salt' | 'realClock'>
): OpenSandbox {
  return async ({ id, apiKey, seed = { accounts: [] }, clock, ids }) => {
    const chance = chanceOf(id, ids, clock)
    const apiKeys = config.apiKeys === 'any' ? config.apiKeys : new Set([apiKey])
    const instance = await openInstance({
      ...common,
      ...chance,
      // It listens on nothing, and so has no certificates.
      config: { ...config, storage: folder, apiKeys, listen: [], tls: undefined, tlsCert: undefined, tlsKey: undefined },
      opened: await openInMemory(blobs, chance),
      shared,
      seed,
      isLasting: false
    })
    const { app, world } = instance
    async function close (): Promise<void> {
      world.journal.stopWaiting()
      await world.state.clear()
      await app.close()
    }
    try {
      await world.state.seed(seed)
      await app.start()
    } catch (error) {
      await close()
      throw error
    }
    return { ...instance, id, apiKey, account: firstAccount(seed), routes: app.routes, close }
  }
}
