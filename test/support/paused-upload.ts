/** An upload that stands still in the middle. */
import { userTicket, type TicketFields } from './client.ts'
import { allOf, request } from './raw-http.ts'
import { filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'

export interface HalfUpload {
  readonly ticket: TicketFields
  /** Sends the rest; the answer with its headers. */
  finish (): Promise<string>
  breakOff (): void
}

/** Half of a file of `size` bytes has been sent once this resolves; not all of it need have come. */
export async function beginUpload (server: { readonly url: string }, key: string, size: number): Promise<HalfUpload> {
  const ticket = await userTicket(server, key)
  const [head = Buffer.alloc(0), body = Buffer.alloc(0)] = request(
    ticket.url, { 'content-type': 'multipart/form-data; boundary=b' }, formBody('b', [filePart('slow', Buffer.alloc(size))]))
  const socket = await openSocket(ticket.url)
  const answer = allOf(socket)
  socket.write(head)
  socket.write(body.subarray(0, size / 2))
  return {
    ticket,
    finish () {
      socket.write(body.subarray(size / 2))
      return answer
    },
    breakOff () { socket.destroy() }
  }
}

export const fileIdOf = (answer: string): string => /^file_id=(\w+)/m.exec(answer)?.[1] ?? ''
