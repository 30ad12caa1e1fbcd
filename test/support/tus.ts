/** A client of the tus protocol that does what tests tell it. */
import { request } from 'node:http'
import type { Teardown } from './server.ts'

export const TUS = { 'tus-resumable': '1.0.0' }
export const BODY = { ...TUS, 'content-type': 'application/offset+octet-stream' }

/** What is said of a file, as the protocol writes it. */
export const metadataOf = (fields: Readonly<Record<string, string>>): string => Object.entries(fields).map(([name, text]) => `${name} ${base64(text)}`).join(',')

export const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Begins an upload at `endpoint`; the answer. */
export const beginAt = (endpoint: string, length: number, metadata = `filename ${base64('a.bin')}`, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(endpoint, { method: 'POST', headers: { ...TUS, 'upload-length': String(length), 'upload-metadata': metadata, ...headers } })

export const append = (url: string, offset: number, body: Buffer | string) => fetch(url, { method: 'PATCH', headers: { ...BODY, 'upload-offset': String(offset) }, body })
export const look = (url: string) => fetch(url, { method: 'HEAD', headers: TUS })
export const offsetOf = async (url: string): Promise<number> => Number((await look(url)).headers.get('upload-offset'))
export const endUpload = (url: string) => fetch(url, { method: 'DELETE', headers: TUS })

/** Sends the first half of an upload's bytes; the rest when it is told, and gives the status. */
export async function startSlowSender (t: Teardown, url: string, length: number): Promise<{ finish (): Promise<number> }> {
  const sending = request(url, { method: 'PATCH', headers: { ...BODY, 'upload-offset': '0', 'content-length': String(length) } })
  const answered = new Promise<number>((resolve, reject) => {
    sending.on('response', answer => { answer.resume(); resolve(answer.statusCode ?? 0) }).on('error', reject)
  })
  answered.catch(() => undefined)
  t.teardown(() => { sending.destroy() })
  const half = Math.floor(length / 2)
  await new Promise<void>((resolve, reject) => { sending.write(Buffer.alloc(half), error => error ? reject(error) : resolve()) })
  return {
    finish () {
      sending.end(Buffer.alloc(length - half))
      return answered
    }
  }
}
