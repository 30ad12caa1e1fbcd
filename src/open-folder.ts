/** The storage folder of a process, opened and locked. */
import { openStored } from './adapters/storage/embedded.ts'
import { adviseOnKey, lockStorage, prepareStorage } from './adapters/storage/storage-folder.ts'
import type { Maker } from './adapters/storage/storage-mark.ts'
import type { Config } from './config.ts'
import type { Clock, Ids, Ports } from './ports.ts'

/** Metadata and bytes, and how to release them at the end. */
export interface Opened {
  readonly ports: Omit<Ports, 'mailer' | 'thumbnails' | 'counts'>
  release (): Promise<void>
  /** The board for the progress of uploads. `tell` is called with a sentence when other processes cannot see it any more, and with nothing when they can again. */
  readonly watch?: (tell: (problem: Error | undefined) => void) => void
  /** Hints for the operator, for the log. */
  readonly advice?: string | undefined
}

/** A storage folder that no other server uses, or one that several share because their metadata is in one PostgreSQL. */
export async function openFolder (config: Config, maker: Maker, clock: Clock, ids: Ids): Promise<Opened> {
  const unwritable = await prepareStorage(config.storage)
  const lock = lockStorage(config.storage, config.database !== undefined, unwritable)
  try {
    const ports = await openStored(config, clock, ids, maker)
    const advice = config.secretKey === undefined ? await adviseOnKey(config.storage) : undefined
    if (config.redis === undefined) return { ports, advice, release: async () => { lock.unlock() } }
    // Loaded here, like PostgreSQL: the embedded default starts without them.
    const { openRedisProgress } = await import('./adapters/progress/redis-progress.ts')
    const progress = await openRedisProgress(config.redis, clock)
    return { ports: { ...ports, progress }, advice, watch: progress.watch, release: () => progress.close().finally(lock.unlock) }
  } catch (error) {
    lock.unlock()
    throw error
  }
}
