/** Inspects the body of an upload as it passes: its fields, and size and hash of its files, whether or not the server stores them. */
import { createHash, type Hash } from 'node:crypto'
import { SNIFFED_BYTES, type BodyFormat } from '../../transfer/body-format.ts'
import { createGrowingBuffer, type GrowingBuffer } from '../../transfer/growing-buffer.ts'
import { createScanner, type ScanEvent, type Scanner } from '../../transfer/multipart-scanner.ts'
import { readPartHeaders } from '../../transfer/part-headers.ts'
import type { SentParameter } from './sent-parameters.ts'
import { MAX_COMPARED_VALUE, type ReadForm } from './strict-reader.ts'

export interface SeenFile {
  /** The name of the form field; '' when the body is the file. */
  readonly field: string
  readonly name: string
  readonly size: number
  /** Of the bytes that arrived, in hex. */
  readonly sha256: string
}

export interface UploadInspector {
  /** null is the end. */
  inspect (chunk: Buffer | null): void
  /** The name of the first file; undefined while it may still come, '' when there is none. */
  firstName (): string | undefined
  files (): readonly SeenFile[]
  /** Of the files; of a body that is one file also before it arrives. */
  names (): readonly string[]
  /** Adds fields that were not sent in the body. */
  addFields (fields: ReadonlyMap<string, string>): void
  /** Bytes of the body so far. */
  size (): number
  /** The fields of the form as often as they were sent, values cut to a size that can be shown. */
  sent (): readonly SentParameter[]
  /** For each part of the form in order, whether it is a file. */
  parts (): ReadonlyArray<'field' | 'file'>
  /** The form, once its whole body has arrived; undefined for a body that is not a form, or that could not be read. */
  form (): ReadForm | undefined
  /** Fields of the form: names in lower case, long values cut. */
  readonly fields: ReadonlyMap<string, string>
}

type OpenPart = { readonly field: string, readonly name: string | undefined, readonly hash: Hash, size: number, readonly text: GrowingBuffer }

const MAX_PARTS = 100

/** `rawName` returns the file name for a body that is the file; it is called only when needed. */
export function inspectUpload (recognize: (firstBytes: Buffer) => BodyFormat, rawName: () => string): UploadInspector {
  const fields = new Map<string, string>()
  const parts: OpenPart[] = []
  let scanner: Scanner | undefined
  const firstBytes = createGrowingBuffer()
  // Also used for a body that cannot be read, which the server refuses.
  let isDone = false
  let isRaw = false
  let isWholeForm = false
  let linesEndWith: ReadForm['linesEndWith'] = 'CRLF'
  let size = 0

  function openPart (field: string, name: string | undefined): void {
    parts.push({ field, name, hash: createHash('sha256'), size: 0, text: createGrowingBuffer() })
    if (parts.length > MAX_PARTS) isDone = true
  }

  function apply (events: readonly ScanEvent[]): void {
    for (const event of events) {
      const part = parts.at(-1)
      if (event.type === 'part') {
        const { name, fileName } = readPartHeaders(event.headers)
        openPart(name, fileName)
      } else if (event.type === 'data' && part !== undefined) {
        part.size += event.bytes.length
        if (part.name !== undefined) part.hash.update(event.bytes)
        else if (part.size <= MAX_COMPARED_VALUE) part.text.append(event.bytes)
      } else if (event.type === 'part end' && part?.name === undefined && part !== undefined) {
        fields.set(part.field, part.text.bytes().toString('utf8'))
      }
    }
  }

  function createPartScanner (): Scanner | undefined {
    const format = recognize(firstBytes.bytes())
    if (format.kind === 'unknown') {
      isDone = true
      return undefined
    }
    if (format.kind === 'raw') openPart('', '')
    isRaw = format.kind === 'raw'
    if (/^\n|[^\r]\n/.test(firstLines(firstBytes.bytes()))) linesEndWith = 'LF'
    const started: Scanner = format.kind === 'multipart' ? createScanner(format.boundary) : { push: bytes => [{ type: 'data', bytes }], end: () => [] }
    apply(started.push(firstBytes.bytes()))
    return started
  }

  const fileParts = (): readonly OpenPart[] => parts
    .map(part => isRaw ? { ...part, name: rawName() } : part)
    .filter(({ name, size }) => name !== undefined && (name !== '' || size > 0))

  return {
    inspect (chunk) {
      size += chunk?.length ?? 0
      if (isDone) return
      try {
        if (scanner === undefined) {
          if (chunk !== null) firstBytes.append(chunk)
          if (chunk === null || firstBytes.length >= SNIFFED_BYTES) scanner = createPartScanner()
        } else if (chunk !== null) {
          apply(scanner.push(chunk))
        }
        if (chunk === null && scanner !== undefined) apply(scanner.end())
        isWholeForm = chunk === null && scanner !== undefined && !isRaw
      } catch {
        isDone = true
      }
      isDone ||= chunk === null
    },
    size: () => size,
    names () {
      const seen = fileParts().map(({ name = '' }) => name)
      return seen.length > 0 || rawName() === '' ? seen : [rawName()]
    },
    addFields (more) {
      for (const [name, value] of more) fields.set(name, value)
    },
    firstName: () => fileParts()[0]?.name ?? (isDone ? '' : undefined),
    files: () => fileParts().map(({ field, name = '', size, hash }) => ({ field, name, size, sha256: hash.copy().digest('hex') })),
    sent: () => parts.filter(({ name }) => name === undefined).map(({ field, text }) => ({ name: field, value: text.bytes().toString('utf8'), in: 'multipart' })),
    parts: () => parts.map(({ name }) => name === undefined ? 'field' : 'file'),
    form: () => isWholeForm
      ? {
          parts: parts.map(({ field, name, size, text }) =>
            ({ name: field, fileName: name, value: name !== undefined || size > MAX_COMPARED_VALUE ? undefined : text.bytes().toString('utf8'), size: name === undefined ? 0 : size })),
          linesEndWith
        }
      : undefined,
    fields
  }
}

/** The lines before the first empty one: the delimiter and the headers of the first part of a form. */
const firstLines = (bytes: Buffer): string => bytes.toString('latin1', 0, SNIFFED_BYTES).split(/\r?\n\r?\n/)[0] ?? ''
