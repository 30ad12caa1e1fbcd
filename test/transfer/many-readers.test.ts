/** Many downloads at once whose readers are slow, or leave: everybody gets the bytes of the file, and nothing stays open. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readlink } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { attribute, call, openSession, uploadFile } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const MiB = 1024 * 1024
const READERS = 24
/** Some pass a boundary of 1 MiB, some are read at once. */
const RANGES = [[0, 12 * MiB + 6], [5, 9 * MiB], [MiB - 1, MiB + 1], [3 * MiB + 77, 12 * MiB + 6], [0, 1000]] as const

interface Reader {
  readonly socket: Socket
  readonly hash: string
  readonly expected: string
}

/** Takes the bytes of one answer in turns of the event loop of its own, so that writes to it are cut anywhere. */
async function read (socket: Socket, path: string, range: readonly [number, number], bytes: Buffer, pause: number): Promise<Reader> {
  const hash = createHash('sha256')
  const length = range[1] + 1 - range[0]
  let head = Buffer.alloc(0)
  let left: number | undefined
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nrange: bytes=${range[0]}-${range[1]}\r\n\r\n`)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    let body = chunk
    if (left === undefined) {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end === -1) continue
      body = head.subarray(end + 4)
      left = length
    }
    hash.update(body)
    left -= body.length
    if (left <= 0) break
    for (let turn = 0; turn < pause; turn++) await new Promise(resolve => { setImmediate(resolve) })
  }
  return { socket, hash: hash.digest('hex'), expected: createHash('sha256').update(bytes.subarray(range[0], range[1] + 1)).digest('hex') }
}

/** How many files of blobs this process has open. */
async function openBlobs ({ storage }: TestServer): Promise<number> {
  const links = await Promise.all((await readdir('/proc/self/fd')).map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return links.filter(link => link.startsWith(`${storage}/blobs/`)).length
}

async function firstChunk ({ app }: TestServer, blobId: string, size: number): Promise<number> {
  const chunks = await app.ports.blobs.read(blobId, { start: 0, end: size - 1, size })
  const { value } = await chunks.next()
  await chunks.return()
  return value?.length ?? 0
}

async function testReaders (t: Test, server: TestServer, open: () => Promise<Socket>): Promise<void> {
  const bytes = randomBytes(12 * MiB + 7)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.bin', bytes)
  const path = new URL(attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url')).pathname
  const blobId = String((await server.app.ports.sql.get('select blob_id from files where id = $id', { id }))?.blob_id)

  const readers = await Promise.all(Array.from({ length: READERS }, async (_, i) => read(await open(), path, RANGES[i % RANGES.length] ?? [0, 0], bytes, i % 7)))
  t.strictSame(readers.map(({ hash }) => hash), readers.map(({ expected }) => expected), 'everybody has the bytes of his range')
  for (const { socket } of readers) socket.destroy()

  const leaving = await Promise.all(Array.from({ length: READERS }, async (_, i) => {
    const socket = await open()
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(i % 2 + 1))
    await once(socket, 'data')
    socket.pause()
    return socket
  }))
  await until('all are read', async () => await openBlobs(server) >= READERS)
  t.ok(await firstChunk(server, blobId, bytes.length) < MiB, 'of many each reads less')
  for (const socket of leaving) socket.destroy()
  await until('nothing is open', async () => await openBlobs(server) === 0)
  await until('nothing is held', async () => await firstChunk(server, blobId, bytes.length) === MiB)
  await until('what was read is counted once', async () =>
    Number((await server.app.ports.sql.get('select downloads from files'))?.downloads) === readers.filter((_, i) => RANGES[i % RANGES.length]?.[1] === bytes.length - 1).length)
}

const isLinux = process.platform === 'linux'

t.test('readers of plain HTTP', { skip: !isLinux && 'open files are counted in /proc' }, async t => {
  const server = await startServer(t)
  await testReaders(t, server, () => openSocket(server.url))
})

t.test('readers of TLS', { skip: !isLinux && 'open files are counted in /proc' }, async t => {
  const server = await startServer(t, { settings: { tls: 'auto', listen: 'https://127.0.0.1:0' } })
  const { port } = new URL(server.others[0] ?? '')
  await testReaders(t, server, async () => {
    const socket = connectTls({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false })
    socket.on('error', () => undefined)
    await once(socket, 'secureConnect')
    return socket
  })
})
