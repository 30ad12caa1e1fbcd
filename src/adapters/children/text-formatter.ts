/** Makes texts readable in a process of its own: a text can be written so that rendering it takes minutes. */
import { Readable } from 'node:stream'
import type { Logger } from 'pino'
import type { TextFormatter } from '../../domain/files/text-language.ts'
import { QueueFull } from '../../domain/limited-queue.ts'
import { ChildCannot, ChildFailed, createChild, type ChildEnvironment } from './child.ts'

/** A reader who would have to wait longer gets the text as it is. */
const LIMITS = { longest: 4_000, idle: 60_000, waiting: 20, heap: 256 }

/** Starts nothing before the first text. */
export function createTextFormatter (log: Logger, env: ChildEnvironment): TextFormatter {
  const child = createChild('text-child', env, LIMITS)
  return {
    async format (language, text) {
      try {
        return (await child.run(language, text.length, async () => Readable.from([text]))).toString('utf8')
      } catch (error) {
        if (!(error instanceof ChildCannot || error instanceof ChildFailed || error instanceof QueueFull)) throw error
        log.warn({ language, size: text.length, reason: error.message }, 'a text is shown as it is')
      }
    },
    close: child.close
  }
}
