/** files.getInfo: through the whole stack, and with many files stored. */
import { join } from 'node:path'
import { ownProgram, start, waitFor } from './child.ts'
import { ratioFigure, type Figure } from './figure.ts'
import { serveFilled } from './filled-storage.ts'
import { answersPerSecond } from './load.ts'
import { freePort } from '../../test/support/free-port.ts'
import { compare, type Compared } from './rounds.ts'

const ROUNDS = 7
const SECONDS = 2
export const FEW = 1000
export const MANY = 1_000_000

export const storageOf = (folder: string, files: number): string => join(folder, `storage-of-${files}`)

/**
 * Parsing, session, database, signed link, XML and the log line, compared with an empty route; and a minimal
 * hand-written route with the same answer, compared with the empty one and with ours.
 */
export async function measureCalls (folder: string): Promise<Figure[]> {
  const storage = storageOf(folder, FEW)
  const respace = await serveFilled(storage, FEW, FEW)
  const empty = await startRoute('empty-route.ts')
  const least = await startRoute('least-route.ts', join(storage, 'respace.sqlite'))
  const emptyUrls = [`${empty.url}/`]
  const compared = await compareCalls(folder, respace.calls, emptyUrls)
  const byHand = respace.calls.map(url => url.replace(respace.url, least.url))
  const possible = await compareCalls(folder, byHand, emptyUrls)
  const share = await compareCalls(folder, respace.calls, byHand)
  await least.stop()
  await empty.stop()
  await respace.stop()
  return [
    ratioFigure('files.getInfo ÷ empty Fastify route', '/s', compared, 0.45),
    ratioFigure('the least that answers it, by hand ÷ empty Fastify route', '/s', possible),
    ratioFigure('files.getInfo ÷ the least that answers it, by hand', '/s', share, 0.8)
  ]
}

/** Starts one of the routes in this folder. */
export async function startRoute (program: string, ...words: readonly string[]) {
  const port = await freePort()
  const child = start(process.execPath, [...ownProgram(program), `${port}`, ...words])
  const url = `http://127.0.0.1:${port}`
  await waitFor(program, async () => (await fetch(`${url}/`)).status)
  return { ...child, url }
}

/** Each call asks for another of 20,000 files, so that the rows are not all cached. */
export async function measureManyFiles (folder: string): Promise<Figure[]> {
  const many = await serveFilled(storageOf(folder, MANY), MANY, 20_000)
  const few = await serveFilled(storageOf(folder, FEW), FEW, FEW)
  const compared = await compareCalls(folder, many.calls, few.calls)
  await many.stop()
  await few.stop()
  return [ratioFigure('files.getInfo with 1,000,000 files ÷ with 1,000', '/s', compared, 0.8)]
}

/** More answers are better; the URLs of each side are on one server. */
export async function compareCalls (folder: string, ours: readonly string[], theirs: readonly string[]): Promise<Compared> {
  // The first round is a warm-up, in which both are compiled.
  await compare(1, () => answersPerSecond(folder, ours, SECONDS), () => answersPerSecond(folder, theirs, SECONDS))
  return compare(ROUNDS, () => answersPerSecond(folder, ours, SECONDS), () => answersPerSecond(folder, theirs, SECONDS))
}
