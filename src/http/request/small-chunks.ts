/**
 * Collects chunks of a few bytes before a body's reader gets them: for a sender of single bytes Node would keep a Buffer of
 * about 300 bytes for each, thousands for every connection whose reader waits. They also take time, about 2 µs each, and a packet may
 * have eleven thousand: such senders wait for their turn, one per round of the event loop.
 */
import type { IncomingMessage, Server } from 'node:http'
import { createGrowingBuffer } from '../../transfer/growing-buffer.ts'

/** Larger chunks are passed on unchanged. */
const SMALL = 512
const ENOUGH = 4096
/** After this many in a row a body has to wait. */
const MAX_CHUNKS = 2000

export function gatherSmallChunks (server: Server): void {
  server.prependListener('request', (request: IncomingMessage) => {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
    if (encoding !== undefined || Number(length) > 0) gatherOf(request)
  })
}

/** The parser calls `push` with chunks, and the reader calls `_read` for more. */
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

  /** Chunks that the reader waits for are passed on immediately; while it has something to read, more are collected. */
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
    // The flush makes the reader call again.
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
