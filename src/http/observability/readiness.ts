/** Whether requests should be sent to this server: its parts are available, and it is not shutting down. */
import { performance } from 'node:perf_hooks'
import type { Ports } from '../../ports.ts'
import { within } from '../within.ts'

export interface Readiness {
  /** Problems by part, with a short public line; empty when there are none. Answers within a second; the result is at most a second old. */
  problems (): Promise<ReadonlyMap<Part, string>>
  /** From now on this server is shutting down. */
  drain (): void
}

export const PARTS = ['database', 'disk', 'blobs'] as const
export type Part = typeof PARTS[number] | 'server'

/** Milliseconds. */
const PATIENCE = 700
const FRESH = 1000

/** The id of no blob: real ones are random. */
const ABSENT_BLOB = `${'0'.repeat(24)}-0`

interface Look {
  readonly at: number
  readonly problem: string | undefined
}

export function createReadiness ({ sql, blobs, room }: Pick<Ports, 'sql' | 'blobs' | 'room'>): Readiness {
  const looks = {
    database: asks('database: no answer', async () => { await sql.get('select 1') }),
    disk: asks('disk: full or read-only', async () => { if (await room.problem() !== undefined) throw new Error('no room') }),
    // Without permission to look it up it cannot be read either.
    blobs: asks('blobs: no answer', async () => { await blobs.stat(ABSENT_BLOB) })
  }
  let isDraining = false

  return {
    async problems () {
      const found = new Map<Part, string>()
      if (isDraining) found.set('server', 'server: ending')
      await Promise.all(PARTS.map(async part => {
        const problem = await looks[part]()
        if (problem !== undefined) found.set(part, problem)
      }))
      return found
    },
    drain () {
      isDraining = true
    }
  }
}

/** One check at a time for all callers: no others are started while one hangs. Returns the text of the problem, if any. */
function asks (problem: string, look: () => Promise<void>): () => Promise<string | undefined> {
  let last: Look | undefined
  let looking: Promise<Look> | undefined

  async function begin (): Promise<Look> {
    const outcome = await look().then(() => undefined, () => problem)
    looking = undefined
    last = { at: performance.now(), problem: outcome }
    return last
  }

  return async () => {
    if (last !== undefined && performance.now() - last.at < FRESH) return last.problem
    looking ??= begin()
    const seen = await within(looking, PATIENCE)
    return seen === undefined ? problem : seen.problem
  }
}
