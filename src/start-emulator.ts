/** `respace/emulator`: the emulator in the process of a test. */
import { EMULATOR_DEFAULTS, readConfig, readVersion, sampleKey } from './config.ts'
import { createEmulator } from './emulator-app.ts'
import type { Advanced } from './emulator/advance.ts'
import type { FaultState } from './emulator/faults.ts'
import type { Entry, Journal } from './emulator/journal.ts'
import { writeHar } from './emulator/journal-har.ts'
import { findEntries, readExpectation, readJournalQuery, readWait, verify, waitForEntries, type Expectation, type JournalQuery, type Wait } from './emulator/journal-query.ts'
import type { FaultRule } from './emulator/sent-rule.ts'
import type { Strictness } from './emulator/strictness.ts'
import { passingTime } from './emulator/time-span.ts'
import type { Mail } from './ports.ts'

export type { Entry, Expectation, FaultRule, FaultState, JournalQuery, Strictness, Wait }

export interface StartOptions {
  /** 0, the default, picks a free port. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** `demo` (the default), `none`, the name of a YAML or JSON file, or the seed itself as data. */
  readonly seed?: string | object
  /** A folder that keeps everything for the next start; without it all is in memory and gone with `close`. */
  readonly data?: string
  /** For control calls; needed, and made when it is not given, on any address but a loopback one. */
  readonly controlToken?: string
  /** What comes of mistakes of a client that the API forgives: `off` (the default), `warn` or `fail`. */
  readonly strict?: Strictness
  /** Where the log goes, as lines of JSON; without it nowhere. */
  readonly log?: { write (line: string): void }
}

export interface RunningEmulator extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a final slash. */
  readonly url: string
  /** The endpoint of the API. */
  readonly restUrl: string
  /** Control calls begin with this: `PATCH ${controlUrl}/accounts/demo`. */
  readonly controlUrl: string
  /** What they need as a bearer token, on any address but a loopback one. */
  readonly controlToken: string | undefined
  /** Any other well-formed key is accepted too. */
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
    add (rule: FaultRule): FaultState
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
  /**
   * Ends it and removes what it kept; no port, no file and no handle is left. Twice does no harm. Rejects afterwards when
   * a fault that was armed never struck, which is a test that did not test what it was written for; and with `strict: 'fail'`
   * when the client did what the guide does not know.
   */
  close (options?: CloseOptions): Promise<void>
}

export interface CloseOptions {
  /** `ignore`: faults that never struck are no failure. */
  readonly unfired?: 'ignore'
}

/** Starts an emulator; any number may run in one process. Rejects when the port is taken or the seed is wrong. */
export async function startEmulator (options: StartOptions = {}): Promise<RunningEmulator> {
  const { port = 0, host = '127.0.0.1', seed = 'demo', data, controlToken, strict, log } = options
  const config = readConfig({ port: String(port), host, logLevel: log ? 'info' : 'silent' }, {}, undefined, EMULATOR_DEFAULTS)
  const emulator = await createEmulator(config, { data, seed, token: controlToken, strict }, { logStream: log ?? nowhere })
  let closing: Promise<void> | undefined
  async function close ({ unfired }: CloseOptions = {}): Promise<void> {
    const isFirst = closing === undefined
    await (closing ??= emulator.close())
    const found = emulator.listProblems()
    const problems = [...unfired === 'ignore' ? [] : found.unfired, ...found.lint]
    if (isFirst && problems.length > 0) throw new Error(problems.join('\n'))
  }
  try {
    const [url = ''] = await emulator.listen()
    return {
      url,
      restUrl: `${url}/rest/`,
      controlUrl: `${url}/_emulator/v1`,
      controlToken: emulator.controlToken,
      apiKey: sampleKey(config),
      account: emulator.account,
      clock: {
        now: () => new Date(emulator.clock.now()),
        freeze: at => { emulator.clock.freeze(at.getTime()) },
        shift: by => { emulator.clock.shift(by) },
        async advance (by) {
          const { now, ...others } = await emulator.advance(typeof by === 'number' ? by : passingTime(by, ''))
          return { now: new Date(now), ...others }
        }
      },
      async outbox () {
        return (await emulator.listMails()).map(({ to, subject, text, html }) => ({ to, subject, text, html }))
      },
      faults: {
        add: rule => emulator.faults.add(rule),
        list: emulator.faults.list,
        remove: emulator.faults.remove,
        clear: emulator.faults.clear
      },
      journal: journalOf(emulator.journal),
      close,
      [Symbol.asyncDispose]: () => close()
    }
  } catch (error) {
    await close()
    throw error
  }
}

function journalOf (journal: Journal): RunningEmulator['journal'] {
  return {
    list: journal.list,
    find: query => findEntries(readJournalQuery(query, ''), journal),
    count: query => findEntries(readJournalQuery(query, ''), journal).length,
    verify (expectation) {
      const { isTrue, sentence } = verify(readExpectation(expectation, ''), journal)
      if (!isTrue) throw new Error(sentence)
    },
    wait: async wanted => waitForEntries(readWait(wanted, ''), journal),
    har: () => writeHar(journal, readVersion()),
    lint: journal.listLint,
    clear: journal.clear
  }
}

const nowhere = { write: () => undefined }
