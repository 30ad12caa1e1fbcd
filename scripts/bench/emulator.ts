/** The emulator's cost for a test suite: start, memory, reset, restore, size on the disk. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { element, logIn } from '../../test/support/client.ts'
import { run, start, waitFor } from './child.ts'
import type { Figure } from './figure.ts'
import { freePort } from '../../test/support/free-port.ts'
import { PROGRAM } from './respace.ts'
import { median } from './rounds.ts'
import { answers } from './start-time.ts'

const ROUNDS = 15
/** Rounds for calls that take milliseconds. */
const CALLS = 50
const ROOT = join(import.meta.dirname, '../..')

interface Started {
  /** Milliseconds. */
  readonly time: number
  readonly megabytes: number
}

export async function measureEmulator (folder: string): Promise<Figure[]> {
  const [empty, ours]: [number[], Started[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    empty.push(timeEmpty())
    ours.push(await timeStart())
  }
  return [
    figureOf('emulator: start to first answer', median(ours.map(({ time }) => time)), 300, 'ms', `node -e 0 ${median(empty).toFixed(0)} ms`),
    figureOf('emulator: memory then', median(ours.map(({ megabytes }) => megabytes)), 90, 'MB'),
    ...await measureState(folder),
    figureOf('production install', await sizeOfInstall(), 90, 'MB')
  ]
}

function timeEmpty (): number {
  const before = performance.now()
  spawnSync(process.execPath, ['-e', '0'])
  return performance.now() - before
}

async function timeStart (): Promise<Started> {
  const port = await freePort()
  const before = performance.now()
  const child = start(process.execPath, [PROGRAM, 'dev', '--port', `${port}`])
  while (!await answers(port)) await sleep(2)
  const time = performance.now() - before
  const kilobytes = Number(/^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])
  await child.stop()
  return { time, megabytes: kilobytes * 1024 / 1e6 }
}

/** With the control calls of a suite before each test, each time with something to restore. */
async function measureState (folder: string): Promise<Figure[]> {
  const readyFile = join(folder, 'emulator.json')
  const child = start(process.execPath, [PROGRAM, 'dev', '--port', '0', '--ready-file', readyFile])
  const url = await waitFor('the emulator', async (): Promise<string> => (JSON.parse(readFileSync(readyFile, 'utf8')) as { url: string }).url)
  async function timeCall (path: string, body?: string): Promise<number> {
    const before = performance.now()
    const answer = await fetch(`${url}/_emulator/v1${path}`, { method: 'POST', ...(body !== undefined && { body }) })
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
    return performance.now() - before
  }
  await timeCall('/snapshots', '{"name":"bench"}')
  const [resets, restores]: [number[], number[]] = [[], []]
  for (let round = 0; round < CALLS; round++) {
    for (const [times, path] of [[resets, '/reset'], [restores, '/snapshots/bench/restore']] as const) {
      const key = element(await logIn({ url }, 'demo', 'demo'), 'session_key')
      await fetch(`${url}/rest/?method=folders.create&name=new&session_key=${key}`).then(answer => answer.text())
      times.push(await timeCall(path))
    }
  }
  await child.stop()
  return [figureOf('emulator: reset to the demo seed', median(resets), 20, 'ms'), figureOf('emulator: restore of a snapshot', median(restores), 50, 'ms')]
}

/** Megabytes of the program and its packages. */
export async function sizeOfInstall (): Promise<number> {
  const packages = (await run('npm', ['ls', '--prefix', ROOT, '--omit=dev', '--all', '--parseable'])).trim().split('\n').slice(1)
  const own = ['dist', 'migrations'].map(name => join(ROOT, name))
  return [...own, ...packages].reduce((sum, path) => sum + bytesIn(path, !own.includes(path)), 0) / 1e6
}

/** The total size of the files below a folder; nested packages are counted separately. */
export function bytesIn (folder: string, isPackage: boolean): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return isPackage && entry.name === 'node_modules' ? sum : sum + bytesIn(path, isPackage)
    return sum + statSync(path).size
  }, 0)
}

function figureOf (work: string, value: number, atMost: number, unit: 'ms' | 'MB', theirs = ''): Figure {
  return { work, ours: `${value.toFixed(value < 20 ? 1 : 0)} ${unit}`, theirs, value, target: { atMost, unit } }
}
