/** What the contract kit judges: one check is one statement about a server. */
import type { Source } from '../api/provenance.ts'
import type { ApiVersion } from '../domain/version.ts'
import type { Exchange } from './client/exchange.ts'

export type Level = 'must' | 'should' | 'may'

export interface Check {
  /** Words, such as `files.setInfo/clear-description`: never renumbered, never used for anything else. */
  readonly id: string
  /** One sentence: the condition that must hold. */
  readonly about: string
  readonly level: Level
  readonly source: Source
  readonly since?: ApiVersion
  /** The first version to which it does not apply. */
  readonly until?: ApiVersion
}

/** States of a server or an account; docs/contract-kit.md says what each means, run/states.ts how each is set up. */
export const STATES = [
  'membership-over', 'membership-dated', 'endless', 'lite', 'max', 'disk-full', 'disk-limited', 'bandwidth-over', 'bandwidth-limited',
  'sessions-full', 'contacts-full', 'no-capabilities', 'https-forbidden', 'disabled', 'session-idle', 'maintenance', 'uploads-paused', 'downloads-paused',
  'registration-closed', 'anonymous-closed', 'min-app-version', 'small-max', 'delete-by-get', 'restart'
] as const
export type State = typeof STATES[number]

/**
 * `fail`: a must, or a should with --strict. `warn`: a should. `note`: a may. `untested`: a state, an account or a mailbox is missing, or the
 * positive control failed. `off`: excluded by the profile, the versions or --only. `error`: a fault of the kit, or no answer.
 */
export const VERDICTS = ['off', 'pass', 'untested', 'note', 'warn', 'fail', 'error'] as const
export type Verdict = typeof VERDICTS[number]

/** The verdict on one check in one version. */
export interface Judgement {
  readonly check: Check
  readonly scenario: string
  readonly version: ApiVersion
  readonly verdict: Verdict
  /** What the contract expects, and what was received; for `untested` and `error`, `got` holds the reason. */
  readonly expected: string
  readonly got: string
  /** The evidence; the last exchange is the one to look at first. */
  readonly exchanges: readonly Exchange[]
}

/** `about` says what must hold; a should or may that is not in the guide is `choice` or `observed`. */
export const declare = (id: string, level: Level, source: Source, about: string, span: Pick<Check, 'since' | 'until'> = {}): Check =>
  ({ id, about, level, source, ...span })

/** `files.setInfo` of `files.setInfo/clear-description`. */
export const areaOf = (id: string): string => id.slice(0, id.indexOf('/'))

export const appliesTo = ({ since, until }: Pick<Check, 'since' | 'until'>, version: ApiVersion): boolean =>
  (since === undefined || version >= since) && (until === undefined || version < until)

/** The most severe verdict, such as that of one check in all versions. */
export const gravest = (verdicts: readonly Verdict[]): Verdict => VERDICTS[Math.max(0, ...verdicts.map(verdict => VERDICTS.indexOf(verdict)))] ?? 'off'
