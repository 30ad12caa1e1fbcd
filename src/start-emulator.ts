/** `respace/emulator`: the emulator in the process of a test. */
import { join } from 'node:path'
import { systemClock } from './adapters/system.ts'
import { makeThrowawayAuthority } from './adapters/tls/throwaway-authority.ts'
import { clientEnvironment, trustEnvironment } from './as-sendspace/client-environment.ts'
import { writeTrustFiles } from './as-sendspace/trust-files.ts'
import { EMULATOR_DEFAULTS, environmentWith, loadConfig } from './config.ts'
import { SENDSPACE_HOSTS } from './domain/network/sendspace-hosts.ts'
import { createEmulator, type Emulator } from './emulator-app.ts'
import { sandboxUrls, serverUrls } from './emulator/control/control-paths.ts'
import { createNodeClient, type CloseOptions, type RunningServer } from './emulator/control/node-client.ts'
import { requireKnownOptions } from './emulator/control/option-names.ts'
import { pathName } from './emulator/control/path-name.ts'
import type { FaultRuleInput } from './emulator/faults/fault-rule-input.ts'
import type { FaultState } from './emulator/faults/faults.ts'
import type { Expectation, JournalQuery, Order, Search, Wait } from './emulator/journal/journal-query.ts'
import type { Entry } from './emulator/journal/entry.ts'
import { MAX_JOURNAL_SIZE } from './emulator/journal/journal.ts'
import type { TextMatcher } from './emulator/journal/text-matcher.ts'
import type { JudgeReport } from './emulator/judge/judge-report.ts'
import type { JudgeFormat } from './emulator/judge/write-report.ts'
import type { ReplayState } from './emulator/replay/replay.ts'
import { loadSeed } from './emulator/state/seed.ts'
import type { AccountInput, FileInput, NewAccountInput, SystemInput } from './emulator/state/state-input.ts'
import { STRICTNESSES, type Strictness } from './emulator/traffic/strictness.ts'

export type {
  AccountInput, CloseOptions, Entry, Expectation, FaultRuleInput as FaultRule, FaultState, FileInput, JournalQuery, JudgeFormat, JudgeReport, NewAccountInput, Order, ReplayState, RunningServer,
  Search, Strictness, SystemInput, TextMatcher, Wait
}

export interface StartOptions {
  /** 0, the default, picks a free port. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** `demo` (the default), `none`, the name of a YAML or JSON file, or the seed itself as data. */
  readonly seed?: string | object
  /** A folder that keeps everything for the next start; not given: all is in memory and gone after `close`. */
  readonly data?: string
  /** Makes keys and ids repeatable, those of the seed too. */
  readonly ids?: number | string
  /** For control calls. Not given: a random one, unless all addresses are loopback ones, where none is needed. */
  readonly controlToken?: string
  /** How protocol violations that the API forgives are reported: `off` (the default), `warn` or `fail`. */
  readonly strict?: Strictness
  /** How many exchanges the journal keeps, of each sandbox too: 1 to 1000000, default 10000. */
  readonly journalSize?: number
  /** A file with settings and plans, YAML or JSON, as for `dev`; host and port are those above. */
  readonly config?: string
  /** The name of a recording, by `respace record`, that answers instead of the server itself. */
  readonly replay?: string
  /** Whether programs with a built-in https://api.sendspace.com reach it: see `RunningEmulator.environment`. */
  readonly asSendspace?: boolean
  /** Whether it listens with TLS, and a certificate of a new authority: see `RunningEmulator.authority` and `environment`. */
  readonly tls?: boolean
  /** Gets the log, as lines of JSON; not given: nothing is logged. */
  readonly log?: { write (line: string): void }
}

export interface RunningEmulator extends RunningServer {
  /** What control calls must send as a bearer token, unless all addresses are loopback ones. */
  readonly controlToken: string | undefined
  /** With `asSendspace` or `tls`: variables for a program that make it trust the authority, and with `asSendspace` take the emulator as its proxy. {} otherwise. */
  readonly environment: Readonly<Record<string, string>>
  /** With `asSendspace` or `tls`: the certificate of the authority, PEM. */
  readonly authority: string | undefined
  /** With the option `replay`: what of the recording was used; undefined otherwise. */
  replay (): ReplayState | undefined
  /** Opens another server in the same emulator, for a test that runs in parallel with others. */
  sandbox (options?: SandboxOptions): Promise<RunningSandbox>
}

/** Closed by its emulator, or earlier by itself. */
export interface RunningSandbox extends RunningServer {
  readonly id: string
  /** An endpoint of its API that needs no API key to select it. */
  readonly pathUrl: string
}

export interface SandboxOptions {
  /** Up to 40 letters, digits, - and _; not given: random. Repeatable ids repeat under the same id. */
  readonly id?: string
  /** As `StartOptions.seed`. */
  readonly seed?: string | object
  /** Freezes its clock there; not given: it runs with the real time. */
  readonly clock?: Date
  /** As `StartOptions.ids`. */
  readonly ids?: number | string
}

/** Starts an emulator; any number may run in one process. Rejects when the port is taken or the seed is wrong. */
export async function startEmulator (options: StartOptions = {}): Promise<RunningEmulator> {
  requireKnownOptions(options, START_OPTIONS, 'startEmulator')
  const { port = 0, host = '127.0.0.1', seed = 'demo', data, controlToken, strict = 'off', journalSize, config: settingsFile, replay, asSendspace = false, tls = false, log, ids } = options
  if (!STRICTNESSES.includes(strict)) throw new TypeError(`startEmulator: strict is off, warn or fail, not ${JSON.stringify(strict)}`)
  if (journalSize !== undefined && !(Number.isInteger(journalSize) && journalSize >= 1 && journalSize <= MAX_JOURNAL_SIZE)) throw new TypeError(`startEmulator: journalSize is a whole number from 1 to ${MAX_JOURNAL_SIZE}, not ${JSON.stringify(journalSize)}`)
  const config = await loadConfig({ config: settingsFile, port: String(port), host, logLevel: log ? 'info' : 'silent' }, {}, EMULATOR_DEFAULTS)
  const names = [...asSendspace ? SENDSPACE_HOSTS : [], ...tls ? new Set(['localhost', '127.0.0.1', '::1', host]) : []]
  const authority = names.length > 0 ? await makeThrowawayAuthority(names, systemClock.now()) : undefined
  const tunnels = asSendspace && authority !== undefined ? { hosts: SENDSPACE_HOSTS, pair: authority.pair } : undefined
  const listen = tls ? [...config.listen, { host, port: 0, isSecure: true }] : config.listen
  const emulator = await createEmulator({ ...config, listen }, { data, seed, ids, token: controlToken, strict, journalSize, replay, tunnels, keyPair: authority?.pair }, { logStream: log ?? NO_LOG })
  try {
    const [plainUrl = '', ...others] = await emulator.listen()
    const url = tls ? others.at(-1) ?? '' : plainUrl
    const environment = authority === undefined ? {} : await environmentFor(authority.cert, asSendspace ? plainUrl : undefined, emulator.folder)
    return {
      ...createNodeClient(emulator.main, serverUrls(url), emulator),
      controlToken: emulator.controlToken,
      ...emulator.judged,
      environment,
      authority: authority?.cert,
      replay: () => emulator.main.replay?.state(),
      sandbox: options => openSandbox(emulator, url, options)
    }
  } catch (error) {
    await emulator.close()
    throw error
  }
}

/** `proxy` is the address that stands for those of sendspace; undefined: none does. */
async function environmentFor (authority: string, proxy: string | undefined, folder: string): Promise<Readonly<Record<string, string>>> {
  const files = await writeTrustFiles(join(folder, 'trust'), authority)
  const inherited = environmentWith({})
  return proxy === undefined ? trustEnvironment(files, inherited) : clientEnvironment(proxy, files, inherited)
}

const START_OPTIONS: ReadonlyArray<keyof StartOptions> = ['port', 'host', 'seed', 'data', 'ids', 'controlToken', 'strict', 'journalSize', 'config', 'replay', 'asSendspace', 'tls', 'log']
const SANDBOX_OPTIONS: ReadonlyArray<keyof SandboxOptions> = ['id', 'seed', 'clock', 'ids']

const NO_LOG = { write: () => undefined }

async function openSandbox ({ sandboxes }: Emulator, emulatorUrl: string, options: SandboxOptions = {}): Promise<RunningSandbox> {
  requireKnownOptions(options, SANDBOX_OPTIONS, 'sandbox')
  const { seed = 'demo', clock, id, ids } = options
  const server = await sandboxes.create({
    seed: await loadSeed(seed),
    ...(id !== undefined && { id: pathName(id, '/id') }),
    ...(clock !== undefined && { clock: clock.getTime() }),
    ...(ids !== undefined && { ids })
  })
  let wasOpen = false
  const close = async () => { wasOpen = await sandboxes.remove(server.id, true) }
  // The problems of a sandbox that its emulator has closed were reported by the emulator.
  const listProblems = () => wasOpen ? server.listProblems() : { unfired: [], lint: [] }
  const urls = sandboxUrls(server.id, emulatorUrl)
  return { ...createNodeClient(server, urls, { close, listProblems }), id: server.id, pathUrl: urls.pathUrl }
}
