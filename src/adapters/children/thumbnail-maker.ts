/** Makes thumbnails in a process of its own. A crafted image can end that process, and costs its own thumbnail. */
import type { Logger } from 'pino'
import type { ThumbnailMaker } from '../../domain/files/thumbnail.ts'
import { ChildCannot, ChildFailed, ChildUnavailable, createChild, type ChildEnvironment } from './child.ts'

/** The queue of thumbnails sends one after another. */
const LIMITS = { longest: 20_000, idle: 30_000, waiting: 1, heap: 128 }

/** Starts nothing before the first image. */
export function createThumbnailMaker (log: Logger, env: ChildEnvironment): ThumbnailMaker {
  const child = createChild('thumbnail-child', env, LIMITS)
  let isAble = true
  return {
    async make (type, size, bytes) {
      try {
        return await child.run(type, size, bytes)
      } catch (error) {
        if (error instanceof ChildUnavailable) {
          isAble = false
          log.warn('sharp is not installed: there are no thumbnails')
        } else if (error instanceof ChildCannot) log.debug({ type, size, reason: error.message }, 'there is no thumbnail of an image')
        else if (!(error instanceof ChildFailed)) throw error
        else log.warn({ type, size, reason: error.message }, 'the process for thumbnails did not survive an image; the next image gets a new one')
      }
    },
    isAble: () => isAble,
    close: child.close
  }
}
