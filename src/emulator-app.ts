/** The emulator: a main server, sandboxes, and control calls. `serve` never loads this. */
import type { RequestListener } from 'node:http'
import { openTemporaryBlobs, openTransient } from './adapters/storage/embedded.ts'
import { systemClock, systemIds } from './adapters/system.ts'
import type { App } from './app.ts'
import type { Overrides } from './app/compose.ts'
import { sampleKey, type Config } from './config.ts'
import { newKey } from './domain/identifiers.ts'
import { SENDSPACE_HOSTS } from './domain/network/sendspace-hosts.ts'
import { createControlServer } from './emulator/control/control-server.ts'
import { isLoopback } from './emulator/control/guard.ts'
import { judgedBy } from './emulator/control/judge-calls.ts'
import { createSandboxRouter } from './emulator/control/sandbox-router.ts'
import { createSandboxes, type OpenSandbox, type Sandboxes } from './emulator/control/sandboxes.ts'
import type { EmulatedServer } from './emulator/emulated-server.ts'
import { countsLine } from './emulator/judge/counts-line.ts'
import { judgeFormatOf, type JudgeFormat } from './emulator/judge/write-report.ts'
import { readRecording } from './emulator/replay/recording-file.ts'
import { createReplay } from './emulator/replay/replay.ts'
import { settableClock, type SettableClock } from './emulator/state/clock.ts'
import { refCountedBlobs } from './emulator/state/ref-counted-blobs.ts'
import { loadSeed, type Seed } from './emulator/state/seed.ts'
import { seedableIds, type IdSeed, type SeedableIds } from './emulator/state/seeded-ids.ts'
import type { Strictness, SuiteProblems } from './emulator/traffic/strictness.ts'
import { originFormReader } from './http/request/request-target.ts'
import type { Tunnels } from './http/tunnels.ts'
import { openEmulatedServer, type ServerOptions } from './open-emulated-server.ts'
import { openFolder, type Opened } from './open-folder.ts'
import type { Blobs, KeyPair } from './ports.ts'
import { listUsers } from './store/accounts/users.ts'

/** For commands. */
export { countsLine, judgeFormatOf, type JudgeFormat }

/** A main server that listens, and the sandboxes that it answers for. */
export interface Emulator extends App {
  readonly main: EmulatedServer
  readonly sandboxes: Sandboxes
  /** What control calls must send, unless all addresses are loopback ones. */
  readonly controlToken: string | undefined
  /** A private folder for files that it needs, gone after `close`. */
  readonly folder: string
  /** Of the main server, and of closed sandboxes. */
  listProblems (): SuiteProblems
  /** What clients have done right and wrong, in all servers. */
  readonly judged: ReturnType<typeof judgedBy>
}

/** How an emulator starts. */
export interface EmulatorOptions {
  /** A folder that keeps everything; not given: all is in memory. */
  readonly data?: string | undefined
  /** As `loadSeed` takes it. */
  readonly seed: string | object
  /** Makes keys and ids repeatable. */
  readonly ids?: IdSeed | undefined
  /** For control calls. Not given: a random one, where one is needed. */
  readonly token?: string | undefined
  readonly strict?: Strictness | undefined
  /** How many exchanges the journal of each server keeps; not given: DEFAULT_JOURNAL_SIZE. */
  readonly journalSize?: number | undefined
  /** A recording that answers in place of the main server's routes. */
  readonly replay?: string | undefined
  /** The hosts that it answers for as a proxy for HTTPS; not given: none. */
  readonly tunnels?: Tunnels | undefined
  /** Of its addresses with TLS, where the settings name no certificate. */
  readonly keyPair?: KeyPair | undefined
}

type SharedOptions = Pick<ServerOptions, 'overrides' | 'strict' | 'journalSize' | 'journalKey' | 'realClock' | 'sharedBlobs'>

/** Throws StorageProblem and DocumentProblem. */
export async function createEmulator (config: Config, options: EmulatorOptions, overrides: Overrides = {}): Promise<Emulator> {
  const { token, strict = 'off', journalSize } = options
  const seed = await loadSeed(options.seed)
  const replay = options.replay === undefined ? undefined : createReplay(await readRecording(options.replay), options.replay)
  const scratch = await openTemporaryBlobs()
  const shared = {
    overrides: { ...overrides, logStream: overrides.logStream ?? process.stdout }, strict, journalSize, journalKey: systemIds.bytes(32), realClock: systemClock, sharedBlobs: refCountedBlobs(scratch.blobs)
  }
  const sandboxes = createSandboxes(systemIds, sandboxOpener(config, scratch, shared))
  const { server: main, app } = await openMain(config, options, seed, scratch, { ...shared, replay, tunnels: options.tunnels, keyPair: options.keyPair }).catch(async (error: unknown) => {
    await scratch.remove()
    throw error
  })

  async function close (): Promise<void> {
    await main.close()
    await sandboxes.close()
    await scratch.remove()
  }
  try {
    // Data that an earlier run kept are not seeded again.
    if ((await listUsers(main.ports.sql)).length === 0) await main.state.seed(seed)
  } catch (error) {
    await close()
    throw error
  }
  const report = (error: unknown) => { app.log.error({ err: error }, 'the emulator failed') }
  const controlToken = token ?? (isReachable(config) ? newKey(systemIds) : undefined)
  const withControl = createControlServer({ main, sandboxes, token: controlToken, proxied: config.proxyMode ? SENDSPACE_HOSTS : [], report, now: systemClock.now })
  const routes = withOriginForm(config, withControl(createSandboxRouter(sandboxes, main, report)))
  return {
    ...app,
    main,
    sandboxes,
    controlToken,
    folder: scratch.folder,
    listProblems () {
      const [ofMain, ofSandboxes] = [main.listProblems(), sandboxes.listProblems()]
      return { unfired: [...ofMain.unfired, ...ofSandboxes.unfired], lint: [...ofMain.lint, ...ofSandboxes.lint] }
    },
    judged: judgedBy({ server: main, sandboxes }),
    listen: () => app.listen(routes),
    close
  }
}

type Scratch = Awaited<ReturnType<typeof openTemporaryBlobs>>

async function openMain (config: Config, { data, ids }: EmulatorOptions, seed: Seed, { folder, blobs }: Scratch, shared: SharedOptions & Pick<ServerOptions, 'keyPair' | 'replay' | 'tunnels'>) {
  const clockAndIds = createClockAndIds('', ids)
  const opened = data === undefined
    ? await openInMemory(blobs, clockAndIds)
    : await openFolder({ ...config, storage: data, database: undefined, redis: undefined, blobs: undefined }, 'emulator', clockAndIds.clock, clockAndIds.ids)
  return openEmulatedServer({
    ...shared,
    ...clockAndIds,
    id: '',
    apiKey: sampleKey(config),
    config: { ...config, storage: data ?? folder },
    opened,
    sharedBlobs: data === undefined ? shared.sharedBlobs : refCountedBlobs(opened.ports.blobs),
    seed,
    isPersistent: data !== undefined
  })
}

function sandboxOpener (config: Config, { folder, blobs }: Scratch, shared: SharedOptions): OpenSandbox {
  return async ({ id, apiKey, seed = { accounts: [] }, clock: frozenAt, ids }) => {
    const clockAndIds = createClockAndIds(id, ids, frozenAt)
    const apiKeys = config.apiKeys === 'any' ? config.apiKeys : new Set([apiKey])
    const { server, app } = await openEmulatedServer({
      ...shared,
      ...clockAndIds,
      id,
      apiKey,
      // It listens on no address, and so has no certificates.
      config: { ...config, storage: folder, apiKeys, listen: [], tls: undefined, tlsCert: undefined, tlsKey: undefined },
      opened: await openInMemory(blobs, clockAndIds),
      seed,
      isPersistent: false
    })
    async function close (): Promise<void> {
      server.journal.stopWaiting()
      await server.running.end()
      // Its bytes are in the folder that all share.
      await server.state.clear()
      await server.close()
    }
    try {
      await server.state.reset()
      await app.start()
    } catch (error) {
      await close()
      throw error
    }
    return { ...server, close }
  }
}

interface ClockAndIds {
  readonly clock: SettableClock
  readonly ids: SeedableIds
}

function createClockAndIds (serverId: string, seed: IdSeed | undefined, frozenAt?: number): ClockAndIds {
  const clock = settableClock(systemClock)
  if (frozenAt !== undefined) clock.freeze(frozenAt)
  const ids = seedableIds(systemIds, serverId)
  ids.seed(seed)
  return { clock, ids }
}

async function openInMemory (blobs: Blobs, { clock, ids }: ClockAndIds): Promise<Opened> {
  return { ports: await openTransient(blobs, clock, ids), release: async () => undefined }
}

const isReachable = (config: Config): boolean => [config, ...config.listen].some(({ host }) => !isLoopback(host))

/** Takes off the path of --public-url, which a reverse proxy may leave on, and the host that programs send to a proxy. */
function withOriginForm (config: Config, routes: RequestListener): RequestListener {
  const read = originFormReader(config)
  return (request, response) => {
    request.url = read(request) ?? request.url
    routes(request, response)
  }
}
