/** What every command does that runs a server: listen, tell, end on a signal. */
import { chmod, rename, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { NotListening } from '../http/listeners.ts'
import { CommandProblem, explain } from './problem.ts'
import { reasonOf } from '../domain/as-error.ts'

/** Milliseconds for what is left to do after the grace period, such as giving up a database that does not answer. */
export const LAST_DELAY = 15_000

/**
 * Lets an app answer until a signal ends it, and closes it when it cannot. `greeting` is what it says once it answers at its urls, the
 * main one first.
 */
export async function runUntilSignal (app: App, config: Config, greeting: (urls: readonly string[]) => string): Promise<void> {
  try {
    const urls = await listen(app)
    const [url = ''] = urls
    const ready = writeReadyFile(config.readyFile, url)
    endOnSignal(app, config, ready)
    await ready
    process.stdout.write(greeting(urls))
  } catch (error) {
    await app.close()
    throw error
  }
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
    case 'EADDRINUSE': return 'another program uses it; stop that one, or choose another port with --port or --listen'
    case 'EACCES': return 'this user may not; choose a port above 1023 with --port or --listen'
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN': return 'this machine has no such address; choose another with --host or --listen'
  }
}

/** Written aside and renamed: who reads it reads all of it. Anybody may, whatever else is private. */
async function writeReadyFile (path: string | undefined, url: string): Promise<void> {
  if (path === undefined) return
  try {
    await writeFile(`${path}.new`, JSON.stringify({ url, pid: process.pid }) + '\n')
    await chmod(`${path}.new`, 0o644)
    await rename(`${path}.new`, path)
  } catch (error) {
    throw badReadyFile(path, error)
  }
}

/** Comes before all else: one that a killed server left would tell of an address where nobody answers. */
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
    // A second signal ends at once: nothing acknowledged is lost by that, the next start tidies up.
    if (isEnding) process.exit(1)
    isEnding = true
    app.log.info({ signal }, 'closing: running transfers may finish, another signal ends at once')
    setTimeout(() => {
      app.log.error('something that this server waits for has not ended: it ends all the same, and the next start tidies up')
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
