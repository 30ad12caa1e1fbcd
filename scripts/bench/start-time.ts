/** From the start of the process to its first answer. */
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FEW, MANY, storageOf } from './calls.ts'
import { start } from './child.ts'
import type { Figure } from './figure.ts'
import { serveFilled } from './filled-storage.ts'
import { freePort } from '../../test/support/free-port.ts'
import { PROGRAM } from './respace.ts'
import { median } from './rounds.ts'

const ROUNDS = 9

export async function measureStart (folder: string): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const files of [FEW, MANY]) {
    const storage = storageOf(folder, files)
    await (await serveFilled(storage, files, 1)).stop()
    figures.push(figureOf(`start to first answer, ${files.toLocaleString('en')} files stored`, await medianStart(storage, false)))
  }
  figures.push(figureOf('start to first answer, empty storage', await medianStart(join(folder, 'new-storage'), true)))
  return figures
}

async function medianStart (storage: string, isNew: boolean): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    // A new folder each time: removing the last one would keep the disk busy while the next start syncs.
    times.push(await timeStart(isNew ? `${storage}-${round}` : storage))
  }
  return median(times)
}

async function timeStart (storage: string): Promise<number> {
  const port = await freePort()
  const before = performance.now()
  const respace = start(process.execPath, [PROGRAM, 'serve', '--port', `${port}`, '--storage', storage])
  while (!await answers(port)) await sleep(2)
  const time = performance.now() - before
  await respace.stop()
  return time
}

/** Whether an HTTP server answers there. */
export function answers (port: number): Promise<boolean> {
  return new Promise(resolve => {
    get({ host: '127.0.0.1', port, path: '/healthz', agent: false }, response => {
      response.resume()
      resolve(true)
    }).once('error', () => { resolve(false) })
  })
}

function figureOf (work: string, time: number): Figure {
  return { work, ours: `${time.toFixed(0)} ms`, theirs: '', value: time, target: { atMost: 400, unit: 'ms' } }
}
