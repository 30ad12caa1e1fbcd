/**
 * Chunks of a few bytes are gathered before a body's reader gets them: a sender of single bytes would make Node keep a Buffer,
 * some 300 bytes, for each, up to thousands for every connection whose reader waits. They cost time, too, some 2 µs each and
 * eleven thousand in a packet: whoever sends so many waits for its turn, one a round of the event loop.
 */
import type { IncomingMessage, Server } from 'node:http'
import { createGrowingBuffer } from '../../transfer/growing-buffer.ts'

/** Larger chunks are handed on as they are. */
const SMALL = 512
const ENOUGH = 4096
/** After so many in a row a body has to wait. */
const MAX_CHUNKS = 2000

export function gatherSmallChunks (server: Server): void {
  server.prependListener('request', (request: IncomingMessage) => {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
    if (encoding !== undefined || Number(length) > 0) gatherOf(request)
  })
}

/** The parser hands chunks over by `push`, and the reader asks for more by `_read`. */
function gatherOf (request: IncomingMessage): void {
  const push = request.push.bind(request)
  const read = request._read.bind(request)
  let gathered = createGrowingBuffer()
  let isScheduled = false
  /** Since the last turn. */
  let chunks = 0
  let isWaiting = false

  function flush (): void {
    if (gathered.length === 0) return
    const bytes = gathered.bytes()
    gathered = createGrowingBuffer()
    push(bytes)
  }

  /** What a reader waits for is not held back; while it has something to read, more is gathered. */
  function flushIfAwaited (): void {
    isScheduled = false
    if (request.readableLength === 0) flush()
  }

  request.push = (chunk: Buffer | null) => {
    if (chunk === null || (gathered.length === 0 && chunk.length >= SMALL)) {
      flush()
      return push(chunk)
    }
    gathered.append(chunk)
    chunks++
    if (gathered.length >= ENOUGH) {
      flush()
    } else if (!isScheduled) {
      isScheduled = true
      process.nextTick(flushIfAwaited)
    }
    return chunks < MAX_CHUNKS && request.readableLength + gathered.length < request.readableHighWaterMark
  }
  request._read = size => {
    flush()
    // What was flushed makes the reader ask once more.
    if (isWaiting) return
    if (chunks < MAX_CHUNKS) return read(size)
    isWaiting = true
    takeTurn(() => {
      isWaiting = false
      chunks = 0
      read(size)
    })
  }
}

const waiting: Array<() => void> = []

function takeTurn (turn: () => void): void {
  if (waiting.push(turn) === 1) setImmediate(nextTurn)
}

function nextTurn (): void {
  waiting[0]?.()
  waiting.shift()
  if (waiting.length > 0) setImmediate(nextTurn)
}
