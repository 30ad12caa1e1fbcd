/** A server whose files are in a bucket, gone through from the upload to the sweep. */
import { createHash } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { call, errorCode, openSession, progressOf, userTicket } from './client.ts'
import { startServer, temporaryFolder, type TestServer } from './server.ts'
import { readStorage } from './storage-contents.ts'

const MiB = 1024 * 1024

export interface Bucket {
  /** Of `blobs`. */
  readonly address: string
  readonly accessKey: string
  readonly secretKey: string
}

export async function startServerOn (t: Test, { address, accessKey, secretKey }: Bucket, settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  return startServer(t, { settings: { ...settings, blobs: address }, variables: { RESPACE_S3_ACCESS_KEY: accessKey, RESPACE_S3_SECRET_KEY: secretKey } })
}

export async function goThrough (t: Test, bucket: Bucket, size: number): Promise<void> {
  const server = await startServerOn(t, bucket)
  const session = await openSession(server)
  const path = join(await temporaryFolder(t), 'large.bin')
  const sum = await writeNoise(path, size)

  const ticket = await userTicket(server, session)
  const seen: number[] = []
  const polling = (async () => {
    let progress
    do {
      progress = await progressOf(ticket)
      seen.push(Number(progress.uploaded_bytes))
    } while (progress.status === 'ok')
    return progress
  })()
  const form = new FormData()
  form.append('userfile', await openAsBlob(path), 'large.bin')
  const answer = await (await fetch(ticket.url, { method: 'POST', body: form })).text()
  const id = /^file_id=(\w+)$/m.exec(answer)?.[1] ?? t.fail(answer)
  t.ok(seen.some(bytes => bytes > 0 && bytes < size), 'progress was seen on the way')
  t.strictSame(seen, [...seen].sort((a, b) => a - b), 'and it never went back')
  t.match(await polling, { status: 'done', meter: '100' })

  const link = `${server.url}/pro/dl/${id}`
  const hash = createHash('sha256')
  for await (const chunk of (await fetch(link)).body ?? []) hash.update(chunk as Uint8Array)
  t.equal(hash.digest('hex'), sum, 'all of it comes out again')
  const file = await open(path)
  for (const [start, length] of [[0, 1], [5 * MiB - 10, 20], [size - 7, 7]] as const) {
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, start)
    const part = await fetch(link, { headers: { range: `bytes=${start}-${start + length - 1}` } })
    t.equal(`${part.status} ${part.headers.get('content-range')}`, `206 bytes ${start}-${start + length - 1}/${size}`)
    t.ok(Buffer.from(await part.arrayBuffer()).equals(buffer))
  }
  await file.close()
  t.equal(errorCode(await call(server, 'download.getInfo', { session_key: session, file_id: String(id) })), 0)
  t.strictSame((await readStorage(server.storage)).blobs, [], 'nothing is on the disk')

  t.equal(errorCode(await call(server, 'files.delete', { session_key: session, file_id: String(id) })), 0)
  const { blobs } = server.app.ports
  t.equal((await fetch(link)).status, 404)
  await server.app.sweep()
  t.match(await readStorage(server.storage), { bytesStored: 0, bytesReserved: 0, miscounted: 0, doomed: 0 })
  t.equal(await blobs.has(`${id}-0`), false)
  t.notMatch(server.log(), bucket.secretKey)
}

/** The SHA-256 of what was written. */
async function writeNoise (path: string, size: number): Promise<string> {
  const file = await open(path, 'w')
  const sum = createHash('sha256')
  // Each block differs from the one before, so that two parts that changed places would be noticed.
  for (let at = 0; at < size; at += MiB) {
    const block = Buffer.alloc(Math.min(MiB, size - at), createHash('sha512').update(String(at)).digest())
    sum.update(block)
    await file.write(block)
  }
  await file.close()
  return sum.digest('hex')
}
