/** `respace/emulator`: the emulator in the process of a test. */
import { EMULATOR_DEFAULTS, readConfig, readVersion, sampleKey } from './config.ts'
import { createEmulator, type Emulator } from './emulator-app.ts'
import type { Advanced } from './emulator/state/advance-clock.ts'
import type { FaultState } from './emulator/faults/faults.ts'
import type { Entry, Journal } from './emulator/journal/journal.ts'
import { writeHar } from './emulator/journal/har.ts'
import { findEntries, readExpectation, readJournalQuery, readWait, verifyCount, waitForEntries, type Expectation, type JournalQuery, type Wait } from './emulator/journal/journal-query.ts'
import { SANDBOX_PREFIX } from './emulator/control/sandboxes.ts'
import { loadSeed } from './emulator/state/seed.ts'
import type { FaultRuleInput } from './emulator/faults/fault-rule-input.ts'
import { shortName } from './emulator/control/state-calls.ts'
import { STRICTNESSES, type Strictness } from './emulator/traffic/strictness.ts'
import { positiveDuration } from './emulator/state/iso-duration.ts'
import type { Mail } from './ports.ts'
import { nearest } from './settings/nearest.ts'

export type { Entry, Expectation, FaultRuleInput as FaultRule, FaultState, JournalQuery, Strictness, Wait }

export interface StartOptions {
  /** 0, the default, picks a free port. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** `demo` (the default), `none`, the name of a YAML or JSON file, or the seed itself as data. */
  readonly seed?: string | object
  /** A folder that keeps everything for the next start; without it all is in memory and gone with `close`. */
  readonly data?: string
  /** Makes keys and ids repeatable, those of the seed too. */
  readonly ids?: number | string
  /** For control calls; needed, and made when it is not given, on any address but a loopback one. */
  readonly controlToken?: string
  /** What comes of mistakes of a client that the API forgives: `off` (the default), `warn` or `fail`. */
  readonly strict?: Strictness
  /** Where the log goes, as lines of JSON; without it nowhere. */
  readonly log?: { write (line: string): void }
}

/** What an emulator and each of its sandboxes have. */
export interface EmulatedServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, of a sandbox with `/_s/ID`; without a final slash. */
  readonly url: string
  /** The endpoint of the API; of a sandbox the same, where `apiKey` tells it from others. */
  readonly restUrl: string
  /** Control calls begin with this: `PATCH ${controlUrl}/accounts/demo`. */
  readonly controlUrl: string
  /** Of the emulator: any other well-formed key is accepted too. Of a sandbox: what leads to it. */
  readonly apiKey: string
  /** The first account of the seed; undefined when it has none. */
  readonly account: { readonly user: string, readonly password: string } | undefined
  readonly clock: {
    /** What time it is for the emulator. */
    now (): Date
    /** Lets it stand still at a moment. */
    freeze (at: Date): void
    /** Lets it run, `by` milliseconds from the real time; 0 is the real time. */
    shift (by: number): void
    /** Lets time pass at once, as milliseconds or as text (`PT25H`, `25 hours`); what falls due in it has happened then, in its order. */
    advance (by: number | string): Promise<Omit<Advanced, 'now'> & { readonly now: Date }>
  }
  /** What goes wrong on purpose, as `POST /faults` takes it. */
  readonly faults: {
    /** Arms a rule. Throws for one that could never strike, with a sentence that says why. */
    add (rule: FaultRuleInput): FaultState
    /** All of them, in the order in which they were armed. */
    list (): readonly FaultState[]
    /** Disarms one; false when there is none of this id. */
    remove (id: string): boolean
    clear (): void
  }
  /** Every exchange, the newest 1000 of them; secrets are hashes, bytes of files size and sha256. */
  readonly journal: {
    list (): readonly Entry[]
    find (query: JournalQuery): readonly Entry[]
    count (query: JournalQuery): number
    /** Throws a sentence that says what was seen instead, unless there were so many; one at least when nothing is said. */
    verify (expectation: Expectation): void
    /** Resolves once so many (1) are there; rejects after `timeoutMs` (5000) of real time. */
    wait (wait: Wait): Promise<readonly Entry[]>
    /** HAR 1.2, as plain data. */
    har (): object
    /** What the client did against the guide, once each. */
    lint (): readonly string[]
    clear (): void
  }
  /** All mails that were written, oldest first; none leaves the emulator. */
  outbox (): Promise<ReadonlyArray<Pick<Mail, 'to' | 'subject' | 'text' | 'html'>>>
  /** Puts everything back as it was when the seed had been planted, and forgets faults. */
  reset (): Promise<void>
  /** Puts a seed in the place of everything, and is what a reset leads to from now on. As `StartOptions.seed`. */
  seed (seed: string | object): Promise<void>
  /** States under names. Rejects for a name that there is not. */
  readonly snapshots: {
    save (name: string): Promise<void>
    restore (name: string): Promise<void>
  }
  /** The same keys and ids from now on as after any other call with this seed; undefined for chance. */
  repeatIds (seed: number | string | undefined): void
  /**
   * Ends it, its sandboxes too, and removes what it kept; no port, no file and no handle is left. Twice does no harm. Rejects afterwards when
   * a fault that was armed never struck, which is a test that did not test what it was written for; and with `strict: 'fail'`
   * when the client did what the guide does not know.
   */
  close (options?: CloseOptions): Promise<void>
}

export interface RunningEmulator extends EmulatedServer {
  /** What control calls need as a bearer token, on any address but a loopback one. */
  readonly controlToken: string | undefined
  /** A server of its own beside it, for a test that runs at the same time as others. */
  sandbox (options?: SandboxOptions): Promise<RunningSandbox>
}

/** Ends with its emulator, or before. */
export interface RunningSandbox extends EmulatedServer {
  readonly id: string
  /** The endpoint of its API that needs no API key to be told from others. */
  readonly pathUrl: string
}

export interface SandboxOptions {
  /** Up to 40 letters, digits, - and _; not given: one is drawn. Repeatable ids repeat under the same id. */
  readonly id?: string
  /** As `StartOptions.seed`. */
  readonly seed?: string | object
  /** Where its clock stands still; without it, it runs with the real time. */
  readonly clock?: Date
  /** As `StartOptions.ids`. */
  readonly ids?: number | string
}

export interface CloseOptions {
  /** `ignore`: faults that never struck are no failure. */
  readonly unfired?: 'ignore'
}

/** Starts an emulator; any number may run in one process. Rejects when the port is taken or the seed is wrong. */
export async function startEmulator (options: StartOptions = {}): Promise<RunningEmulator> {
  requireKnown(options, START_OPTIONS, 'startEmulator')
  const { port = 0, host = '127.0.0.1', seed = 'demo', data, controlToken, strict = 'off', log, ids } = options
  if (!STRICTNESSES.includes(strict)) throw new TypeError(`startEmulator: strict is off, warn or fail, not ${JSON.stringify(strict)}`)
  const config = readConfig({ port: String(port), host, logLevel: log ? 'info' : 'silent' }, {}, undefined, EMULATOR_DEFAULTS)
  const emulator = await createEmulator(config, { data, seed, ids, token: controlToken, strict }, { logStream: log ?? nowhere })
  try {
    const [url = ''] = await emulator.listen()
    const addresses = { url, restUrl: `${url}/rest/`, controlUrl: `${url}/_emulator/v1`, apiKey: sampleKey(config) }
    return {
      ...serverOf(emulator, addresses),
      controlToken: emulator.controlToken,
      sandbox: options => openSandbox(emulator, addresses, options)
    }
  } catch (error) {
    await emulator.close()
    throw error
  }
}

const START_OPTIONS: ReadonlyArray<keyof StartOptions> = ['port', 'host', 'seed', 'data', 'ids', 'controlToken', 'strict', 'log']
const SANDBOX_OPTIONS: ReadonlyArray<keyof SandboxOptions> = ['id', 'seed', 'clock', 'ids']
const CLOSE_OPTIONS: ReadonlyArray<keyof CloseOptions> = ['unfired']

/** A test in JavaScript has no compiler that tells of a misspelt option. */
function requireKnown (options: object, known: readonly string[], whose: string): void {
  const stray = Object.keys(options).find(name => !known.includes(name))
  if (stray === undefined) return
  const meant = nearest(stray, known)
  throw new TypeError(`${whose} has no option "${stray}"; ${meant === undefined ? `it has ${known.join(', ')}` : `did you mean ${meant}?`}`)
}

type Addresses = Pick<EmulatedServer, 'url' | 'restUrl' | 'controlUrl' | 'apiKey'>
type Inner = Pick<Emulator, 'account' | 'world' | 'clock' | 'advance' | 'listMails' | 'listProblems' | 'close'>

async function openSandbox ({ sandboxes }: Emulator, { url, restUrl, controlUrl }: Addresses, options: SandboxOptions = {}): Promise<RunningSandbox> {
  requireKnown(options, SANDBOX_OPTIONS, 'sandbox')
  const { seed = 'demo', clock, id, ids } = options
  const sandbox = await sandboxes.create({
    seed: await loadSeed(seed),
    ...(id !== undefined && { id: shortName(id, '/id') }),
    ...(clock !== undefined && { clock: clock.getTime() }),
    ...(ids !== undefined && { ids })
  })
  const base = `${url}${SANDBOX_PREFIX}${sandbox.id}`
  let wasOpen = false
  const close = async () => { wasOpen = await sandboxes.remove(sandbox.id, true) }
  // One that its emulator has ended was told by that.
  const listProblems = () => wasOpen ? sandbox.listProblems() : { unfired: [], lint: [] }
  const addresses = { url: base, restUrl, controlUrl: `${controlUrl}/sandboxes/${sandbox.id}`, apiKey: sandbox.apiKey }
  return { ...serverOf({ ...sandbox, close, listProblems }, addresses), id: sandbox.id, pathUrl: `${base}/rest/` }
}

function serverOf ({ account, world: { faults, journal, state, ids }, clock, advance, listMails, listProblems, close: end }: Inner, addresses: Addresses): EmulatedServer {
  let closing: Promise<void> | undefined
  async function close (options: CloseOptions = {}): Promise<void> {
    requireKnown(options, CLOSE_OPTIONS, 'close')
    const { unfired } = options
    const isFirst = closing === undefined
    await (closing ??= end())
    const found = listProblems()
    const problems = [...unfired === 'ignore' ? [] : found.unfired, ...found.lint]
    if (isFirst && problems.length > 0) throw new Error(problems.join('\n'))
  }
  return {
    ...addresses,
    account,
    clock: {
      now: () => new Date(clock.now()),
      freeze: at => { clock.freeze(at.getTime()) },
      shift: by => { clock.shift(by) },
      async advance (by) {
        const { now, ...others } = await advance(typeof by === 'number' ? by : positiveDuration(by, ''))
        return { now: new Date(now), ...others }
      }
    },
    faults: { add: rule => faults.add(rule), list: faults.list, remove: faults.remove, clear: faults.clear },
    journal: journalOf(journal),
    async outbox () {
      return (await listMails()).map(({ to, subject, text, html }) => ({ to, subject, text, html }))
    },
    reset: state.reset,
    seed: async seed => { await state.seed(await loadSeed(seed)) },
    snapshots: {
      save: async name => { await state.save(name) },
      restore: state.restore
    },
    repeatIds: ids.seed,
    close,
    [Symbol.asyncDispose]: () => close()
  }
}

function journalOf (journal: Journal): EmulatedServer['journal'] {
  return {
    list: journal.list,
    find: query => findEntries(readJournalQuery(query, ''), journal),
    count: query => findEntries(readJournalQuery(query, ''), journal).length,
    verify (expectation) {
      const { isMet, sentence } = verifyCount(readExpectation(expectation, ''), journal)
      if (!isMet) throw new Error(sentence)
    },
    wait: async wanted => waitForEntries(readWait(wanted, ''), journal),
    har: () => writeHar(journal, readVersion()),
    lint: journal.listLint,
    clear: journal.clear
  }
}

const nowhere = { write: () => undefined }
