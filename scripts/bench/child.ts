/** Child processes of the benchmark; each is ended by its pid and none outlives the benchmark. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Child {
  readonly pid: number
  stop (): Promise<void>
}

const running = new Set<ChildProcess>()
process.once('exit', () => { for (const child of running) child.kill('SIGKILL') })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { process.exit(1) })

/** Starts a long-running program, without the list of certificates that Node would read for 30 ms at each start. If it ends early, the benchmark fails with its output. */
export function start (command: string, words: readonly string[], variables: Readonly<Record<string, string>> = {}): Child {
  const child = spawn(command, words, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...ownEnvironment(), NODE_EXTRA_CA_CERTS: undefined, ...variables } })
  const ended = once(child, 'exit')
  let said = ''
  let isStopping = false
  running.add(child)
  child.stderr.on('data', (text: Buffer) => { said = (said + text).slice(-2000) })
  ended.then(([code, signal]) => {
    running.delete(child)
    if (isStopping) return
    process.stderr.write(`${command} ${words.join(' ')} ended with ${code ?? signal}: ${said}\n`)
    process.exit(1)
  }, fail)
  return {
    pid: child.pid ?? 0,
    async stop () {
      isStopping = true
      child.kill('SIGTERM')
      await ended
    }
  }
}

/** Runs a program to its end; returns its output. Throws when it fails. */
export async function run (command: string, words: readonly string[]): Promise<string> {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'], env: ownEnvironment() })
  let printed = ''
  let said = ''
  running.add(child)
  child.stdout.on('data', (text: Buffer) => { printed += text })
  child.stderr.on('data', (text: Buffer) => { said += text })
  const [code, signal] = await once(child, 'close') as [number | null, NodeJS.Signals | null]
  running.delete(child)
  if (code !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${code ?? signal}: ${said}`)
  return printed
}

/** A program of this folder, as arguments for `node`. */
export const ownProgram = (name: string): string[] => ['--import=tsx', `${import.meta.dirname}/${name}`]

export const isInstalled = (command: string): boolean => spawnSync(command, ['--version']).error === undefined

/** The result of `probe`, once there is one; it is called every 5 ms for at most a minute. */
export async function waitFor<T> (what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    const found = await probe().catch(() => undefined)
    if (found !== undefined) return found
    await sleep(5)
  }
  throw new Error(`${what} did not come within a minute`)
}

/** The environment without settings of Respace, which would change the server. */
function ownEnvironment (): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RESPACE_')))
}

function fail (error: unknown): never {
  process.stderr.write(`${String(error)}\n`)
  process.exit(1)
}
