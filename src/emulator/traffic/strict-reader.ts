/** Reads the form of an upload with busboy, which is as strict as most servers. */
import busboy from 'busboy'
import type { Readable } from 'node:stream'

/** A parsed part. */
export interface ReadPart {
  readonly name: string
  /** undefined for a field; '' for a file without a name. */
  readonly fileName: string | undefined
  /** The value of a field; undefined when it is too long to compare. */
  readonly value: string | undefined
  /** The size of a file in bytes. */
  readonly size: number
}

/** A form as the server itself reads it. */
export interface ReadForm {
  readonly parts: readonly ReadPart[]
  /** From the first line of the body. */
  readonly linesEndWith: 'CRLF' | 'LF'
}

export interface StrictReading {
  readonly parts: readonly ReadPart[]
  /** Why it was not read completely. */
  readonly problem: string | undefined
}

export interface StrictReader {
  /** null is the end. Never throws, never blocks. */
  push (chunk: Buffer | null): void
  /** Resolves within a few turns after the end; never rejects. */
  readonly reading: Promise<StrictReading>
}

/** In bytes: longer field values are not compared. */
export const MAX_COMPARED_VALUE = 4096
const MAX_PARTS = 100

/** Errors of busboy in plainer words. */
const PROBLEMS: ReadonlyArray<readonly [RegExp, string]> = [
  [/boundary not found/i, 'the Content-Type names no boundary'],
  [/missing content-type/i, 'there is no Content-Type'],
  [/malformed content type/i, 'the Content-Type cannot be read'],
  [/unsupported content type/i, 'the Content-Type is not multipart/form-data'],
  [/malformed part header/i, 'the headers of a part cannot be read'],
  [/unexpected end of (?:form|file)/i, 'the last boundary is missing, or is not --BOUNDARY-- on a line that ends with CRLF']
]

const sentenceFor = (error: unknown): string => {
  const said = error instanceof Error ? error.message : String(error)
  return PROBLEMS.find(([pattern]) => pattern.test(said))?.[1] ?? said
}

export function createStrictReader (contentType: string): StrictReader {
  const parts: Array<{ -readonly [K in keyof ReadPart]: ReadPart[K] }> = []
  let settle: (reading: StrictReading) => void = () => undefined
  const reading = new Promise<StrictReading>(resolve => { settle = resolve })
  let isOver = false
  const end = (problem?: string): void => {
    isOver = true
    settle({ parts, problem })
  }
  const parser = createParser(contentType, end)
  parser?.on('field', (name, value, { valueTruncated }) => { parts.push({ name: nameOf(name), fileName: undefined, value: valueTruncated ? undefined : value, size: 0 }) })
  parser?.on('file', (name, stream, { filename }) => {
    const part = { name: nameOf(name), fileName: nameOf(filename), value: undefined, size: 0 }
    parts.push(part)
    countInstead(stream, bytes => { part.size += bytes })
  })
  parser?.on('partsLimit', () => { end(`it has more than ${MAX_PARTS} parts`) })
  parser?.on('error', error => { end(sentenceFor(error)) })
  parser?.on('close', () => { end() })
  return {
    reading,
    push (chunk) {
      if (parser === undefined || isOver) return
      if (chunk === null) parser.end()
      else parser.write(chunk)
    }
  }
}

function createParser (contentType: string, fail: (problem: string) => void): busboy.Busboy | undefined {
  try {
    if (contentType !== '' && !/^\s*multipart\/form-data\b/i.test(contentType)) throw new Error('Unsupported content type')
    return busboy({
      headers: contentType === '' ? {} : { 'content-type': contentType },
      defParamCharset: 'utf8',
      preservePath: true,
      limits: { fieldSize: MAX_COMPARED_VALUE + 1, parts: MAX_PARTS + 1 }
    })
  } catch (error) {
    fail(sentenceFor(error))
    return undefined
  }
}

/** Busboy passes undefined for a missing name, contrary to its types. */
const nameOf = (name: string | undefined): string => name ?? ''

/** Counts the bytes of a file as they arrive, instead of buffering them until they are read: nothing is held, and nothing blocks. */
function countInstead (stream: Readable, count: (bytes: number) => void): void {
  const push = stream.push.bind(stream)
  stream.push = (chunk: Buffer | null) => {
    if (chunk === null) return push(null)
    count(chunk.length)
    return true
  }
  stream.on('error', () => undefined)
  stream.resume()
}
