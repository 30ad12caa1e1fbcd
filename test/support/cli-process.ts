/** The built program as child processes, each ended by its own pid. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { madeDatabase } from './database.ts'
import { temporaryFolder, type Teardown } from './server.ts'
import { until } from './wait-until.ts'

export const ROOT = join(import.meta.dirname, '../..')

export interface Ended {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Circumstances {
  /** Settings as variables; those of whoever runs the tests are left out. */
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly cwd?: string
  readonly uid?: number
  /** Another build than the one in this folder. */
  readonly program?: string
  /** Options of Node. */
  readonly before?: readonly string[]
  /** Milliseconds after which it is killed, 0 for never; two minutes unless it is said. */
  readonly longest?: number
}

interface Running {
  readonly pid: number
  readonly ended: Promise<Ended>
  /** What it has written to standard output so far. */
  stdout (): string
  kill (signal: NodeJS.Signals): void
}

/** No command of a test takes so long. */
const LONGEST_RUN = 120_000

export function start (words: readonly string[], { env, input, cwd, uid, program, before = [], longest = LONGEST_RUN }: Circumstances = {}): Running {
  // Commands beside a test server are told where its database is.
  const database = madeDatabase(words[words.indexOf('--storage') + 1] ?? '')
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RESPACE_')))
  // The test runner's own NODE_OPTIONS would make it another program than operators start.
  const child = spawn('/usr/bin/env', ['-u', 'NODE_OPTIONS', process.execPath, ...before, program ?? join(ROOT, 'dist/main.js'), ...words], {
    cwd: cwd ?? ROOT, env: { ...own, ...(database !== undefined && { RESPACE_DATABASE: database }), ...env }, timeout: longest, killSignal: 'SIGKILL', ...(uid !== undefined && { uid, gid: uid })
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text: Buffer) => { stdout += text })
  child.stderr.on('data', (text: Buffer) => { stderr += text })
  // Who does not read its input has closed it.
  child.stdin.on('error', () => undefined).end(input)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject).once('close', (status, signal) => { resolve({ status, signal, stdout, stderr }) })
  })
  return { pid: child.pid ?? 0, ended, stdout: () => stdout, kill: signal => { child.kill(signal) } }
}

/** Runs a command to its end. */
export const run = (words: readonly string[], circumstances?: Circumstances): Promise<Ended> => start(words, circumstances).ended

export interface ServedProgram extends Running {
  readonly url: string
  readonly storage: string
  readonly readyFile: string
}

/** `respace serve` on a free port, once it says that it is ready. */
export async function serveProgram (
  t: Teardown, words: readonly string[] = [], circumstances?: Circumstances & { storage?: string }
): Promise<ServedProgram> {
  const folder = await temporaryFolder(t)
  const storage = circumstances?.storage ?? join(folder, 'storage')
  const readyFile = join(folder, 'ready.json')
  const running = start(['serve', '--port', '0', '--storage', storage, '--ready-file', readyFile, ...words], circumstances)
  t.teardown(async () => {
    running.kill('SIGKILL')
    await running.ended
  })
  let ended: Ended | undefined
  running.ended.then(end => { ended = end }, () => undefined)
  await until('the server is ready', () => {
    if (ended) throw new Error(`the server ended: ${ended.stderr}`)
    return existsSync(readyFile) && running.stdout().includes('curl')
  })
  return { ...running, url: (JSON.parse(readFileSync(readyFile, 'utf8')) as { readonly url: string }).url, storage, readyFile }
}
