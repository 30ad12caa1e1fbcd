/**
 * The one reader of small bodies: of API calls, of forms on pages, of control calls of the emulator. It counts bytes as they
 * come, whatever their type says, and stops when there are too many. How long they may take: see body-deadline.ts.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { recognizeBody } from '../../transfer/body-format.ts'
import { createGrowingBuffer } from '../../transfer/growing-buffer.ts'
import { createScanner, MalformedBody, type ScanEvent } from '../../transfer/multipart-scanner.ts'
import { readPartHeaders } from '../../transfer/part-headers.ts'
import { eachParameter, MAX_PARAMETERS } from './query.ts'

/** In bytes, with all that a form has around its fields. */
export const MAX_SMALL_BODY = 64 * 1024

/** Answered with 413. */
export class BodyTooLarge extends Error {
  readonly statusCode = 413
  constructor (maxBytes: number) {
    super(`the body is larger than ${maxBytes} bytes`)
  }
}

/** The client broke off, or was too slow: nobody reads the answer. */
class BodyCut extends Error {
  readonly statusCode = 400
}

/** The whole body. Rejects with BodyTooLarge, what is left then stays unread; and when the client breaks off. */
export async function readSmallBody (request: IncomingMessage, maxBytes = MAX_SMALL_BODY): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw new BodyTooLarge(maxBytes)
  const body = createGrowingBuffer()
  const chunks: AsyncIterable<Buffer> = { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) }
  try {
    for await (const chunk of chunks) {
      if (body.length + chunk.length > maxBytes) throw new BodyTooLarge(maxBytes)
      body.append(chunk)
    }
  } catch (error) {
    throw error instanceof BodyTooLarge ? error : new BodyCut('the body was cut', { cause: error })
  }
  return body.bytes()
}

/**
 * The fields of a form or of an urlencoded body, names in lower case; the last of a repeated name counts, files are passed
 * over. A form that cannot be read, or has not come whole, counts as far as it can be read: calls then fail by what is missing.
 */
export function fieldsOf (body: Buffer, contentType: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  eachField(body, contentType, (name, value) => { fields.set(name, value) })
  return fields
}

/** Reads as above, and takes each field as often as it is there. */
export function eachField (body: Buffer, contentType: string, take: (name: string, value: string) => void, takeFile: (bytes: Buffer) => void = () => undefined): void {
  if (!isMultipart(contentType)) return eachParameter(body.toString('utf8'), take)
  const format = recognizeBody('POST', contentType, body)
  if (format.kind !== 'multipart') return
  const scanner = createScanner(format.boundary)
  const apply = partTaker(take, takeFile)
  try {
    apply(scanner.push(body))
    apply(scanner.end())
  } catch (error) {
    if (!(error instanceof MalformedBody)) throw error
  }
}

/** Whether a body of this type is read as a form in parts. */
export const isMultipart = (contentType: string): boolean => /^\s*multipart\//i.test(contentType)

/** Lets the routes of a scope read bodies by `bodyOf`. */
export function acceptSmallBodies (app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async ({ raw }: FastifyRequest) => fieldsOf(await readSmallBody(raw), raw.headers['content-type'] ?? ''))
}

/** A small body: values by the name of their field. */
export type Form = ReadonlyMap<string, string>

const NOTHING: Form = new Map()

/** The parameters in the body of a request. */
export const bodyOf = ({ body }: FastifyRequest): Form => body instanceof Map ? body : NOTHING

/** A form with the file that came in it. */
class FormWithFile extends Map<string, string> {
  file: Buffer | undefined
}

/** The same for forms with one small file: the whole body has at most so many bytes. */
export function acceptFormsWithFile (app: FastifyInstance, maxBytes: number): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async ({ raw }: FastifyRequest) => {
    const form = new FormWithFile()
    eachField(await readSmallBody(raw, maxBytes), raw.headers['content-type'] ?? '', (name, value) => { form.set(name, value) }, bytes => { form.file ??= bytes })
    return form
  })
}

/** The first file of such a form. */
export const fileOf = ({ body }: FastifyRequest): Buffer | undefined => body instanceof FormWithFile ? body.file : undefined

/** Takes fields and files from the events of a scanner, as many as a query may have parameters. */
function partTaker (take: (name: string, value: string) => void, takeFile: (bytes: Buffer) => void): (events: readonly ScanEvent[]) => void {
  let parts = 0
  let part: { readonly name: string, readonly isFile: boolean } | undefined
  let value = createGrowingBuffer()
  return events => {
    for (const event of events) {
      if (event.type === 'data') {
        if (part !== undefined) value.append(event.bytes)
      } else if (event.type === 'part end') {
        if (part?.isFile) takeFile(value.bytes())
        else if (part !== undefined) take(part.name, value.bytes().toString('utf8'))
        part = undefined
      } else if (++parts <= MAX_PARAMETERS) {
        const headers = readPartHeaders(event.headers)
        part = headers.name === undefined ? undefined : { name: headers.name, isFile: headers.fileName !== undefined }
        value = createGrowingBuffer()
      }
    }
  }
}
