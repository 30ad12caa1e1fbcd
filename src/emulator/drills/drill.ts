/** What a drill is: a situation, what is expected of a client in it, and how a run is judged. */
import type { EmulatedServer } from '../emulated-server.ts'
import type { Entry } from '../journal/entry.ts'
import type { Finding } from '../judge/judge-report.ts'
import type { Seed } from '../state/seed.ts'
import type { Changes } from './holdings.ts'
import type { Saved } from './saved-files.ts'

/**
 * `pass`: as expected. `untested`: the client does nothing that the situation is about, or was ended while it rightly waited. `risky`: it works, and will
 * cost somebody something. `fail`: against what is expected. `error`: a fault of the emulator. In rising order.
 */
export const DRILL_VERDICTS = ['pass', 'untested', 'risky', 'fail', 'error'] as const
export type DrillVerdict = typeof DRILL_VERDICTS[number]

/** A verdict with the sentence that says why. */
export interface Opinion {
  readonly verdict: DrillVerdict
  readonly because: string
}

/** One run of the client's command to its end. */
export interface ClientRun {
  /** As a shell has it; null when it had to be ended. */
  readonly exitCode: number | null
  /** How long it ran, by the real clock. */
  readonly milliseconds: number
  /** The beginning of what it wrote, at most MAX_OUTPUT bytes. */
  readonly stdout: string
  /** The end of what it wrote, at most MAX_TAIL bytes, with keys and passwords hashed. */
  readonly stderr: string
  /** All exchanges that have ended, in the order in which they began. */
  readonly entries: readonly Entry[]
  /** What it has changed in the sandbox. */
  readonly changes: Changes
  /** What it saved in its folder. */
  readonly saved: readonly Saved[]
  /** The file it was given to upload. */
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

/** What the drills know of each other: the run in which nothing was armed. */
export interface Plain {
  readonly run: ClientRun
}

/** How long what a drill slows down takes, and how much it plants; tests make it less. */
export interface Pace {
  /** Milliseconds before each slow answer. */
  readonly delayMs: number
  /** Bytes a second of a slow upload or download. */
  readonly bytesPerSecond: number
  /** Files in drill/many; a fifth as many folders come on top. */
  readonly manyFiles: number
}

/** One run of a drill. */
export interface Part {
  /** The id of its drill, or a word more, as `drill/truncated/files.getInfo`. */
  readonly id: string
  /** Changes the data that the server begins with. */
  seed? (seed: Seed): Seed
  /** Name and bytes of the file to upload; DEFAULT_FILE unless it is said. */
  readonly file?: Partial<Pick<GivenFile, 'name' | 'size'>>
  /** Arms faults and states, before the client starts. */
  arm? (server: EmulatedServer): Promise<void> | void
  /** How much longer than usual it may take, in milliseconds, by what was armed. */
  readonly extraMs?: number
  /** Ids of rules that what is armed makes a client break. */
  readonly excused?: readonly string[]
  /** Judges a run that has ended. */
  judge (run: ClientRun): Opinion
}

export interface Drill {
  /** Words, such as `drill/upload-cut`: never used for anything else. */
  readonly id: string
  /** What is armed, in one line. */
  readonly armed: string
  /** What is expected of the client, in one line. */
  readonly expected: string
  /** The runs for a client that does what it did in the plain run, or why there is nothing to run. */
  plan (plain: Plain, pace: Pace): readonly Part[] | string
}

export const pass = (because: string): Opinion => ({ verdict: 'pass', because })
export const untested = (because: string): Opinion => ({ verdict: 'untested', because })
export const risky = (because: string): Opinion => ({ verdict: 'risky', because })
export const fail = (because: string): Opinion => ({ verdict: 'fail', because })

/** The gravest of several; the first of equals. */
export const gravest = <T extends Opinion>([first, ...others]: readonly [T, ...T[]]): T =>
  others.reduce((worst, each) => DRILL_VERDICTS.indexOf(each.verdict) > DRILL_VERDICTS.indexOf(worst.verdict) ? each : worst, first)
