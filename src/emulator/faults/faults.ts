/** The faults of one server: the rules, the exchange that each applies to, and how often each was applied. */
import type { MatchContext } from '../traffic/match-context.ts'
import type { RequestKind } from '../traffic/request-kind.ts'
import { describeAnswer, type Direction, type FaultAnswer, type FaultStep, type WrittenAnswer } from './fault-answer.ts'
import { readFaultRule, type Effect, type FaultRule } from './fault-rule.ts'
import { matchesExchange, type Match } from '../traffic/matching.ts'

/** A fault that is applied to an exchange. */
export interface Fault {
  /** The id of its rule. */
  readonly id: string
  readonly effect: Effect
  readonly direction: Direction
  readonly answer: FaultAnswer
  /** How often its rule was applied before. */
  readonly previousHits: number
}

/** A rule as control calls show it. */
export interface FaultState {
  readonly id: string
  readonly hits: number
  /** How often it will still be applied; null: always. */
  readonly remaining: number | null
  readonly state: 'armed' | 'spent' | 'expired'
  readonly warnings: readonly string[]
  /** In its parsed form. */
  readonly rule: WrittenRule
}

/** The members are repeated here, because the published types use the name FaultRule for the input. */
interface WrittenRule extends Readonly<Record<'times' | 'ttlMs', number | null>> {
  readonly match: Match
  readonly skip: number
  readonly effect?: Effect
  /** Has either `answer` or `sequence`. */
  readonly answer?: WrittenAnswer | 'pass'
  readonly sequence?: ReadonlyArray<WrittenAnswer | 'pass'>
}

export interface Faults {
  /** Adds a rule. Throws DocumentProblem for one that could never apply. With `users`, the names of the accounts, an unknown name causes a warning. */
  add (rule: unknown, users?: readonly string[]): FaultState
  list (): readonly FaultState[]
  get (id: string): FaultState | undefined
  /** Removes a rule, and ends the exchanges that it holds; false when there is none with this id. */
  remove (id: string): boolean
  /** Removes all rules, as `remove`. */
  clear (): void
  /** The fault for an exchange, from the first rule that matches, in the order in which they were added. It counts as applied. */
  nextFault (exchange: MatchContext): Promise<Fault | undefined>
  /** Whether a rule for this phase matches file names. */
  asksForFileName (phase: RequestKind): boolean
  /** Rules that were never applied, including expired ones. */
  listUnfired (): readonly FaultState[]
}

interface ArmedRule {
  readonly id: string
  readonly rule: FaultRule
  readonly warnings: readonly string[]
  readonly armedAt: number
  seen: number
  /** The number of steps used, including `pass`. */
  played: number
  hits: number
}

/**
 * `now` is the real time in milliseconds: the lifetime of a rule does not depend on the clock that tests set. `endHeld` ends the
 * exchanges that a removed rule still holds, because nothing else would.
 */
export function createFaults (isStrict: boolean, now: () => number, endHeld: (id: string) => void): Faults {
  const armed = new Map<string, ArmedRule>()
  let count = 0

  const totalSteps = ({ steps, times }: FaultRule): number => times === null ? Infinity : steps.length * times
  const hasExpired = ({ rule, armedAt }: ArmedRule): boolean => rule.ttlMs !== null && now() >= armedAt + rule.ttlMs
  const isSpent = ({ rule, played }: ArmedRule): boolean => played >= totalSteps(rule)

  function describeRule (armedRule: ArmedRule): FaultState {
    const { id, rule, hits, played, warnings } = armedRule
    const { steps, times, effect, ...others } = rule
    const total = totalSteps(rule)
    const countFaults = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => steps[(from + i) % steps.length]).filter(step => step !== 'pass').length
    const shown = steps.map(step => step === 'pass' ? step : describeAnswer(step))
    const [only] = shown
    return {
      id,
      hits,
      remaining: total === Infinity ? null : countFaults(played, total),
      state: isSpent(armedRule) ? 'spent' : hasExpired(armedRule) ? 'expired' : 'armed',
      warnings,
      rule: { ...others, times, ...(effect !== undefined && { effect }), ...(only !== undefined && shown.length === 1 ? { answer: only } : { sequence: shown }) }
    }
  }

  return {
    add (input, users) {
      const { rule, warnings } = readFaultRule(input, { isStrict, users })
      const armedRule = { id: `f${++count}`, rule, warnings, armedAt: now(), seen: 0, played: 0, hits: 0 }
      armed.set(armedRule.id, armedRule)
      return describeRule(armedRule)
    },
    list: () => [...armed.values()].map(describeRule),
    get (id) {
      const armedRule = armed.get(id)
      return armedRule && describeRule(armedRule)
    },
    remove (id) {
      const wasThere = armed.delete(id)
      if (wasThere) endHeld(id)
      return wasThere
    },
    clear () {
      const ids = [...armed.keys()]
      armed.clear()
      ids.forEach(endHeld)
    },
    async nextFault (exchange) {
      for (const armedRule of armed.values()) {
        if (isSpent(armedRule) || hasExpired(armedRule) || !armedRule.rule.steps.some(step => step === 'pass' || appliesTo(step, exchange.phase))) continue
        if (!await matchesExchange(armedRule.rule.match, exchange)) continue
        // Another exchange may have used it during the lookup of names.
        if (isSpent(armedRule) || armedRule.seen++ < armedRule.rule.skip) continue
        const step = armedRule.rule.steps[armedRule.played++ % armedRule.rule.steps.length]
        if (step === undefined || step === 'pass' || !appliesTo(step, exchange.phase)) return undefined
        return { id: armedRule.id, ...resolveDefaults(step, armedRule.rule.effect, exchange.phase), answer: step, previousHits: armedRule.hits++ }
      }
    },
    asksForFileName: phase => [...armed.values()].some(({ rule: { match } }) => match.fileName !== undefined && (match.phase ?? phase) === phase && match.method === undefined),
    listUnfired: () => [...armed.values()].filter(({ hits }) => hits === 0).map(describeRule)
  }
}

/** Whether an answer is possible in a phase: a rule for all phases applies only where it is. */
function appliesTo ({ error, xml, progress, atByte, direction }: Exclude<FaultStep, 'pass'>, phase: RequestKind): boolean {
  if (error !== undefined) return phase === 'api' || phase === 'upload'
  if (xml !== undefined) return phase !== 'download' && phase !== 'page'
  if (progress !== undefined) return phase === 'progress'
  return !(direction === 'up' && atByte !== undefined) || phase === 'upload'
}

/** Uploads break while they are received, all other exchanges while they are answered. Breaking an answer requires one, and so the effect `commit`. */
function resolveDefaults ({ xml, socket, atByte, direction: given, progress }: FaultAnswer, effect: Effect | undefined, phase: RequestKind): { effect: Effect, direction: Direction } {
  const direction = given ?? (phase === 'upload' && atByte !== undefined ? 'up' : 'down')
  const breaksAnswer = xml !== undefined || progress !== undefined || (socket !== undefined && atByte !== undefined && direction === 'down')
  return { effect: effect ?? (breaksAnswer ? 'commit' : 'none'), direction }
}
