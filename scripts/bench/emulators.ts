/**
 * Compares `respace dev` with emulators of other services: start to first answer, memory at that moment, and installed size.
 * The others are installed from the npm registry into a temporary folder; unavailable ones are named and left out.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled, run, start, waitFor, type Child } from './child.ts'
import { bytesIn, sizeOfInstall } from './emulator.ts'
import type { Figure } from './figure.ts'
import { freePort } from '../../test/support/free-port.ts'
import { PROGRAM } from './respace.ts'
import { measureByTurns, median } from './rounds.ts'

const ROUNDS = 5

interface Emulator {
  readonly name: string
  /** MB. */
  readonly size: number
  /** A cheap request, repeated until it answers. */
  readonly path: string
  /** The command that starts it on a port, without earlier data. */
  command (port: number): Promise<readonly string[]>
}

interface Package {
  readonly name: string
  readonly program: string
  /** A needed program that is not in a package. */
  readonly needs?: string
  /** Next to MOCK, in its folder. */
  words (port: number, folder: string): Promise<readonly string[]>
}

/** The configuration of the generic mock servers. */
const MOCK = { openapi: '3.0.0', info: { title: 'mock', version: '1' }, paths: { '/': { get: { responses: { 200: { description: 'ok' } } } } } }

const OTHERS: readonly Package[] = [
  {
    name: 'azurite',
    program: 'azurite',
    words: async port => ['--silent', '--disableTelemetry', '--inMemoryPersistence', '--blobPort', `${port}`, '--queuePort', `${await freePort()}`, '--tablePort', `${await freePort()}`]
  },
  { name: 's3rver', program: 's3rver', words: async (port, folder) => ['--directory', join(folder, 'data'), '--address', '127.0.0.1', '--port', `${port}`] },
  { name: 'wiremock', program: 'wiremock', needs: 'java', words: async (port, folder) => ['--port', `${port}`, '--root-dir', join(folder, 'data')] },
  { name: '@mockoon/cli', program: 'mockoon-cli', words: async (port, folder) => ['start', '--data', join(folder, 'mock.json'), '--port', `${port}`, '--disable-log-to-file'] },
  { name: '@stoplight/prism-cli', program: 'prism', words: async (port, folder) => ['mock', '--host', '127.0.0.1', '--port', `${port}`, join(folder, 'mock.json')] }
]

export async function measureEmulators (folder: string): Promise<Figure[]> {
  const emulators: Emulator[] = [{ name: 'respace dev', size: await sizeOfInstall(), path: '/healthz', command: async port => [PROGRAM, 'dev', '--port', `${port}`] }]
  for (const other of OTHERS) {
    const installed = await install(join(folder, 'emulators', other.program), other).catch((error: unknown) => { process.stderr.write(`WITHOUT ${other.name}: ${String(error).slice(0, 500)}\n`) })
    if (installed !== undefined) emulators.push(installed)
  }
  const memory = emulators.map((): number[] => [])
  const times = await measureByTurns(ROUNDS, emulators.map((emulator, i) => () => timeStart(emulator, bytes => memory[i]?.push(bytes))))
  const [ours, ...others] = emulators.map(({ name, size }, i) => ({
    name, size, time: median(times.map(round => round[i] ?? NaN)), memory: median(memory[i] ?? []) / 1e6
  }))
  if (ours === undefined) throw new Error('nothing was measured')
  return others.flatMap(other => [
    { work: `start to ready ÷ ${other.name}`, ours: `${ours.time.toFixed(0)} ms`, theirs: `${other.time.toFixed(0)} ms`, value: ours.time / other.time },
    { work: `memory ÷ ${other.name}`, ours: `${ours.memory.toFixed(0)} MB`, theirs: `${other.memory.toFixed(0)} MB`, value: ours.memory / other.memory },
    { work: `install ÷ ${other.name}`, ours: `${ours.size.toFixed(0)} MB`, theirs: `${other.size.toFixed(0)} MB`, value: ours.size / other.size }
  ])
}

async function install (folder: string, { name, program, needs, words }: Package): Promise<Emulator> {
  if (needs !== undefined && !isInstalled(needs)) throw new Error(`${needs} is not installed`)
  mkdirSync(folder, { recursive: true })
  await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', name])
  writeFileSync(join(folder, 'mock.json'), JSON.stringify(MOCK))
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }
  return {
    name: `${name} ${version}`,
    size: bytesIn(join(folder, 'node_modules'), false) / 1e6,
    path: '/',
    async command (port) {
      rmSync(join(folder, 'data'), { recursive: true, force: true })
      mkdirSync(join(folder, 'data'))
      return [join(folder, 'node_modules/.bin', program), ...await words(port, folder)]
    }
  }
}

/** Milliseconds to the first answer of any status; `tell` gets the bytes of memory at that moment. */
async function timeStart ({ path, command }: Emulator, tell: (bytes: number) => void): Promise<number> {
  const port = await freePort()
  const words = await command(port)
  const before = performance.now()
  const child = start(process.execPath, words)
  await waitFor(words.join(' '), async () => (await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' })).status)
  const time = performance.now() - before
  const family = await familyOf(child)
  tell(family.reduce((sum, pid) => sum + residentBytes(pid), 0))
  await child.stop()
  for (const pid of family.slice(1)) kill(pid)
  return time
}

/** Most child processes end with their parent. */
function kill (pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch { /* It is gone. */ }
}

/** A process and all its descendants, itself first. */
async function familyOf ({ pid }: Child): Promise<number[]> {
  const rows = (await run('ps', ['-e', '-o', 'pid=,ppid='])).trim().split('\n').map(line => line.trim().split(/ +/).map(Number))
  const family = [pid]
  for (const parent of family) family.push(...rows.filter(([, ppid]) => ppid === parent).map(([own = 0]) => own))
  return family
}

function residentBytes (pid: number): number {
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}
