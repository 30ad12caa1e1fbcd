/** Bytes from a bucket. Proxies may answer instead of the store, so each answer is compared with the request. */
import type { IncomingMessage } from 'node:http'
import { asError } from '../../domain/as-error.ts'
import type { Chunks } from '../../domain/files/blob-bytes.ts'
import { DamagedBlob } from '../../ports.ts'
import type { Wanted } from './chunks.ts'
import { STORE_PATIENCE, StoreRefusal, type S3 } from './s3-request.ts'

/** How often an interrupted download from the store is resumed. */
const MAX_RESUMES = 5

interface WantedObject extends Wanted {
  readonly key: string
  readonly signal?: AbortSignal
}

/** Other bytes than requested; a retry may help. */
class WrongAnswer extends Error {
  constructor (id: string, found: string) {
    super(`the object store sent the wrong bytes of ${id}: ${found}`)
  }
}

/** Exactly the bytes from `start` to `end`, or an error: StoreRefusal, or DamagedBlob when the object has the wrong size. */
export function readObject (s3: S3, wanted: WantedObject): Chunks {
  const ending = new AbortController()
  const bytes = read(s3, { ...wanted, signal: ending.signal })
  const chunks: Chunks = {
    next: () => bytes.next(),
    return: () => {
      // Otherwise a read that waits for the store would be waited for.
      ending.abort()
      return bytes.return()
    },
    [Symbol.asyncIterator]: () => chunks
  }
  return chunks
}

interface Answer {
  readonly message: IncomingMessage
  /** The position of its first byte in the object. */
  readonly first: number
  /** The position of its last byte, if given. */
  readonly last: number | undefined
}

async function ask (s3: S3, wanted: WantedObject, at: number): Promise<Answer> {
  try {
    const headers = { range: `bytes=${at}-${wanted.end}` }
    return await s3.send({ method: 'GET', key: wanted.key, headers, ...wanted.signal && { signal: wanted.signal } }, async message => ({ message, ...positionOf(message, wanted, at) }))
  } catch (error) {
    // A shorter object has no such byte.
    if (error instanceof StoreRefusal && error.status === 416 && wanted.size !== undefined) throw new DamagedBlob(wanted.id, wanted.size, undefined)
    throw error
  }
}

/** The range in an answer; throws when it is not the requested one. */
function positionOf ({ statusCode, headers }: IncomingMessage, { id, size }: Wanted, at: number): Pick<Answer, 'first' | 'last'> {
  const { 'content-encoding': encoding = 'identity', 'content-length': lengthText, 'content-range': rangeText = '' } = headers
  if (encoding !== 'identity') throw new WrongAnswer(id, `Content-Encoding: ${encoding}`)
  const length = lengthText === undefined ? undefined : Number(lengthText)
  // Some gateways send the range, but with status 200.
  if (statusCode === 200 && (rangeText === '' || (length !== undefined && length === size))) {
    if (length === undefined) return { first: 0, last: undefined }
    if (size !== undefined && length !== size) throw new DamagedBlob(id, size, length)
    return { first: 0, last: length - 1 }
  }
  if (statusCode !== 206 && statusCode !== 200) throw new WrongAnswer(id, `status ${statusCode}`)
  const [, first, last, total] = /^bytes[ =](\d+)-(\d+)\/(\d+|\*)$/i.exec(rangeText.trim())?.map(Number) ?? []
  if (first === undefined || last === undefined || total === undefined || first > at || last < at) throw new WrongAnswer(id, `Content-Range: ${rangeText}`)
  if (size !== undefined && !Number.isNaN(total) && total !== size) throw new DamagedBlob(id, size, total)
  if (length !== undefined && length !== last - first + 1) throw new WrongAnswer(id, `Content-Length: ${length} with Content-Range: ${rangeText}`)
  return { first, last }
}

/** The bytes of an answer; if it ends early, another request continues. */
async function * read (s3: S3, wanted: WantedObject): AsyncGenerator<Buffer, void> {
  const { id, end } = wanted
  let at = wanted.start
  let answer = await ask(s3, wanted, at)
  let resumes = 0
  while (true) {
    let problem: Error | undefined
    let position = answer.first
    const before = at
    try {
      for await (const chunk of unlessStalled(answer.message)) {
        const piece = chunk.subarray(Math.max(0, at - position), Math.max(0, end + 1 - position))
        position += chunk.length
        if (answer.last !== undefined && position > answer.last + 1) throw new WrongAnswer(id, 'more bytes than declared')
        at += piece.length
        if (piece.length > 0) yield piece
        if (at > end) return
      }
    } catch (error) {
      problem = asError(error)
    }
    // A gateway may send less than requested, if it declares it.
    const isWhole = problem === undefined && answer.last !== undefined && position === answer.last + 1
    if (!isWhole || at === before) resumes++
    if (resumes > MAX_RESUMES) throw problem ?? new Error(`the object store sent fewer bytes of ${id} than requested`)
    answer = await ask(s3, wanted, at)
  }
}

/** Gives up when the store sends nothing while we wait for bytes; the time of our reader does not count. */
async function * unlessStalled (answer: IncomingMessage): AsyncGenerator<Buffer> {
  answer.socket.setTimeout(0)
  const chunks: AsyncIterator<Buffer> = answer.iterator()
  let isWaiting = false
  const timer = setTimeout(() => { if (isWaiting) answer.destroy(new Error('the object store stalled')) }, STORE_PATIENCE).unref()
  try {
    while (true) {
      isWaiting = true
      timer.refresh()
      const next = await chunks.next()
      isWaiting = false
      if (next.done) return
      yield next.value
    }
  } finally {
    clearTimeout(timer)
    answer.destroy()
  }
}
