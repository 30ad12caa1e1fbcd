/** Looks at the body of an upload as it passes by: its fields, and size and hash of its files, whatever becomes of it. */
import { createHash, type Hash } from 'node:crypto'
import { SNIFFED_BYTES, type BodyFormat } from '../../transfer/body-format.ts'
import { createGrowingBuffer, type GrowingBuffer } from '../../transfer/growing-buffer.ts'
import { createScanner, type ScanEvent, type Scanner } from '../../transfer/multipart-scanner.ts'
import { readPartHeaders } from '../../transfer/part-headers.ts'

export interface SeenFile {
  /** Of the form; '' where the body is the file. */
  readonly field: string
  readonly name: string
  readonly size: number
  /** Of what came of it, in hex. */
  readonly sha256: string
}

export interface UploadInspector {
  /** null is the end. */
  inspect (chunk: Buffer | null): void
  /** The name of the first file; undefined while it may still come, '' when there is none. */
  firstName (): string | undefined
  files (): readonly SeenFile[]
  /** Of the files; of a body that is one file before it has come, too. */
  names (): readonly string[]
  /** What is known of it beside its body counts as fields of it. */
  addFields (fields: ReadonlyMap<string, string>): void
  /** Bytes of the body so far. */
  size (): number
  /** Fields of the form, names in lower case, values cut to a size that can be shown. */
  readonly fields: ReadonlyMap<string, string>
}

type Open = { readonly field: string, readonly name: string | undefined, readonly hash: Hash, size: number, readonly text: GrowingBuffer }

const LONGEST_VALUE = 4096
const MAX_PARTS = 100

/** `rawName` is asked late for the name of a body that is one file. */
export function inspectUpload (recognize: (firstBytes: Buffer) => BodyFormat, rawName: () => string): UploadInspector {
  const fields = new Map<string, string>()
  const parts: Open[] = []
  let scanner: Scanner | undefined
  const firstBytes = createGrowingBuffer()
  // What cannot be read is the server's to refuse; nothing more is seen of it.
  let isBlind = false
  let isRaw = false
  let size = 0

  function open (field: string, name: string | undefined): void {
    parts.push({ field, name, hash: createHash('sha256'), size: 0, text: createGrowingBuffer() })
    if (parts.length > MAX_PARTS) isBlind = true
  }

  function take (events: readonly ScanEvent[]): void {
    for (const event of events) {
      const part = parts.at(-1)
      if (event.type === 'part') {
        const { name, fileName } = readPartHeaders(event.headers)
        open(name, fileName)
      } else if (event.type === 'data' && part !== undefined) {
        part.size += event.bytes.length
        if (part.name !== undefined) part.hash.update(event.bytes)
        else if (part.size <= LONGEST_VALUE) part.text.append(event.bytes)
      } else if (event.type === 'part end' && part?.name === undefined && part !== undefined) {
        fields.set(part.field, part.text.bytes().toString('utf8'))
      }
    }
  }

  function start (): Scanner | undefined {
    const format = recognize(firstBytes.bytes())
    if (format.kind === 'unknown') {
      isBlind = true
      return undefined
    }
    if (format.kind === 'raw') open('', '')
    isRaw = format.kind === 'raw'
    const started: Scanner = format.kind === 'multipart' ? createScanner(format.boundary) : { push: bytes => [{ type: 'data', bytes }], end: () => [] }
    take(started.push(firstBytes.bytes()))
    return started
  }

  const filesSeen = (): readonly Open[] => parts
    .map(part => isRaw ? { ...part, name: rawName() } : part)
    .filter(({ name, size }) => name !== undefined && (name !== '' || size > 0))

  return {
    inspect (chunk) {
      size += chunk?.length ?? 0
      if (isBlind) return
      try {
        if (scanner === undefined) {
          if (chunk !== null) firstBytes.append(chunk)
          if (chunk === null || firstBytes.length >= SNIFFED_BYTES) scanner = start()
        } else if (chunk !== null) {
          take(scanner.push(chunk))
        }
        if (chunk === null && scanner !== undefined) take(scanner.end())
      } catch {
        isBlind = true
      }
      isBlind ||= chunk === null
    },
    size: () => size,
    names () {
      const seen = filesSeen().map(({ name = '' }) => name)
      return seen.length > 0 || rawName() === '' ? seen : [rawName()]
    },
    addFields (said) {
      for (const [name, value] of said) fields.set(name, value)
    },
    firstName: () => filesSeen()[0]?.name ?? (isBlind ? '' : undefined),
    files: () => filesSeen().map(({ field, name = '', size, hash }) => ({ field, name, size, sha256: hash.copy().digest('hex') })),
    fields
  }
}
