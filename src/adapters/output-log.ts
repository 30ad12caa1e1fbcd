import { pino, type DestinationStream } from 'pino'

/** Lines that wait to be written, in bytes: more are dropped. */
const MAX_WAITING_LOG = 8 * 1024 * 1024

/** The server serves when its log cannot be written: that may lie on the disk that is full. Lines wait until there is room. */
export function logToOutput (): DestinationStream {
  const stream = pino.destination({ sync: false, maxLength: MAX_WAITING_LOG })
  const flush = stream.flushSync.bind(stream)
  // At the end of the process this tries for ever where nothing can be written.
  stream.on('error', () => { stream.flushSync = () => undefined })
  stream.on('write', () => { stream.flushSync = flush })
  return stream
}
