/** Opens one server of an emulator: the app on other adapters, with an interceptor around its routes. */
import { createTableCopies } from './adapters/database/table-copies.ts'
import { findMisfitRows, listBlobs, readTables, writeTables } from './adapters/database/table-rows.ts'
import { assemble, type App } from './app.ts'
import type { Overrides } from './app/compose.ts'
import { readVersion, type Config } from './config.ts'
import type { EmulatedServer } from './emulator/emulated-server.ts'
import { createFaults, type FaultState } from './emulator/faults/faults.ts'
import { createInterceptor } from './emulator/interceptor.ts'
import { createJudge } from './emulator/judge/judge.ts'
import { createRunningExchanges } from './emulator/traffic/running-exchanges.ts'
import { createJournal } from './emulator/journal/journal.ts'
import type { Replay } from './emulator/replay/replay.ts'
import { replayRoutes } from './emulator/replay/replay-middleware.ts'
import type { SettableClock } from './emulator/state/clock.ts'
import { hideableBlobs } from './emulator/state/hidden-blobs.ts'
import type { RefCountedBlobs } from './emulator/state/ref-counted-blobs.ts'
import { firstAccount, passwordIn, textsOf, type Seed } from './emulator/state/seed.ts'
import type { SeedableIds } from './emulator/state/seeded-ids.ts'
import { createServerState } from './emulator/state/server-state.ts'
import type { Strictness } from './emulator/traffic/strictness.ts'
import type { Tunnels } from './http/tunnels.ts'
import type { Opened } from './open-folder.ts'
import type { Clock, KeyPair } from './ports.ts'

/** What one server is opened with. */
export interface ServerOptions {
  readonly id: string
  readonly apiKey: string
  readonly config: Config
  /** Its blobs are those of `sharedBlobs`. */
  readonly opened: Opened
  readonly sharedBlobs: RefCountedBlobs
  readonly clock: SettableClock
  readonly ids: SeedableIds
  readonly overrides: Overrides
  /** What a reset applies until another seed was applied. */
  readonly seed: Seed
  /** Whether the data outlive the process. */
  readonly isPersistent: boolean
  readonly strict: Strictness
  /** How many exchanges are kept; undefined: as many as by default. */
  readonly journalSize: number | undefined
  /** The key of the hashes that stand for secrets in the journal. */
  readonly journalKey: Buffer
  /** Of the main server: the hosts that it answers for as a proxy for HTTPS. */
  readonly tunnels?: Tunnels | undefined
  /** Of its addresses with TLS, where the settings name no certificate. */
  readonly keyPair?: KeyPair | undefined
  /** Of the main server: what answers in place of its own routes. */
  readonly replay?: Replay | undefined
  /** Measures how long a fault is active. */
  readonly realClock: Clock
}

/** Tests of clients log in with wrong passwords all day, from one address. */
const EMULATOR_POLICY = { limitsAttempts: false }

/** Opens a server, and its app, which listens where the main server does. Closes what it has opened when it fails. */
export async function openEmulatedServer (options: ServerOptions): Promise<{ readonly server: EmulatedServer, readonly app: App }> {
  const { id, apiKey, config, opened, sharedBlobs, clock, ids, overrides, seed, isPersistent, strict, journalSize, journalKey, realClock, tunnels, keyPair, replay } = options
  const holder = {}
  const blobs = hideableBlobs(sharedBlobs.viewFor(holder))
  const running = createRunningExchanges()
  const faults = createFaults(strict === 'fail', realClock.now, id => { running.end(id).catch(() => undefined) })
  const journal = createJournal(journalKey, journalSize)
  let seedInUse = seed
  const judge = createJudge({ mask: journal.mask, passwordOf: user => passwordIn(seedInUse, user), seedTexts: () => textsOf(seedInUse) })
  const app = await assemble(config, { ...opened, ports: { ...opened.ports, blobs } }, { ...overrides, policy: EMULATOR_POLICY }, ({ ports, policy, log }) => {
    const report = (error: unknown) => { log.error({ err: error }, 'the emulator failed') }
    const { front, dispatch, ...others } = createInterceptor({ ports, policy, faults, journal, running, strict, report })
    const replayed = replay === undefined ? undefined : replayRoutes(replay, dispatch, report)
    return { ...others, front: routes => front(replayed?.(routes) ?? routes), dispatch, tunnels, keyPair }
  })
  const { ports, policy, routes, sweep, deliver } = app
  journal.onSettled(settled => {
    // A judge that fails must not fail the exchange.
    try {
      judge.see(settled)
    } catch (error) {
      app.log.error({ err: error }, 'the judge failed')
    }
  })
  const state = createServerState({
    surroundings: app,
    clock,
    ids,
    blobs,
    sharedBlobs,
    holder,
    copies: isPersistent ? undefined : createTableCopies(ports.sql),
    listBlobs: () => listBlobs(ports.sql),
    readTables: () => readTables(ports.sql),
    writeTables: tables => writeTables(ports.sql, tables),
    findMisfit: findMisfitRows,
    async clearTraffic () {
      faults.clear()
      await running.ended()
      journal.clear()
      replay?.rewind()
    },
    noteReplaced (applied) {
      seedInUse = applied ?? seedInUse
      judge.forget(applied === undefined)
    }
  }, seed)

  async function close (): Promise<void> {
    journal.stopWaiting()
    await running.end()
    if (isPersistent) await state.releaseSnapshots()
    await app.close()
  }

  const server: EmulatedServer = {
    id,
    apiKey,
    account: firstAccount(seed),
    ports,
    policy,
    version: readVersion(),
    clock,
    ids,
    blobs,
    sharedBlobs,
    faults,
    journal,
    running,
    judge,
    state,
    replay,
    routes,
    sweep,
    deliver,
    listProblems: () => ({
      unfired: faults.listUnfired().map(describeUnfired),
      lint: strict === 'fail' ? journal.listLint().map(sentence => `against the guide: ${sentence}`) : []
    }),
    close
  }
  return { server, app }
}

const describeUnfired = ({ id, state, rule }: FaultState): string =>
  `the fault ${id} was never applied${state === 'expired' ? ' before it expired' : ''}: ${JSON.stringify(rule)}`
