/** The environment of a scenario in one version: what it may use, and where its verdicts go. */
import type { Source } from '../../api/provenance.ts'
import type { ApiVersion } from '../../domain/version.ts'
import { createActor, type Actor } from './actor.ts'
import type { Check, Judgement, State, Verdict } from '../check.ts'
import { Untested } from '../check-problems.ts'
import type { Exchange, Outgoing } from '../client/exchange.ts'
import { summaryOf, type Reply } from '../client/reply.ts'
import type { InState } from './states.ts'
import type { Account } from '../target/target-file.ts'
import type { Params, RunContext } from './run-context.ts'
import { childOf } from '../client/xml.ts'

export interface Evidence {
  /** What the contract expects, as a phrase: "error 9", "the name as it was sent". */
  readonly expected: string
  /** What was received; default: the summary of the last reply. */
  readonly got?: string
  /** The evidence. */
  readonly on: Reply | Exchange | ReadonlyArray<Reply | Exchange>
}

export interface Stage {
  readonly context: RunContext
  readonly version: ApiVersion
  /** Whether the profile judges statements from this source. */
  judges (source: Source): boolean
  judge (id: string, isTrue: boolean, evidence: Evidence): void
  /** Leaves a check untested, with a reason. */
  leave (id: string, reason: string, on?: readonly Exchange[]): void
  /** A call without a session. */
  call (method: string, params?: Params): Promise<Reply>
  send (outgoing: Outgoing): Promise<Exchange>
  /** The account `main` in the session that all checks of this version share. */
  main (): Promise<Actor>
  other (): Promise<Actor>
  /** The same account in a separate session. */
  ownSession (account?: Account): Promise<Actor>
  newAccount (): Promise<Account>
  /** Runs `play` in a state of the server or of the given account, and undoes the state afterwards; `before` runs before the state is set. */
  inState<T> (state: State, play: (account: Account) => Promise<T>, before?: (account: Account) => Promise<void>): Promise<T>
}

export interface Play {
  readonly stage: Stage
  judgements (): readonly Judgement[]
  /** Gives this verdict to checks that were not judged. */
  settleRest (verdict: Verdict, reason: string, exchanges: readonly Exchange[]): void
  /** Ends the sessions that it opened: the session limit of an account is too low to keep them all. */
  end (): Promise<void>
}

export function createPlay (context: RunContext, scenario: { readonly name: string, readonly checks: readonly Check[] }, checks: readonly Check[], version: ApiVersion, isStrict: boolean, inState: InState): Play {
  const judgements = new Map<string, Judgement>()
  const byId = new Map(checks.map(check => [check.id, check]))
  // The header of each request names the scenario, or its only check.
  const label = checks.length === 1 ? checks[0]?.id ?? scenario.name : scenario.name

  function add (id: string, verdictOf: (check: Check) => Verdict, expected: string, got: string, exchanges: readonly Exchange[]): void {
    const check = byId.get(id)
    if (check === undefined) {
      if (!scenario.checks.some(declared => declared.id === id)) throw new Error(`${scenario.name} judges ${id}, which it does not declare`)
      return
    }
    const before = judgements.get(id)
    const verdict = verdictOf(check)
    // A check that is judged several times keeps its first failure.
    if (before !== undefined && before.verdict !== 'pass') return
    judgements.set(id, { check, scenario: scenario.name, version, verdict, expected, got, exchanges })
  }

  const failed = ({ level }: Check): Verdict => level === 'must' || (level === 'should' && isStrict) ? 'fail' : level === 'should' ? 'warn' : 'note'

  async function actorOf (name: string): Promise<Actor> {
    const account = context.target.accounts[name]
    if (account === undefined) throw new Untested(`there is no account ${name} in the target file`)
    return createActor(context, account, version, await context.session(account, version), label)
  }

  const actors = new Map<string, Promise<Actor>>()
  const shared = (name: string): Promise<Actor> => {
    const known = actors.get(name) ?? actorOf(name)
    actors.set(name, known)
    return known
  }

  const opened = new Set<string>()

  async function call (method: string, params: Params = {}): Promise<Reply> {
    const reply = await context.call(method, params, label)
    const key = method.toLowerCase() === 'auth.login' && reply.code === 0 ? childOf(reply.result, 'session_key')?.text ?? '' : ''
    if (key !== '') {
      opened.add(key)
      context.secrets.set(key, '‹session key›')
      await context.ledger.note({ kind: 'session', key })
    }
    return reply
  }

  const stage: Stage = {
    context,
    version,
    judges: source => context.sources.has(source),
    judge (id, isTrue, { expected, got, on }) {
      const all = [on].flat()
      const last = all.at(-1)
      const shown = got ?? (last === undefined ? '' : 'exchange' in last ? summaryOf(last) : last.problem ?? `HTTP ${last.answer?.status ?? 0}`)
      add(id, check => isTrue ? 'pass' : failed(check), expected, shown, all.map(each => 'exchange' in each ? each.exchange : each))
    },
    leave (id, reason, on = []) {
      if (!judgements.has(id)) add(id, () => 'untested', '', reason, on)
    },
    call,
    send: outgoing => context.send(outgoing, label),
    main: () => shared('main'),
    other: () => shared('other'),
    async ownSession (account = context.target.accounts.main) {
      if (account === undefined) throw new Untested('there is no account main in the target file')
      const key = await context.logIn(account, version)
      opened.add(key)
      return createActor(context, account, version, key, label)
    },
    newAccount: () => context.register(),
    inState: (state, play, before) => inState(context, state, play, before)
  }

  return {
    stage,
    judgements: () => [...judgements.values()],
    settleRest (verdict, reason, exchanges) {
      for (const { id } of checks) if (!judgements.has(id)) add(id, () => verdict, '', reason, exchanges)
    },
    async end () {
      // A session that created something is needed to remove it.
      const needed = new Set(context.ledger.list().flatMap(made => made.kind === 'session' || made.kind === 'anonymous file' ? [] : [made.key]))
      for (const key of opened) {
        if (needed.has(key)) continue
        const { code } = await context.call('auth.logout', { session_key: key }, 'clean-up')
        if (code === 0 || code === 6) context.ledger.forget(key)
      }
    }
  }
}
