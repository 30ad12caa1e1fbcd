/** `respace/contract`: judges a server by the contract, from a test or a script. */
import { environmentWith, readVersion } from './config.ts'
import { allScenarios } from './contract/all-scenarios.ts'
import type { CheckResult, Results } from './contract/run/run.ts'
import { run } from './contract/run/run.ts'
import { readContract } from './contract/law/contract-file.ts'
import { isProfile, PROFILES, type Profile } from './contract/profile.ts'
import { outcomeOf, type Outcome } from './contract/report/outcome.ts'
import { readBaseline, reportText, type ReportKind } from './contract/report/write.ts'
import { readTarget, type Target } from './contract/target/target-file.ts'

export type { CheckResult, Outcome, Profile, ReportKind, Results, Target }
export type { Check, Judgement, Level, Verdict } from './contract/check.ts'

export interface CheckOptions {
  /** The address of the server, or of its endpoint; default: `url` of the target file. */
  readonly url?: string
  /** The name of a target file: accounts, features, states. */
  readonly target?: string
  /** Default `guide`. */
  readonly profile?: Profile
  /** Parts of ids of checks; default: all. */
  readonly only?: readonly string[]
  /** A should that is not kept is a failure. */
  readonly strict?: boolean
  /** What is untested is a failure. */
  readonly complete?: boolean
  /** The name of a file with the ids of known failures. */
  readonly baseline?: string
  /** Judges only what this edition of the kit has, so that a newer kit fails nothing that passed; default: the newest. */
  readonly edition?: number
  /** Gets how many plays are over, of how many. */
  onProgress? (done: number, all: number): void
  /** Gets each area once all its checks are judged. */
  onArea? (area: string, checks: readonly CheckResult[]): void
  /** What is known of the target besides its file, such as the control address of an emulator. */
  readonly known?: Partial<Target>
}

export interface CheckReport {
  readonly outcome: Outcome
  readonly results: Results
  /** The report in one of the forms that `respace check --report` writes. */
  write (kind: ReportKind): string
}

/** Plays all checks; rejects with Unreachable when nothing answers, with DocumentProblem for a wrong target file. */
export async function check (options: CheckOptions): Promise<CheckReport> {
  const { url, target: file, profile = 'guide', only = [], strict = false, complete = false, baseline, edition, onProgress, onArea, known } = options
  if (!isProfile(profile)) throw new TypeError(`profile is ${Object.keys(PROFILES).join(', ')}, not ${JSON.stringify(profile)}`)
  const target = await readTarget(url, file, environmentWith({}), known)
  const contract = readContract()
  const results = await run(target, contract, allScenarios(contract), { profile, only, isStrict: strict, ...edition !== undefined && { edition }, ...onProgress && { onProgress }, ...onArea && { onArea } })
  const outcome = outcomeOf(results, { baseline: baseline === undefined ? undefined : await readBaseline(baseline), isComplete: complete })
  const kit = readVersion()
  return { outcome, results, write: kind => reportText(kind, results, outcome, kit) }
}
