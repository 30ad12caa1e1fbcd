/** An upload that pauses where a check needs it, so that its progress can be read. */
import type { Socket } from 'node:net'
import { ticketParts, type Ticket } from '../run/actor.ts'
import { fieldPart, filePart, formBody } from '../client/multipart-form.ts'
import { allOf, openSocket, readRawAnswer, requestHead, type RawAnswer } from '../client/raw-socket.ts'
import type { Stage } from '../run/stage.ts'
import { noteUploaded } from './upload-parts.ts'

export interface SlowUpload {
  /** Size of the body in bytes. */
  readonly total: number
  /** When the first byte was sent, by performance.now(). */
  readonly began: number
  /** Sends the body up to this byte; does nothing when that was sent already. */
  sendTo (byte: number): void
  /** Sends the rest; undefined without an answer. */
  finish (): Promise<RawAnswer | undefined>
  /** Closes the connection. */
  cut (): void
}

export interface SlowFile {
  readonly name?: string
  /** Size of the file in bytes. */
  readonly size: number
  readonly folder: string
  /** The session key of the owner. */
  readonly key: string
  /** Without a Content-Length. */
  readonly isChunked?: boolean
}

/** Timeout of the upload in milliseconds. */
const PATIENCE = 60_000

export async function startUpload (stage: Stage, ticket: Ticket, { name = 'check.bin', size, folder, key, isChunked = false }: SlowFile): Promise<SlowUpload> {
  const boundary = `----check${stage.context.run}`
  const body = formBody(boundary, [
    ...ticketParts(ticket), fieldPart('folder_id', folder), filePart(name, Buffer.alloc(size, 'x'))
  ])
  const socket: Socket = await openSocket(ticket.url)
  const answer = allOf(socket, PATIENCE)
  const length: Record<string, string> = isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(body.length) }
  socket.write(requestHead(ticket.url, { 'content-type': `multipart/form-data; boundary=${boundary}`, 'x-respace-check': 'slow upload', ...length }, 'POST'))
  const began = performance.now()
  let sent = 0

  function sendTo (byte: number): void {
    const piece = body.subarray(sent, byte)
    if (piece.length === 0) return
    sent += piece.length
    socket.write(isChunked ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]) : piece)
  }

  return {
    total: body.length,
    began,
    sendTo,
    async finish () {
      sendTo(body.length)
      if (isChunked) socket.write('0\r\n\r\n')
      const read = readRawAnswer(await answer)
      await noteUploaded(stage, read?.body.toString() ?? '', key)
      return read
    },
    cut: () => { socket.destroy() }
  }
}
