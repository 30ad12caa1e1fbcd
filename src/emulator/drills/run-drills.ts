/** Runs a client through all drills: the plain run first, then each drill, several at a time with --jobs. */
import { reasonOf } from '../../domain/as-error.ts'
import { DRILLS, PLAIN_DRILL } from './all-drills.ts'
import { NoProgram } from './client-process.ts'
import { fail, gravest, pass, risky, untested, type ClientRun, type Drill, type DrillVerdict, type Opinion, type Pace, type Part } from './drill.ts'
import { describeReaction } from './reaction.ts'
import { runOnce, type ClientOptions } from './run-client.ts'
import { counted, wholeFiles } from './work.ts'

/** One drill with its result. */
export interface DrillResult {
  readonly id: string
  readonly armed: string
  readonly expected: string
  readonly verdict: DrillVerdict
  /** Why. */
  readonly because: string
  /** Its runs; none when there was nothing to run. */
  readonly runs: readonly PartResult[]
}

/** One run with its result. */
export interface PartResult extends Opinion {
  readonly id: string
  /** What the client did, in words. */
  readonly did: string
  /** What it did after the first failure; '' without one. */
  readonly reaction: string
  /** The end of its standard error. */
  readonly stderr: string
  readonly milliseconds: number
}

export interface DrillOptions extends ClientOptions {
  /** Ids, or prefixes of them; empty: all. */
  readonly only: readonly string[]
  /** Concurrent runs. */
  readonly jobs: number
  readonly pace: Pace
  /** Called with each drill once it is judged. */
  onResult (result: DrillResult): void
}

/** Results in the order of the list. The plain run always comes first; if it fails, nothing else runs. Rejects with NoProgram. */
export async function runDrills (options: DrillOptions): Promise<readonly DrillResult[]> {
  const { only, jobs, pace, onResult } = options
  const plain = await runOnce(PLAIN_DRILL, options)
  const first: DrillResult = { ...PLAIN_DRILL, ...judgePlain(plain), runs: [describeRun({ ...PLAIN_DRILL, ...judgePlain(plain) }, plain, plain)] }
  const isUseless = first.verdict === 'error'
  const results = new Map<string, DrillResult>()
  function note (result: DrillResult): void {
    results.set(result.id, result)
    onResult(result)
  }
  if (isUseless || isWanted(PLAIN_DRILL.id, only)) note(first)
  if (isUseless) return [first]

  const takeTurn = createTurns(jobs)
  await allEnded(DRILLS.filter(({ id }) => isWantedDrill(id, only)).map(async drill => {
    const parts = drill.plan({ run: plain }, pace)
    const wanted = typeof parts === 'string' ? [] : parts.filter(({ id }) => isWanted(id, only) || isWanted(drill.id, only))
    const runs = await allEnded(wanted.map(part => takeTurn(() => runPart(part, plain, options))))
    note({ ...describeDrill(drill), ...judgeParts(typeof parts === 'string' ? parts : 'the client does nothing in this situation', runs), runs })
  }))
  return [PLAIN_DRILL, ...DRILLS].flatMap(({ id }) => results.get(id) ?? [])
}

const describeDrill = ({ id, armed, expected }: Drill) => ({ id, armed, expected })

const isWanted = (id: string, only: readonly string[]): boolean => only.length === 0 || only.some(word => id === withPrefix(word) || id.startsWith(`${withPrefix(word)}/`))
/** Selecting one of its runs selects the drill, too. */
const isWantedDrill = (id: string, only: readonly string[]): boolean => isWanted(id, only) || only.some(word => withPrefix(word).startsWith(`${id}/`))
const withPrefix = (word: string): string => word.startsWith('drill/') ? word : `drill/${word}`

/** Values of --only that match no drill. */
export const unknownDrills = (only: readonly string[]): readonly string[] =>
  only.filter(word => ![PLAIN_DRILL, ...DRILLS].some(({ id }) => isWantedDrill(id, [word])))

function judgePlain (run: ClientRun): Opinion {
  if (run.exitCode === null) return { verdict: 'error', because: `nothing can be judged: without any fault the client was still running after ${(run.milliseconds / 1000).toFixed(1)} s` }
  if (run.exitCode !== 0) return { verdict: 'error', because: `nothing can be judged: without any fault the client ends with exit ${run.exitCode}` }
  if (run.entries.length === 0) return { verdict: 'error', because: 'nothing can be judged: the client sent no request; it must use RESPACE_URL' }
  return gravest([pass('exit 0, no rule broken'), ...judgeRules(run, [])])
}

/** Rules that a run broke, except for expected ones. A note is not a fault. */
function judgeRules ({ findings }: ClientRun, known: readonly string[]): readonly Opinion[] {
  return findings.filter(({ rule, level }) => level !== 'note' && !known.includes(rule)).map(({ rule, level, about, sentences: [sentence] }) => {
    const because = `${rule}: ${sentence ?? about}`
    return level === 'wrong' ? fail(because) : risky(because)
  })
}

async function runPart (part: Part, plain: ClientRun, options: DrillOptions): Promise<PartResult> {
  try {
    // The time of the plain run is added.
    const run = await runOnce({ ...part, extraMs: (part.extraMs ?? 0) + plain.milliseconds }, options)
    const known = [...plain.findings.map(({ rule }) => rule), ...part.excused ?? []]
    return describeRun({ id: part.id, ...gravest([part.judge(run), ...judgeRules(run, known)]) }, run, plain)
  } catch (error) {
    if (options.signal.aborted || error instanceof NoProgram) throw error
    return { id: part.id, verdict: 'error', because: `a fault of the emulator: ${reasonOf(error)}`, did: '', reaction: '', stderr: '', milliseconds: 0 }
  }
}

function describeRun ({ id, verdict, because }: Opinion & Pick<PartResult, 'id'>, run: ClientRun, plain: ClientRun): PartResult {
  const { exitCode, entries, changes, stderr, milliseconds } = run
  const files = changes.added.length === 0 ? [] : [`${wholeFiles(run, plain).length} of ${counted(changes.added.length, 'new file')} complete`]
  const others = [...changes.others].map(([change, times]) => `${change}: ${times}`)
  const did = [exitCode === null ? 'was killed' : `exit ${exitCode}`, counted(entries.length, 'request'), ...files, ...others].join(', ')
  return { id, verdict, because, did, reaction: describeReaction(run), stderr, milliseconds }
}

function judgeParts (reason: string, [first, ...more]: readonly PartResult[]): Opinion {
  if (first === undefined) return untested(reason)
  const worst = gravest([first, ...more])
  if (more.length === 0) return { verdict: worst.verdict, because: worst.because }
  if (worst.verdict !== 'pass') return { verdict: worst.verdict, because: `${worst.id.slice(worst.id.lastIndexOf('/') + 1)}: ${worst.because}` }
  return pass(`${more.length + 1} runs: ${worst.because}`)
}

/** Results of all runs; rejects only after all have ended, so that nothing is left behind. */
async function allEnded<T> (works: ReadonlyArray<Promise<T>>): Promise<readonly T[]> {
  await Promise.allSettled(works)
  return Promise.all(works)
}

/** Limits the number of concurrent runs; the order is kept. */
function createTurns (most: number) {
  const waiting: Array<() => void> = []
  let running = 0
  return async function takeTurn<T> (work: () => Promise<T>): Promise<T> {
    if (running >= most) await new Promise<void>(resolve => { waiting.push(resolve) })
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}

/** 0: all as expected, 1: something failed, 2: nothing could be judged, 3: the emulator or the plain run failed. */
export function exitCodeOf (results: readonly DrillResult[], isStrict: boolean): 0 | 1 | 2 | 3 {
  const has = (verdict: DrillVerdict): boolean => results.some(result => result.verdict === verdict)
  if (has('error')) return 3
  if (has('fail') || (isStrict && has('risky'))) return 1
  return results.every(({ verdict }) => verdict === 'untested') ? 2 : 0
}
