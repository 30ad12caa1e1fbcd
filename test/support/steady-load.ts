/** Requests that come at a steady pace, however long the answers take, as those of many people do. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode, upload, userTicket } from './client.ts'

export interface Exchange {
  readonly kind: string
  /** By performance.now(). */
  readonly began: number
  /** Milliseconds; not known yet while it waits. */
  took?: number
  /** Stands for the process that answered. */
  server?: string
  failure?: string
}

export interface SteadyLoad {
  readonly exchanges: readonly Exchange[]
  /** Ends once all are answered. */
  end (): Promise<void>
}

/** Milliseconds. */
const PAUSE = 40
const LONGEST = 60_000

/** Calls, pages, downloads of a file `id` of `size` bytes, and uploads, by turns. */
export function startLoad (site: { readonly url: string }, key: string, { id, size }: { readonly id: string, readonly size: number }): SteadyLoad {
  const exchanges: Exchange[] = []
  const running: Array<Promise<void>> = []
  const state = { isOn: true }

  async function get (path: string): Promise<[Response, Buffer]> {
    const answer = await fetch(site.url + path, { signal: AbortSignal.timeout(LONGEST) })
    const body = Buffer.from(await answer.arrayBuffer())
    if (answer.status !== 200) throw new Error(`${path.split('?')[0]}: ${answer.status}`)
    return [answer, body]
  }

  const kinds: ReadonlyArray<readonly [string, () => Promise<Response | undefined>]> = [
    ['page', async () => (await get('/'))[0]],
    ['call', async () => {
      const [answer, body] = await get(`/rest/?method=auth.checkSession&session_key=${key}`)
      if (errorCode(String(body)) !== 0) throw new Error(String(body))
      return answer
    }],
    ['download', async () => {
      const [answer, body] = await get(`/pro/dl/${id}`)
      if (body.length !== size) throw new Error(`${body.length} bytes`)
      return answer
    }],
    ['call by POST', async () => {
      const answer = await fetch(`${site.url}/rest/`, {
        method: 'POST', body: new URLSearchParams({ method: 'folders.getAll', session_key: key }), signal: AbortSignal.timeout(LONGEST)
      })
      const body = await answer.text()
      if (answer.status !== 200 || errorCode(body) !== 0) throw new Error(`${answer.status} ${body.slice(0, 200)}`)
      return answer
    }],
    ['upload', async () => {
      const { status, body } = await upload(await userTicket(site, key), [{ name: 'steady.bin', bytes: randomBytes(100_000) }])
      if (status !== 200 || !body.startsWith('upload_status=ok')) throw new Error(`${status} ${body.slice(0, 200)}`)
      return undefined
    }]
  ]

  async function exchange (kind: string, work: () => Promise<Response | undefined>): Promise<void> {
    const entry: Exchange = { kind, began: performance.now() }
    exchanges.push(entry)
    try {
      const answer = await work()
      // Ids of requests begin with what each process has drawn for itself.
      entry.server = answer?.headers.get('x-request-id')?.split('-')[0] ?? ''
    } catch (error) {
      entry.failure = `${kind}: ${String(error)} ${error instanceof Error ? String(error.cause ?? '') : ''}`
    }
    entry.took = performance.now() - entry.began
  }

  async function go (): Promise<void> {
    for (let i = 0; state.isOn; i++) {
      const [kind, work] = kinds[i % kinds.length] ?? []
      if (kind !== undefined && work !== undefined) running.push(exchange(kind, work))
      await sleep(PAUSE)
    }
  }

  const going = go()
  return {
    exchanges,
    async end () {
      state.isOn = false
      await going
      await Promise.all(running)
    }
  }
}
