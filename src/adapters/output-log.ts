import { pino, type DestinationStream } from 'pino'

/** The most bytes of lines waiting to be written: more are dropped. */
const MAX_WAITING_LOG = 8 * 1024 * 1024

/** The server keeps serving when its log cannot be written: the log may be on the full disk. Lines wait until there is space. */
export function logToOutput (): DestinationStream {
  const stream = pino.destination({ sync: false, maxLength: MAX_WAITING_LOG })
  const flush = stream.flushSync.bind(stream)
  // At the end of the process this would retry forever if nothing can be written.
  stream.on('error', () => { stream.flushSync = () => undefined })
  stream.on('write', () => { stream.flushSync = flush })
  return stream
}
