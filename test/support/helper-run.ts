/** Runs test runners of other languages that use the helpers of `clients/`, and finds what they leave. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { ROOT, type Ended } from './cli-process.ts'
import { temporaryFolder } from './server.ts'
import { until } from './wait-until.ts'

/** No run takes so long. */
const LONGEST_RUN = 120_000

/** The option that helpers start an emulator with: nothing else does. */
const MARK = '--exit-on-stdin-close'

export interface HelperRun {
  readonly pid: number
  readonly ended: Promise<Ended>
  /** Where it and all that it starts have their temporary files; removed with the test. */
  readonly temporary: string
  /** The emulators that it has started and that still run. */
  emulators (): number[]
  /** All of its processes that still run. */
  processes (): number[]
}

/** Starts a program in a folder, with the built program as emulator unless `env` names another one. */
export async function startHelper (t: Test, [command = '', ...words]: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<HelperRun> {
  const temporary = await temporaryFolder(t)
  const strange = /^(?:NODE_OPTIONS|NODE_TEST_CONTEXT|https?_proxy|all_proxy|no_proxy|RESPACE_.*|PYTEST_.*)$/i
  const own = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !strange.test(variable)))
  const child = spawn(command, words, {
    cwd,
    env: { ...own, PYTHONDONTWRITEBYTECODE: '1', RESPACE_COMMAND: `${process.execPath} ${join(ROOT, 'dist/main.js')}`, ...env, TMPDIR: temporary },
    timeout: LONGEST_RUN,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => { stdout += text })
  child.stderr.setEncoding('utf8').on('data', text => { stderr += text })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject).once('exit', (status, signal) => {
      // An emulator that outlived it would keep its output open; what it left is found by its processes.
      setImmediate(() => { resolve({ status, signal, stdout, stderr }) })
    })
  })
  const run = {
    pid: child.pid ?? 0,
    ended,
    temporary,
    emulators: () => processesIn(temporary).filter(pid => readProcess(pid, 'cmdline').includes(MARK)),
    processes: () => processesIn(temporary)
  }
  t.teardown(async () => {
    for (const pid of run.processes()) kill(pid)
    await ended.catch(() => undefined)
  })
  return run
}

/** Runs it to its end; the test fails unless all of its processes end with it and its temporary folder is empty. */
export async function runHelper (t: Test, command: readonly string[], cwd: string, env?: Readonly<Record<string, string>>): Promise<Ended> {
  const run = await startHelper(t, command, cwd, env)
  const ended = await run.ended
  await leavesNothing(t, run)
  return ended
}

/** Fails unless all of its processes end by themselves and its temporary folder has only `others` then: what the test itself has put there. */
export async function leavesNothing (t: Test, { processes, temporary }: Pick<HelperRun, 'processes' | 'temporary'>, others: readonly string[] = []): Promise<void> {
  await until('all of its processes have ended', () => processes().length === 0)
  t.strictSame(readdirSync(temporary), others, 'nothing is left in the temporary folder')
}

/** Kills a run that has started an emulator: the processes with this word in their command line. */
export async function killMidway (t: Test, run: HelperRun, word: string): Promise<void> {
  let ended: Ended | undefined
  run.ended.then(end => { ended = end }, () => undefined)
  await until('its test is running', () => {
    if (ended) throw new Error(`it ended: ${ended.stdout}${ended.stderr}`)
    return readdirSync(run.temporary).includes('running')
  })
  t.equal(run.emulators().length, 1)
  for (const pid of run.processes()) if (!run.emulators().includes(pid) && readProcess(pid, 'cmdline').includes(word)) kill(pid)
  await run.ended
}

/** The processes whose temporary files are in a folder: the variable is inherited by all that one starts. */
function processesIn (temporary: string): number[] {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number).filter(pid => readProcess(pid, 'environ').split('\0').includes(`TMPDIR=${temporary}`))
}

/** '' for a process that has ended. */
function readProcess (pid: number, file: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function kill (pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}

/** The example in a language of a page, the first or that many after it. */
export function exampleOf (page: string, language: string, after = 0): string {
  const found = [...readFileSync(join(ROOT, page), 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))][after]?.[1]
  if (found === undefined) throw new Error(`${page} has no ${language}`)
  return found
}
