/** All methods at random on one account, with uploads and downloads, compared with the same client on an empty route. */
import { join } from 'node:path'
import { callAtRandom } from '../../test/support/random-calls.ts'
import { ownProgram, start, waitFor } from './child.ts'
import { ratioFigure, type Figure } from './figure.ts'
import { CONNECTIONS } from './load.ts'
import { freePort } from '../../test/support/free-port.ts'
import { serve, session } from './respace.ts'
import { compare } from './rounds.ts'

const ROUNDS = 5
const SECONDS = 3

export async function measureMixedLoad (folder: string): Promise<Figure[]> {
  const port = await freePort()
  const empty = start(process.execPath, [...ownProgram('empty-route.ts'), `${port}`])
  const emptyUrl = `http://127.0.0.1:${port}/`
  const respace = await serve(join(folder, 'storage-of-mixed-load'))
  const ours = await mixedLoadOn(respace)
  await waitFor('the empty route', async () => (await fetch(emptyUrl)).ok || undefined)

  async function theirs (): Promise<number> {
    const isOver = deadline()
    let calls = 0
    await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
      for (; !isOver(); calls++) await (await fetch(emptyUrl)).text()
    }))
    return calls / SECONDS
  }

  await compare(1, ours, theirs)
  const compared = await compare(ROUNDS, ours, theirs)
  await respace.stop()
  await empty.stop()
  return [ratioFigure('all methods mixed, with uploads ÷ empty Fastify route', '/s', compared, 0.1)]
}

/** Calls per second on one account, measured at each call. */
export async function mixedLoadOn ({ url }: { readonly url: string }): Promise<() => Promise<number>> {
  const sessionKey = await session({ url })
  return async () => {
    const { calls, failures } = await callAtRandom({ url, sessionKey, clients: CONNECTIONS, isOver: deadline() })
    if (failures.length > 0) throw new Error(`the mixed load met ${failures.length} failures: ${failures[0]}`)
    return calls / SECONDS
  }
}

function deadline (): () => boolean {
  const end = performance.now() + SECONDS * 1000
  return () => performance.now() > end
}
