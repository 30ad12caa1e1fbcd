/** Common to all commands that run a server: listen, print the addresses, end on a signal. */
import { chmod, rename, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { NotListening } from '../http/listeners.ts'
import { CommandProblem, explain } from './problem.ts'
import { reasonOf } from '../domain/as-error.ts'

/** Milliseconds for remaining work after the grace period, such as waiting for a database that does not answer. */
export const LAST_DELAY = 15_000

/**
 * Lets an app answer until a signal ends it, and closes it when it cannot. `greeting` is what it says once it answers at its urls, the
 * main one first. `controlToken` is written into the ready file, which only this user can read then.
 */
export async function runUntilSignal (app: App, config: Config, greeting: (urls: readonly string[]) => string, controlToken?: string): Promise<void> {
  try {
    const urls = await listen(app)
    const [url = ''] = urls
    const ready = writeReadyFile(config.readyFile, url, controlToken)
    endOnSignal(app, config, ready)
    await ready
    process.stdout.write(greeting(urls))
  } catch (error) {
    await app.close()
    throw error
  }
}

/**
 * Ends a server that listens as a signal does, when standard input closes: the system closes it when the program at the other end of the
 * pipe ends, also when that is killed. What comes in is thrown away.
 */
export function endWithInput (): void {
  let hasEnded = false
  const end = () => {
    if (hasEnded) return
    hasEnded = true
    process.emit('SIGTERM', 'SIGTERM')
  }
  process.stdin.once('end', end).once('close', end).once('error', end).resume()
}

async function listen (app: App): Promise<readonly string[]> {
  try {
    return await app.listen()
  } catch (error) {
    if (!(error instanceof NotListening)) throw error
    const { address: { host, port }, cause } = error
    const reason = sentenceFor(cause instanceof Error && 'code' in cause ? cause.code : undefined)
    throw reason === undefined ? error : new CommandProblem(`cannot listen on port ${port} of ${host}: ${reason}`)
  }
}

function sentenceFor (code: unknown): string | undefined {
  switch (code) {
    case 'EADDRINUSE': return 'another program uses it; stop that program, or choose another port with --port or --listen'
    case 'EACCES': return 'permission denied; choose a port above 1023 with --port or --listen'
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN': return 'this machine has no such address; choose another with --host or --listen'
  }
}

/** Written to a temporary file and renamed, so that readers never see a part of it. Unlike other files it is readable by everybody, unless it has a secret. */
export async function writeReadyFile (path: string | undefined, url: string, controlToken?: string): Promise<void> {
  if (path === undefined) return
  try {
    const mode = controlToken === undefined ? 0o644 : 0o600
    // One that a killed process has left would keep its mode.
    await rm(`${path}.new`, { force: true })
    await writeFile(`${path}.new`, JSON.stringify({ url, pid: process.pid, controlToken }) + '\n', { mode })
    await chmod(`${path}.new`, mode)
    await rename(`${path}.new`, path)
  } catch (error) {
    throw badReadyFile(path, error)
  }
}

/** Removes the file of a killed server, since nobody answers at the address in it. */
export async function removeReadyFile (path: string | undefined): Promise<void> {
  if (path === undefined) return
  try {
    await rm(path, { force: true })
  } catch (error) {
    throw badReadyFile(path, error)
  }
}

function badReadyFile (path: string, error: unknown): CommandProblem {
  return new CommandProblem(`--ready-file: cannot write ${resolve(path)}: ${reasonOf(error)}`)
}

function endOnSignal (app: App, { readyFile, drainDelay, gracePeriod }: Config, ready: Promise<void>): void {
  let isEnding = false
  async function end (signal: string): Promise<void> {
    // A second signal ends immediately: nothing acknowledged is lost, the next start cleans up.
    if (isEnding) process.exit(1)
    isEnding = true
    app.log.info({ signal }, 'shutting down: running transfers may finish, another signal ends the server immediately')
    setTimeout(() => {
      app.log.error('shutdown did not finish in time: exiting anyway, the next start cleans up')
      process.exit(1)
    }, drainDelay + gracePeriod + LAST_DELAY).unref()
    await ready
    await removeReadyFile(readyFile)
    await app.close()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => { end(signal).catch(fail) })
}

function fail (error: unknown): never {
  process.stderr.write(`respace: ${explain(error)}\n`)
  process.exit(1)
}
