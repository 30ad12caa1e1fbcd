/** A server as a process of its own, for what ends processes: signals and crashes. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Teardown } from './server.ts'

const ROOT = join(import.meta.dirname, '../..')

export interface ServerProcess {
  readonly url: string
  readonly storage: string
  readonly child: ChildProcess
  /** Sends a signal; the exit code once the process is gone, null when a signal ended it. */
  end (signal: NodeJS.Signals): Promise<number | null>
}

export interface Command {
  readonly storage: string
  /** Arguments of `serve`. */
  readonly settings?: readonly string[]
  /** Arguments of node that run another program than the built server; it prints and writes the same. */
  readonly program?: readonly string[]
  /** Is given the process before it is ready. */
  readonly onSpawn?: (child: ChildProcess) => void
}

/** Starts `dist/main.js serve`; rejects when it ends before it is ready. */
export async function spawnServer (t: Teardown, { storage, settings = [], program, onSpawn }: Command): Promise<ServerProcess> {
  const readyFile = join(storage, 'ready.json')
  await rm(readyFile, { force: true })
  const serving = ['dist/main.js', 'serve', '--port', '0', '--storage', storage, '--ready-file', readyFile, '--log-level', 'error', ...settings]
  const child = spawn(process.execPath, [...(program ?? serving)], {
    cwd: ROOT,
    // Settings of whoever runs the tests are left out.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RESPACE_'))),
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const ended: Promise<unknown> = once(child, 'exit')
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
  })
  onSpawn?.(child)
  await isReady(child)
  const { url } = JSON.parse(await readFile(readyFile, 'utf8')) as { url: string }
  return {
    url,
    storage,
    child,
    async end (signal) {
      child.kill(signal)
      await ended
      return child.exitCode
    }
  }
}

function isReady (child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.once('error', reject)
    child.once('exit', (code, signal) => { reject(new Error(`the server ended with ${code ?? signal}: ${output}`)) })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', chunk => {
        output = (output + String(chunk)).slice(-10_000)
        if (output.includes('Respace is ready')) resolve()
      })
    }
  })
}
