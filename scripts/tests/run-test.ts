/** One test file in a process of its own, which writes TAP. */
import { spawn } from 'node:child_process'
import { pathToFileURL } from 'node:url'

export interface TestRun {
  /** The file, as people name it. */
  readonly name: string
  /** What Node runs for it. */
  readonly program: string
  /** Environment variables besides ours. */
  readonly variables?: Readonly<Record<string, string>>
  /** Seconds. */
  readonly longest: number
}

export interface Outcome {
  readonly name: string
  /** Assertions. */
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Each `not ok` with its details, each skip with its reason. */
  readonly failures: readonly string[]
  readonly skips: readonly string[]
  /** All that was written. */
  readonly output: string
  readonly seconds: number
  /** Seconds for which processors worked for it and the processes it started; 0 when it did not end well. */
  readonly processorSeconds: number
}

/** Tap ends the process after `longest`, and says where it stood; a process that does not even do that has so many seconds more. */
const GRACE = 30
const NOTE = pathToFileURL('scripts/tests/note-processor-time.mjs').href

/** Never rejects: a process that cannot start, crashes, takes too long or writes no summary counts as one failure. */
export function runTest ({ name, program, variables, longest }: TestRun): Promise<Outcome> {
  const started = performance.now()
  const child = spawn(process.execPath, ['--enable-source-maps', '--import', NOTE, program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TAP: '1', TAP_TIMEOUT: String(longest), ...variables },
    timeout: (longest + GRACE) * 1000,
    killSignal: 'SIGKILL'
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (text: Buffer) => { output += text })
  child.stderr.on('data', (text: Buffer) => { errors += text })
  return new Promise(resolve => {
    const settle = (ending: string | undefined): void => { resolve({ name, ...outcomeOf(output, errors, ending), seconds: (performance.now() - started) / 1000 }) }
    child.once('error', error => { settle(error.message) })
    child.once('close', (code, signal) => { settle(code === 0 ? undefined : `ended with ${code ?? signal}`) })
  })
}

/** With its skips as they are, or as none. */
export const withSkips = (outcome: Outcome, areCounted: boolean): Outcome => areCounted ? outcome : { ...outcome, skipped: 0, skips: [] }

/** What a test wrote to its two outputs; `ending` says how its process ended, undefined for well. */
export function outcomeOf (output: string, errors: string, ending: string | undefined): Omit<Outcome, 'name' | 'seconds'> {
  // The last line but one is the summary: `# { total: 64, pass: 63, fail: 1 }`.
  const summary = output.match(/^# \{ total: .*\}$/gm)?.at(-1)
  const count = (kind: string): number => Number(new RegExp(`${kind}: (\\d+)`).exec(summary ?? '')?.[1] ?? 0)
  const problem = ending ?? (summary === undefined ? 'ended without a summary' : undefined)
  const reported: readonly string[] = output.match(/^ *not ok .*(?:\n +---\n[^]*?^ +\.\.\.$)?/gm) ?? []
  return {
    passed: count('pass'),
    failed: Math.max(count('fail'), problem === undefined ? 0 : 1),
    skipped: count('skip'),
    failures: reported.length === 0 && problem !== undefined ? [`${problem}\n${errors}`] : reported,
    skips: output.match(/^ *ok .* # SKIP.*$/gm) ?? [],
    output: output + errors,
    processorSeconds: Number(/^# processor seconds: (.*)$/m.exec(output)?.[1] ?? 0)
  }
}
