import { PROGRESS_MEMORY } from '../../domain/uploads/progress.ts'
import type { Clock, ProgressBoard, ProgressRecord } from '../../ports.ts'
import { createMemoryProgress } from './memory-progress.ts'

/** How often one process writes changes, all uploads together. */
const WRITE_INTERVAL = 250
/** How often a running upload is written again, even without new bytes; it expires when its process has died. */
const REFRESH_INTERVAL = 20_000
const RUNNING_MEMORY = 3 * REFRESH_INTERVAL
const PREFIX = 'respace:progress:'
/** Uploads of other processes that are cached for when Redis is unavailable. */
const MAX_SEEN = 10_000

export interface RedisProgress extends ProgressBoard {
  /** `tell` is called once when Redis becomes unavailable, and once, with nothing, when it is available again. */
  watch (tell: (problem: Error | undefined) => void): void
  close (): Promise<void>
}

/**
 * Progress shared between processes, in Redis or a compatible store. Each process also keeps its own uploads in memory
 * and writes them again when Redis is available again: nothing waits for Redis, and nothing is lost.
 */
export async function openRedisProgress (url: string, clock: Clock): Promise<RedisProgress> {
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, {
    protocol: 2,
    lazyConnect: true,
    // On failure the current state is written later.
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

  /** The last state written by others, or the cached one of the last read. */
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
      // The last write was sent before this.
      await redis.quit().catch(() => { redis.disconnect() })
    }
  }
}
