/** Respace itself, the built program, as operators start it. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { attribute, openSession } from '../../test/support/client.ts'
import { start, waitFor, type Child } from './child.ts'

export interface Respace extends Child {
  readonly url: string
  readonly storage: string
}

/** BENCH_PROGRAM names another build, to compare two of them. */
export const PROGRAM = process.env.BENCH_PROGRAM ?? join(import.meta.dirname, '../../dist/main.js')

/** Several may run on one folder. */
let starts = 0

/** Starts it on a storage folder, with other settings; the log has the default level and is discarded. */
export async function serve (storage: string, variables: Readonly<Record<string, string>> = {}): Promise<Respace> {
  const readyFile = `${storage}-${starts++}-ready.json`
  await rm(readyFile, { force: true })
  const child = start(process.execPath, [PROGRAM, 'serve', '--port', '0', '--storage', storage, '--ready-file', readyFile], {
    UV_THREADPOOL_SIZE: '16', RESPACE_MAX_FILE_SIZE: '16 GiB', ...variables
  })
  const url = await waitFor('the ready file', async (): Promise<string> => (JSON.parse(await readFile(readyFile, 'utf8')) as { url: string }).url)
  return { ...child, url, storage }
}

/** A session of the benchmark's account. */
export const session = (respace: Pick<Respace, 'url'>): Promise<string> => openSession(respace)

/** The upload URL of a ticket. */
export async function ticketUrl (respace: Respace): Promise<string> {
  const answer = await fetch(`${respace.url}/rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.0`)
  return attribute(await answer.text(), 'url')
}
