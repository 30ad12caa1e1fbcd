/** A real server in this process, on a free port and a folder of its own, with a clock and ids that tests choose. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, type App } from '../../src/app.ts'
import type { Overrides } from '../../src/app/compose.ts'
import { loadConfig } from '../../src/config.ts'
import type { Clock, Ids } from '../../src/ports.ts'
import { databaseOf } from './database.ts'

/** What of tap a helper needs. */
export interface Teardown {
  teardown (work: () => unknown): void
}

/** Stands still until it is moved; sleeping moves it. */
export interface TestClock extends Clock {
  time: number
}

export interface TestServer {
  readonly app: App
  readonly url: string
  /** Of --listen, in that order. */
  readonly others: readonly string[]
  readonly storage: string
  readonly clock: TestClock
  /** All that was logged, as text. */
  log (): string
  close (): Promise<void>
}

export const START = Date.UTC(2026, 0, 2, 3, 4, 5)

export interface ServerOptions {
  /** Settings as they are written, by name. */
  readonly settings?: Readonly<Record<string, string>>
  /** Those that are secret, as the variables that they are. */
  readonly variables?: Readonly<Record<string, string>>
  readonly overrides?: Overrides
  /** A folder to use again; it stays then. */
  readonly storage?: string
  /** Chooses the ids; not given: others in each folder. */
  readonly seed?: string
}

export async function temporaryFolder (t: Teardown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'respace-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export async function startServer (t: Teardown, options: ServerOptions = {}): Promise<TestServer> {
  const storage = options.storage ?? await temporaryFolder(t)
  const clock = testClock()
  const lines: string[] = []
  const database = await databaseOf(t, storage)
  const config = await loadConfig({ storage, database, databaseConnections: '4', port: '0', logLevel: 'trace', gracePeriod: '2 s', ...options.settings }, options.variables ?? {})
  const logStream = { write: (line: string) => { lines.push(line) } }
  const app = await createApp(config, { clock, ids: seededIds(options.seed ?? storage), logStream, ...options.overrides })
  const [url = '', ...others] = await app.listen()
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= app.close()
    return closing
  }
  t.teardown(close)
  return { app, url, others, storage, clock, log: () => lines.join(''), close }
}

export function testClock (): TestClock {
  return {
    time: START,
    now () {
      return this.time
    },
    async sleep (milliseconds) {
      // A clock shows whole ones.
      this.time += Math.ceil(milliseconds)
      await new Promise(resolve => { setImmediate(resolve) })
    }
  }
}

/** The same ids for the same seed, in the same order. */
export function seededIds (seed: string): Ids {
  let count = 0
  const bytes = (length: number): Buffer => {
    const blocks: Buffer[] = []
    for (let have = 0; have < length; have += 32) blocks.push(createHash('sha256').update(`${seed} ${count++}`).digest())
    return Buffer.concat(blocks).subarray(0, length)
  }
  return {
    bytes,
    text: (alphabet, length) => [...bytes(length)].map(byte => alphabet[byte % alphabet.length]).join('')
  }
}
