/** What a drill is: a situation, the expected behaviour of a client, and how a run is judged. */
import type { EmulatedServer } from '../emulated-server.ts'
import type { Entry } from '../journal/entry.ts'
import type { Finding } from '../judge/judge-report.ts'
import type { Seed } from '../state/seed.ts'
import type { Changes } from './holdings.ts'
import type { Saved } from './saved-files.ts'

/**
 * `pass`: as expected. `untested`: the client does nothing in this situation, or was ended while it rightly waited. `risky`: it works, at a
 * cost for somebody. `fail`: not as expected. `error`: a fault of the emulator. In rising order.
 */
export const DRILL_VERDICTS = ['pass', 'untested', 'risky', 'fail', 'error'] as const
export type DrillVerdict = typeof DRILL_VERDICTS[number]

/** A verdict with its reason in a sentence. */
export interface Opinion {
  readonly verdict: DrillVerdict
  readonly because: string
}

/** One run of the client's command. */
export interface ClientRun {
  /** As in a shell; null when it was killed. */
  readonly exitCode: number | null
  /** How long it ran, by the real clock. */
  readonly milliseconds: number
  /** The beginning of its output, at most MAX_OUTPUT bytes. */
  readonly stdout: string
  /** The end of its standard error, at most MAX_TAIL bytes, with keys and passwords hashed. */
  readonly stderr: string
  /** All exchanges that have ended, in the order in which they began. */
  readonly entries: readonly Entry[]
  /** Its changes in the sandbox. */
  readonly changes: Changes
  /** The files it saved in its folder. */
  readonly saved: readonly Saved[]
  /** The file to upload. */
  readonly given: GivenFile
  /** Rules of the contract that it broke. */
  readonly findings: readonly Finding[]
}

/** A file for the client to upload. */
export interface GivenFile {
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** In hex. */
  readonly sha256: string
}

/** The run without a fault, which other drills compare with. */
export interface Plain {
  readonly run: ClientRun
}

/** Speed and size of slow and large drills; tests use smaller values. */
export interface Pace {
  /** Milliseconds before each slow answer. */
  readonly delayMs: number
  /** Bytes per second of a slow upload or download. */
  readonly bytesPerSecond: number
  /** Files in drill/many, plus a fifth as many folders. */
  readonly manyFiles: number
}

/** One run of a drill. */
export interface Part {
  /** The id of its drill, possibly with a suffix, such as `drill/truncated/files.getInfo`. */
  readonly id: string
  /** Changes the initial data of the server. */
  seed? (seed: Seed): Seed
  /** Name and bytes of the file to upload; default: DEFAULT_FILE. */
  readonly file?: Partial<Pick<GivenFile, 'name' | 'size'>>
  /** Sets up faults and states, before the client starts. */
  arm? (server: EmulatedServer): Promise<void> | void
  /** Extra time for intended delays, in milliseconds. */
  readonly extraMs?: number
  /** Ids of rules that a client breaks because of the drill. */
  readonly excused?: readonly string[]
  /** Judges a completed run. */
  judge (run: ClientRun): Opinion
}

export interface Drill {
  /** Words, such as `drill/upload-cut`: never used for anything else. */
  readonly id: string
  /** What is armed, in one line. */
  readonly armed: string
  /** What is expected of the client, in one line. */
  readonly expected: string
  /** The runs for a client, given its plain run; or the reason why there are none. */
  plan (plain: Plain, pace: Pace): readonly Part[] | string
}

export const pass = (because: string): Opinion => ({ verdict: 'pass', because })
export const untested = (because: string): Opinion => ({ verdict: 'untested', because })
export const risky = (because: string): Opinion => ({ verdict: 'risky', because })
export const fail = (because: string): Opinion => ({ verdict: 'fail', because })

/** The most severe verdict; the first of equals. */
export const gravest = <T extends Opinion>([first, ...others]: readonly [T, ...T[]]): T =>
  others.reduce((worst, each) => DRILL_VERDICTS.indexOf(each.verdict) > DRILL_VERDICTS.indexOf(worst.verdict) ? each : worst, first)
