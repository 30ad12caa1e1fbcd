/** Turns the parts of a body into fields and blobs. */
import { refuseBecause } from '../api/errors.ts'
import { MAX_FILES } from '../domain/caps.ts'
import { cleanFileName } from '../domain/files/file-name.ts'
import type { BlobWriter, Ports } from '../ports.ts'
import type { Form } from './form.ts'
import { createGrowingBuffer, type GrowingBuffer } from './growing-buffer.ts'
import { takeRoom, type Reservation } from './reservation.ts'
import type { ScanEvent } from './multipart-scanner.ts'
import { readPartHeaders, type PartHeaders } from './part-headers.ts'

export interface CollectedFile {
  readonly name: string
  readonly blobId: string
  readonly writer: BlobWriter
  size: number
  crc32: number
}

export interface Collector {
  /** Files whose bytes have begun to come, in the order of the request. */
  readonly files: readonly CollectedFile[]
  take (events: readonly ScanEvent[]): Promise<void>
  /** A body that is one file, without part headers. */
  openRaw (fileName: string): Promise<void>
  /** A file whose bytes are there. */
  addText (name: string, bytes: Buffer): Promise<void>
}

type OpenPart = { readonly kind: 'field', readonly name: string, readonly value: GrowingBuffer } |
  { readonly kind: 'file', readonly name: string, readonly reservation: Reservation, file: CollectedFile | undefined }

/**
 * `requireReservation` gives that of the ticket on which the bytes come, or throws: no byte is stored without one. `admit` throws for a file
 * that may not come.
 */
export function createCollector (form: Form, { blobs, room }: Pick<Ports, 'blobs' | 'room'>, requireReservation: () => Promise<Reservation>, admit: (name: string) => Promise<void>): Collector {
  const files: CollectedFile[] = []
  let part: OpenPart | undefined
  let bytesOfFiles = 0

  async function open ({ name, fileName }: PartHeaders, headerBytes: number): Promise<void> {
    if (fileName === undefined) {
      // A name can be as long as the headers are.
      form.keep(headerBytes)
      part = { kind: 'field', name, value: createGrowingBuffer() }
      return
    }
    part = { kind: 'file', name: fileName, reservation: await requireReservation(), file: undefined }
    // Without a name and without bytes it is a file field that was left empty.
    if (fileName !== '') part.file = await createFile(part.name, part.reservation)
  }

  async function fill (bytes: Buffer): Promise<void> {
    if (part?.kind === 'field') {
      form.count(bytes.length)
      const kept = bytes.subarray(0, form.maxValueBytes - part.value.length)
      form.keep(kept.length)
      part.value.append(kept)
    } else if (part?.kind === 'file') {
      const { reservation } = part
      const file = part.file ??= await createFile(part.name, reservation)
      file.size += bytes.length
      bytesOfFiles += bytes.length
      if (file.size > reservation.claim.ticket.maxFileSize) throw refuseBecause('file too large')
      await reservation.ensureSpace(bytesOfFiles)
      await takeRoom(room, bytes.length)
      await file.writer.write(bytes)
    }
  }

  async function createFile (sentName: string, reservation: Reservation): Promise<CollectedFile> {
    if (files.length === MAX_FILES) throw refuseBecause('too many files')
    const name = cleanFileName(sentName)
    await admit(name)
    const blobId = `${reservation.claim.uploadId}-${files.length}`
    const file = { name, blobId, writer: await blobs.create(blobId), size: 0, crc32: 0 }
    files.push(file)
    return file
  }

  async function close (): Promise<void> {
    if (part?.kind === 'field') form.set(part.name, part.value.bytes().toString('utf8'))
    else if (part?.file !== undefined) part.file.crc32 = (await part.file.writer.finish()).crc32
    else if (part !== undefined) form.passOver()
    part = undefined
  }

  return {
    files,
    async take (events) {
      for (const event of events) {
        if (event.type === 'part') await open(readPartHeaders(event.headers), event.headers.length)
        else if (event.type === 'data') await fill(event.bytes)
        else await close()
      }
    },
    openRaw: fileName => open({ name: '', fileName }, 0),
    async addText (fileName, bytes) {
      await open({ name: '', fileName }, 0)
      await fill(bytes)
      await close()
    }
  }
}
