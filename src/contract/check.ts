/** What the contract kit judges: one check is one statement about a server. */
import type { Source } from '../api/provenance.ts'
import type { ApiVersion } from '../domain/version.ts'
import type { Exchange } from './client/exchange.ts'

export type Level = 'must' | 'should' | 'may'

export interface Check {
  /** Words, such as `files.setInfo/clear-description`: never renumbered, never used for anything else. */
  readonly id: string
  /** One sentence: what must be so. */
  readonly about: string
  readonly level: Level
  readonly source: Source
  readonly since?: ApiVersion
  /** The first version that it does not hold for. */
  readonly until?: ApiVersion
}

/** States of a server or an account; docs/contract-kit.md says what each means, run/states.ts how it comes about. */
export const STATES = [
  'membership-over', 'membership-dated', 'endless', 'lite', 'max', 'disk-full', 'disk-limited', 'bandwidth-over', 'bandwidth-limited',
  'sessions-full', 'contacts-full', 'no-capabilities', 'https-forbidden', 'disabled', 'session-idle', 'maintenance', 'uploads-paused', 'downloads-paused',
  'registration-closed', 'anonymous-closed', 'min-app-version', 'small-max', 'delete-by-get', 'restart'
] as const
export type State = typeof STATES[number]

/**
 * `fail`: a must, or with --strict a should. `warn`: a should. `note`: a may. `untested`: a state, an account or a mailbox is missing, or the call
 * that shows that nothing else is wrong failed. `off`: outside the profile, the versions or --only. `error`: a fault of the kit, or no answer.
 */
export const VERDICTS = ['off', 'pass', 'untested', 'note', 'warn', 'fail', 'error'] as const
export type Verdict = typeof VERDICTS[number]

/** One check in one version. */
export interface Judgement {
  readonly check: Check
  readonly scenario: string
  readonly version: ApiVersion
  readonly verdict: Verdict
  /** What the contract wants, and what came; for `untested` and `error` the reason stands in `got`. */
  readonly expected: string
  readonly got: string
  /** What it rests on, the last one first to look at. */
  readonly exchanges: readonly Exchange[]
}

/** `about` says what must be so; a should or may that the guide does not know is `choice` or `observed`. */
export const declare = (id: string, level: Level, source: Source, about: string, span: Pick<Check, 'since' | 'until'> = {}): Check =>
  ({ id, about, level, source, ...span })

/** `files.setInfo` of `files.setInfo/clear-description`. */
export const areaOf = (id: string): string => id.slice(0, id.indexOf('/'))

export const appliesTo = ({ since, until }: Pick<Check, 'since' | 'until'>, version: ApiVersion): boolean =>
  (since === undefined || version >= since) && (until === undefined || version < until)

/** The gravest of several, as for one check in all versions. */
export const gravest = (verdicts: readonly Verdict[]): Verdict => VERDICTS[Math.max(0, ...verdicts.map(verdict => VERDICTS.indexOf(verdict)))] ?? 'off'
