import { PROGRESS_MEMORY } from '../../domain/uploads/progress.ts'
import type { Clock, ProgressBoard, ProgressRecord } from '../../ports.ts'
import { createMemoryProgress } from './memory-progress.ts'

/** How often one process writes what has changed, all uploads together. */
const WRITE_INTERVAL = 250
/** What runs is written again so often, also when no byte comes, and forgotten when its process died. */
const REFRESH_INTERVAL = 20_000
const RUNNING_MEMORY = 3 * REFRESH_INTERVAL
const PREFIX = 'respace:progress:'
/** Uploads of other processes that are remembered for when Redis is away. */
const MAX_SEEN = 10_000

export interface RedisProgress extends ProgressBoard {
  /** `tell` hears once when Redis goes away, and once, with nothing, when it is back. */
  watch (tell: (problem: Error | undefined) => void): void
  close (): Promise<void>
}

/**
 * Progress that other processes see, in Redis or what speaks its protocol. Each process keeps its own uploads in memory
 * as well and writes them anew when Redis is back: nothing here is waited for, and nothing is lost.
 */
export async function openRedisProgress (url: string, clock: Clock): Promise<RedisProgress> {
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, {
    protocol: 2,
    lazyConnect: true,
    // What cannot be written now is written later, as it is then.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2000,
    commandTimeout: 1000,
    retryStrategy: times => Math.min(times * 100, 2000)
  })
  const local = createMemoryProgress(clock)
  const mine = new Set<string>()
  const changed = new Set<string>()
  const seen = new Map<string, ProgressRecord>()
  let tell: ((problem: Error | undefined) => void) | undefined
  let problem: Error | undefined
  let writing: NodeJS.Timeout | undefined

  redis.on('error', (error: Error) => {
    if (problem !== undefined) return
    problem = error
    tell?.(error)
  })
  redis.on('ready', () => {
    if (problem !== undefined) tell?.(undefined)
    problem = undefined
    for (const id of mine) changed.add(id)
    write()
  })
  redis.connect().catch(() => undefined)
  const refreshing = setInterval(() => {
    for (const id of mine) changed.add(id)
    write()
  }, REFRESH_INTERVAL).unref()

  function write (): void {
    clearTimeout(writing)
    writing = undefined
    const ids = [...changed]
    changed.clear()
    Promise.all(ids.map(writeOne)).catch(() => undefined)
  }

  async function writeOne (id: string): Promise<void> {
    const record = await local.read(id)
    if (record === undefined) {
      mine.delete(id)
      return
    }
    const memory = record.status === 'receiving' ? RUNNING_MEMORY : record.changedAt + PROGRESS_MEMORY - clock.now()
    if (memory > 0) await redis.set(PREFIX + id, JSON.stringify(record), 'PX', memory)
  }

  function note (id: string): void {
    changed.add(id)
    writing ??= setTimeout(write, WRITE_INTERVAL).unref()
  }

  /** As others wrote it last, or as it was when Redis was asked last. */
  async function readOthers (id: string): Promise<ProgressRecord | undefined> {
    const text = await redis.get(PREFIX + id).catch(() => undefined)
    if (text === undefined) return seen.get(id)
    seen.delete(id)
    if (text === null) return undefined
    const record = JSON.parse(text) as ProgressRecord
    seen.set(id, record)
    const [oldest] = seen.keys()
    if (seen.size > MAX_SEEN && oldest !== undefined) seen.delete(oldest)
    return record
  }

  return {
    begin (id, totalBytes) {
      local.begin(id, totalBytes)
      mine.add(id)
      changed.add(id)
      write()
    },
    advance (id, receivedBytes) {
      local.advance(id, receivedBytes)
      note(id)
    },
    end (id, status) {
      local.end(id, status)
      mine.add(id)
      changed.add(id)
      write()
    },
    async read (id) {
      const own = await local.read(id)
      if (own?.status === 'receiving') return own
      const others = await readOthers(id)
      if (own === undefined || others === undefined) return own ?? (others && { ...others, isHere: false })
      return others.startedAt > own.startedAt ? { ...others, isHere: false } : own
    },
    watch (listener) {
      tell = listener
      if (problem !== undefined) listener(problem)
    },
    async close () {
      clearInterval(refreshing)
      write()
      // What was written last is on its way before this.
      await redis.quit().catch(() => { redis.disconnect() })
    }
  }
}
