/** A server of the emulator for tests in the same process: its members do what the control calls do. */
import type { Mail } from '../../ports.ts'
import { positiveDuration } from '../../settings/durations.ts'
import type { EmulatedServer } from '../emulated-server.ts'
import type { FaultRuleInput } from '../faults/fault-rule-input.ts'
import type { FaultState } from '../faults/faults.ts'
import type { Expectation, JournalQuery, Order, Search, Wait } from '../journal/journal-query.ts'
import type { JudgeReport } from '../judge/judge-report.ts'
import type { JudgeFormat } from '../judge/write-report.ts'
import type { Entry } from '../journal/entry.ts'
import { advanceClock, type Advanced } from '../state/advance-clock.ts'
import { loadSeed } from '../state/seed.ts'
import type { ControlCall } from './control-call.ts'
import type { ServerUrls } from './control-paths.ts'
import { assertJournal } from './assertions.ts'
import { COUNT_ENTRIES, FIND_ENTRIES, VERIFY_ENTRIES, VERIFY_ORDER, WAIT_FOR_ENTRIES, WRITE_HAR } from './journal-calls.ts'
import { judgedBy } from './judge-calls.ts'
import { requireKnownOptions } from './option-names.ts'
import { LIST_OUTBOX } from './state-calls.ts'
import { createStateClient, type StateClient } from './state-client.ts'

/** What an emulator and each of its sandboxes have. */
export interface RunningServer extends StateClient, AsyncDisposable {
  /** `http://127.0.0.1:PORT`, for a sandbox with `/_s/ID`; without a final slash. */
  readonly url: string
  /** The endpoint of the API. A sandbox shares it with the emulator: its `apiKey` selects it. */
  readonly restUrl: string
  /** Base of control calls: `PATCH ${controlUrl}/accounts/demo`. */
  readonly controlUrl: string
  /** Of the emulator: any other well-formed key is accepted, too. Of a sandbox: the key that selects it. */
  readonly apiKey: string
  /** The first account of the seed; undefined when it has none. */
  readonly account: { readonly user: string, readonly password: string } | undefined
  readonly clock: {
    /** The time of the server. */
    now (): Date
    /** Stops the clock at a moment. */
    freeze (at: Date): void
    /** Runs the clock at an offset of `by` milliseconds from the real time; 0 is the real time. */
    shift (by: number): void
    /** Advances the clock, by milliseconds or by a text (`PT25H`, `25 hours`). Everything that falls due happens in order, each at its time. */
    advance (by: number | string): Promise<Omit<Advanced, 'now'> & { readonly now: Date }>
  }
  /** Faults, as `POST /faults` takes them. */
  readonly faults: {
    /** Adds a rule. Throws an explanation for a rule that could never apply. */
    add (rule: FaultRuleInput): FaultState
    /** All rules, in the order in which they were added. */
    list (): readonly FaultState[]
    /** Removes a rule; false when there is none with this id. */
    remove (id: string): boolean
    clear (): void
  }
  /** The newest exchanges, up to `journalSize`; secrets are hashed, and bytes of files are given by size and sha256. */
  readonly journal: {
    list (): readonly Entry[]
    /** How many older ones were dropped. */
    dropped (): number
    /** Searches the kept exchanges. */
    find (query: Search): readonly Entry[]
    /** Throws AssertionError when too many were dropped to know. */
    count (query: JournalQuery): number
    /** Throws AssertionError with the closest exchanges unless the expected number matches; default: at least one. */
    verify (expectation: Expectation): void
    /** Throws AssertionError unless exchanges began in this order; others may come between them, unless `gaps` is false. */
    verifyOrder (order: readonly JournalQuery[], options?: Omit<Order, 'order'>): void
    /** Resolves once `count` (1) exchanges match; rejects after `timeoutMs` (5000) of real time. */
    wait (wait: Wait): Promise<readonly Entry[]>
    /** HAR 1.2, as plain data. */
    har (): object
    /** What clients did against the guide, each kind once. */
    lint (): readonly string[]
    clear (): void
  }
  /** What clients have done right and wrong since the start, as plain data without secrets. The report of an emulator includes its sandboxes. */
  judge (): JudgeReport
  /** The same as HTML, JSON, JUnit XML or Markdown. */
  judgeAs (format: JudgeFormat): string
  /** All mails, oldest first; none leaves the emulator. */
  outbox (): Promise<ReadonlyArray<Pick<Mail, 'to' | 'subject' | 'text' | 'html'>>>
  /** Restores the state that the seed created, and removes all faults. */
  reset (): Promise<void>
  /** Replaces everything by a seed, as `StartOptions.seed`; a later reset restores it. */
  seed (seed: string | object): Promise<void>
  /** Named snapshots of the state. Rejects for an unknown name. */
  readonly snapshots: {
    save (name: string): Promise<void>
    restore (name: string): Promise<void>
  }
  /** Makes keys and ids repeatable: they are the same after each call with this seed. undefined makes them random. */
  repeatIds (seed: number | string | undefined): void
  /**
   * Stops the server and its sandboxes, and removes their data; no port, file or handle stays open. A second call does nothing.
   * Rejects afterwards if a fault was never applied, because then a test did not test what it should; with `strict: 'fail'`
   * also if a client violated the guide.
   */
  close (options?: CloseOptions): Promise<void>
}

export interface CloseOptions {
  /** `ignore`: faults that were never applied are not a failure. */
  readonly unfired?: 'ignore'
}

const CLOSE_OPTIONS: ReadonlyArray<keyof CloseOptions> = ['unfired']

/** `urls` are the addresses of the server. */
export function createNodeClient (server: EmulatedServer, { url, restUrl, controlUrl }: ServerUrls, { listProblems, close: stop }: Pick<EmulatedServer, 'listProblems' | 'close'>): RunningServer {
  const { apiKey, account, clock, faults, journal, state, ids } = server
  let closing: Promise<void> | undefined

  const context = { server, sandboxes: undefined, url }

  /** Performs a control call in this process, including the check of its body. */
  function perform<Body, Answer> (call: ControlCall<string, Body, Answer>, sent?: unknown): Answer {
    return call.handle({ ...context, item: '', query: undefined, body: call.body?.read(sent, '') as Body })
  }

  function count (query: JournalQuery): number {
    return assertJournal(() => perform(COUNT_ENTRIES, query).count, count)
  }

  function verify (expectation: Expectation): void {
    assertJournal(() => perform(VERIFY_ENTRIES, expectation), verify)
  }

  function verifyOrder (order: readonly JournalQuery[], options: Omit<Order, 'order'> = {}): void {
    assertJournal(() => perform(VERIFY_ORDER, { ...options, order }), verifyOrder)
  }

  async function close (options: CloseOptions = {}): Promise<void> {
    requireKnownOptions(options, CLOSE_OPTIONS, 'close')
    const isFirst = closing === undefined
    await (closing ??= stop())
    const { unfired, lint } = listProblems()
    const problems = [...options.unfired === 'ignore' ? [] : unfired, ...lint]
    if (isFirst && problems.length > 0) throw new Error(problems.join('\n'))
  }

  return {
    url,
    restUrl,
    controlUrl,
    apiKey,
    account,
    clock: {
      now: () => new Date(clock.now()),
      freeze: at => { clock.freeze(at.getTime()) },
      shift: by => { clock.shift(by) },
      async advance (by) {
        const { now, ...others } = await advanceClock(positiveDuration(by, '/by'), server)
        return { now: new Date(now), ...others }
      }
    },
    faults: { add: rule => faults.add(rule), list: faults.list, remove: faults.remove, clear: faults.clear },
    journal: {
      list: journal.list,
      dropped: journal.dropped,
      find: query => perform(FIND_ENTRIES, query).entries,
      count,
      verify,
      verifyOrder,
      wait: async wait => (await perform(WAIT_FOR_ENTRIES, wait)).entries,
      har: () => perform(WRITE_HAR),
      lint: journal.listLint,
      clear: journal.clear
    },
    ...createStateClient(context),
    ...judgedBy({ server, sandboxes: undefined }),
    outbox: () => perform(LIST_OUTBOX),
    reset: state.reset,
    seed: async seed => state.seed(await loadSeed(seed)),
    snapshots: {
      save: async name => { await state.save(name) },
      restore: state.restore
    },
    repeatIds: ids.seed,
    close,
    [Symbol.asyncDispose]: () => close()
  }
}
