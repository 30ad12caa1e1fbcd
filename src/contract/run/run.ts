/** Runs scenarios against a target: each in every version, several in parallel, those that change the whole server alone. */
import type { Contract } from '../../api/contract-format.ts'
import type { Source } from '../../api/provenance.ts'
import type { ApiVersion } from '../../domain/version.ts'
import { appliesTo, areaOf, gravest, type Check, type Judgement, type State, type Verdict } from '../check.ts'
import type { Need, Scenario } from '../scenario.ts'
import { BrokenMeans, Unreachable, Untested } from '../check-problems.ts'
import { removeMade } from './clean-up.ts'
import { CapReached, openWire, type Exchange } from '../client/exchange.ts'
import { openLedger } from './ledger.ts'
import { PROFILES, type Profile } from '../profile.ts'
import { createPlay } from './stage.ts'
import { createStates, SERVER_STATES } from './states.ts'
import type { Feature, Target } from '../target/target-file.ts'
import { newestEdition, publishedChecks } from '../law/published-checks.ts'
import { createRunContext, type RunContext } from './run-context.ts'

export interface RunOptions {
  readonly profile: Profile
  /** Parts of ids, such as `files.` or `upload/put`; empty: all. */
  readonly only: readonly string[]
  /** A broken should is a failure. */
  readonly isStrict: boolean
  /** Judges only the checks of this edition of the kit; default: the newest. */
  readonly edition?: number
  /** Called with the number of scenarios done, and of all; each version counts. */
  onProgress? (done: number, all: number): void
  /** Called with each area once all its checks are judged. */
  onArea? (area: string, checks: readonly CheckResult[]): void
}

/** The verdicts on one check in all versions. */
export interface CheckResult {
  readonly check: Check
  readonly verdict: Verdict
  readonly judgements: readonly Judgement[]
}

export interface Results {
  readonly target: Target
  readonly profile: Profile
  readonly isStrict: boolean
  readonly checks: readonly CheckResult[]
  /** States that were needed and could not be set up. */
  readonly missed: ReadonlySet<State>
  readonly calls: number
  readonly bytes: number
  readonly milliseconds: number
  /** What could not be removed from the target. */
  readonly leftovers: readonly string[]
  readonly secrets: ReadonlyMap<string, string>
}

/** Throws Unreachable when nothing answers at all. */
export async function run (target: Target, contract: Contract, scenarios: readonly Scenario[], { profile, only, isStrict, edition = newestEdition(), onProgress, onArea }: RunOptions): Promise<Results> {
  const began = performance.now()
  const sources: ReadonlySet<Source> = new Set<Source>(PROFILES[profile])
  const wire = openWire(target.limits)
  const context = createRunContext(target, contract, sources, wire, openLedger(target.rest))
  const { inState, missed } = createStates()
  const all: Judgement[] = []
  const told = new Set<string>()
  try {
    await requireAnswer(context)
    await removeMade(context)
    const plays = scenarios.flatMap(scenario => target.versions.map(version => ({ scenario, version })))
    const isWanted = (check: Check): boolean => sources.has(check.source) && (publishedChecks().get(check.id)?.edition ?? edition) <= edition && (only.length === 0 || only.some(part => check.id.includes(part)))
    const playOne = async (playing: (typeof plays)[number]): Promise<void> => {
      const { scenario, version } = playing
      const judged = await play(scenario, version, isWanted)
      all.push(...judged)
      left.delete(playing)
      onProgress?.(plays.length - left.size, plays.length)
      tellAreas()
    }
    const left = new Set(plays)
    const areas = new Set(scenarios.flatMap(({ checks }) => checks.map(({ id }) => areaOf(id))))
    const tellAreas = (): void => {
      if (onArea === undefined) return
      for (const area of areas) {
        if (told.has(area) || [...left].some(({ scenario }) => scenario.checks.some(({ id }) => areaOf(id) === area))) continue
        told.add(area)
        onArea(area, joined(scenarios, all).filter(({ check }) => areaOf(check.id) === area))
      }
    }
    await inParallel(plays.filter(({ scenario }) => !isAlone(scenario)), target.limits.parallel, playOne)
    const alone = plays.filter(({ scenario }) => isAlone(scenario))
    for (const each of [...alone.filter(({ scenario }) => scenario.isLast !== true), ...alone.filter(({ scenario }) => scenario.isLast)]) await playOne(each)
    const leftovers = await removeMade(context)
    return {
      target,
      profile,
      isStrict,
      checks: joined(scenarios, all),
      missed,
      calls: wire.sent.calls,
      bytes: wire.sent.bytes,
      milliseconds: performance.now() - began,
      leftovers,
      secrets: context.secrets
    }
  } finally {
    wire.close()
  }

  async function play (scenario: Scenario, version: ApiVersion, isWanted: (check: Check) => boolean): Promise<readonly Judgement[]> {
    const checks = scenario.checks.filter(check => isWanted(check) && appliesTo(check, version))
    if (checks.length === 0) return []
    const { stage, judgements, settleRest, end } = createPlay(context, scenario, checks, version, isStrict, inState)
    const absent = scenario.needs.find(need => isAbsent(need, target))
    if (absent !== undefined) {
      settleRest('off', `the target file declares that there is none: ${absent}`, [])
      return judgements()
    }
    const lacking = scenario.needs.map(need => lackOf(need, target)).find(reason => reason !== undefined)
    if (lacking !== undefined) {
      settleRest('untested', lacking, [])
      return judgements()
    }
    try {
      await scenario.play(stage)
      settleRest('error', 'the kit did not judge it', [])
    } catch (error) {
      settleRest(...outcomeOf(error))
    }
    // Sessions that stay open are closed at the end of the run.
    await end().catch(() => undefined)
    return judgements()
  }
}

/** A broken hook or a bug of the kit is an error; a missing precondition is not. */
function outcomeOf (error: unknown): [Verdict, string, readonly Exchange[]] {
  if (error instanceof Untested) return ['untested', error.message, error.exchanges]
  if (error instanceof CapReached) return ['untested', error.message, []]
  if (error instanceof BrokenMeans) return ['error', error.message, []]
  return ['error', error instanceof Error ? error.stack ?? error.message : String(error), []]
}

const isAlone = ({ isAlone, isLast, needs }: Scenario): boolean => isAlone === true || isLast === true || needs.some(need => need.startsWith('state:') && SERVER_STATES.has(need.slice('state:'.length) as State))

/** Optional features of a server. */
const isAbsent = (need: Need, { features }: Target): boolean => need.startsWith('feature:') && !features[need.slice('feature:'.length) as Feature]

/** Why a scenario cannot run, as far as this is known in advance. */
function lackOf (need: Need, { accounts, features, mailTo, control }: Target): string | undefined {
  if (need === 'account') return accounts.main === undefined ? 'there is no account main in the target file' : undefined
  if (need === 'second account') return accounts.other === undefined ? 'there is no account other in the target file' : undefined
  if (need === 'register') return features.register ? undefined : 'the target file does not allow new accounts (register: yes)'
  if (need === 'mail') return mailTo === undefined ? 'the target file has no recipient for mails (mailTo)' : undefined
  if (need === 'time') return control === undefined ? 'time can be moved only in the emulator' : undefined
  return undefined
}

async function requireAnswer (context: RunContext): Promise<void> {
  const { exchange } = await context.call('auth.createToken', { api_key: context.target.apiKey, api_version: context.target.versions[0] }, 'hello')
  if (exchange.answer === undefined) throw new Unreachable(`${context.target.rest} does not answer: ${exchange.problem ?? ''}`)
}

async function inParallel<T> (items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items]
  const lane = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: width }, lane))
}

/** In the order of declaration; checks that did not run are off. */
function joined (scenarios: readonly Scenario[], all: readonly Judgement[]): readonly CheckResult[] {
  const byId = new Map<string, Judgement[]>()
  for (const judgement of all) byId.set(judgement.check.id, [...byId.get(judgement.check.id) ?? [], judgement])
  return scenarios.flatMap(({ checks }) => checks).map(check => {
    const judgements = byId.get(check.id) ?? []
    return { check, judgements, verdict: gravest(judgements.map(({ verdict }) => verdict)) }
  })
}
