/** Small pictures of images: what gets one, who sees it, and that an image that was made to do harm costs only its own. */
// Runs first.
import { readdir, readFile, truncate } from 'node:fs/promises'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { pathOfBlob } from '../../src/adapters/blobs/blob-folder.ts'
import { createThumbnailMaker } from '../../src/adapters/children/thumbnail-maker.ts'
import { imageTypeOf } from '../../src/domain/files/thumbnail.ts'
import { pageThumbnail } from '../../src/http/wire/thumbnail.ts'
import { loadConfig } from '../../src/config.ts'
import { findFile } from '../../src/store/files/files.ts'
import { call, openSession, uploadFile } from '../support/client.ts'
import { drawing, photo, pngBomb } from '../support/images.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const stateOf = async (server: TestServer, id: string) => (await server.app.ports.sql.get('select thumbnail from files where id = $id', { id }))?.thumbnail
const isTried = async (server: TestServer, id: string, what: string): Promise<number> => {
  await until(`${what} is looked at`, async () => await stateOf(server, id) !== null)
  return Number(await stateOf(server, id))
}
const ask = (server: TestServer, id: string, headers: Readonly<Record<string, string>> = {}) => fetch(`${server.url}/file/${id}/thumbnail`, { headers })

/** A server with one image that has a thumbnail. */
async function withImage (t: Test, fields: Readonly<Record<string, string>> = {}) {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.jpg', await photo(900, 600), fields)
  t.equal(await isTried(server, id, 'a.jpg'), 1)
  const change = (params: Readonly<Record<string, string | number>>) => call(server, 'files.setInfo', { session_key: key, file_id: id, ...params })
  return { server, key, id, change }
}

t.test('an image of each type gets a small WebP, upright, without what its camera wrote', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const draw = await drawing()
  for (const type of ['jpeg', 'png', 'webp', 'gif', 'avif']) {
    const image = await photo(1200, 800, type, { orientation: 6, secret: 'my address' })
    t.equal(imageTypeOf(image), type)
    // The name says that it is an image, and not which.
    const id = await uploadFile(server, key, type === 'jpeg' ? 'holidays.png' : `a.${type}`, image)
    t.equal(await isTried(server, id, type), 1, type)
    const answer = await ask(server, id)
    t.equal(answer.status, 200)
    t.strictSame(['content-type', 'x-content-type-options', 'content-security-policy', 'cross-origin-resource-policy', 'x-robots-tag'].map(name => answer.headers.get(name)),
      ['image/webp', 'nosniff', "sandbox; default-src 'none'; frame-ancestors 'none'", 'same-origin', 'noindex'])
    const small = Buffer.from(await answer.arrayBuffer())
    t.ok(small.length > 200 && small.length <= 50 * 1024, `${type}: ${small.length} bytes`)
    const { format, width, height, exif } = await draw(small).metadata()
    t.equal(format, 'webp')
    // GIF and PNG of this program know no orientation.
    t.ok((width === 320 && height === 480) || (['gif', 'png'].includes(type) && width === 480 && height === 320), `${type}: ${width} × ${height}`)
    t.equal(exif, undefined)
    t.notMatch(small.toString('latin1'), 'my address')
    t.equal((await ask(server, id, { 'if-none-match': answer.headers.get('etag') ?? '' })).status, 304)
  }
})

t.test('the noisiest image gets a small one, and a tiny image none that is larger than it may be', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const draw = await drawing()
  const noise = await draw({ create: { width: 800, height: 800, channels: 3, noise: { type: 'gaussian', mean: 128, sigma: 200 } } }).toFormat('png').toBuffer()
  const id = await uploadFile(server, key, 'noise.png', noise)
  t.equal(await isTried(server, id, 'noise'), 1)
  t.ok((await (await ask(server, id)).arrayBuffer()).byteLength <= 50 * 1024)
  const tiny = await uploadFile(server, key, 'dot.png', await draw({ create: { width: 1, height: 1, channels: 3, background: 'red' } }).toFormat('png').toBuffer())
  t.equal(await isTried(server, tiny, 'the dot'), 1)
  t.ok((await (await ask(server, tiny)).arrayBuffer()).byteLength < 2048)
})

t.test('what is no raster image gets none, whatever it is called', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  for (const [name, bytes] of Object.entries({
    'a.jpg': '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    'b.png': '%PDF-1.7\n',
    'c.webp': 'RIFF    WAVE',
    'd.gif': 'GIF87b',
    'e.avif': '\0\0\0\x20ftypheic\0\0\0\0mif1heic',
    'f.png': 'II*\0 and so on'
  })) {
    const id = await uploadFile(server, key, name, Buffer.from(bytes, 'latin1'))
    t.equal(await isTried(server, id, name), 0, name)
    t.equal((await ask(server, id)).status, 404)
  }
  t.strictSame(await server.app.ports.sql.all('select * from thumbnails'), [])
  t.equal((await ask(server, 'zzzzzz')).status, 404)
})

t.test('bombs, halves and chimeras cost only their own thumbnail', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const good = await photo(1500, 1000)
  for (const [name, bytes] of Object.entries({
    'huge.png': pngBomb(60_000, 60_000, false),
    'large.png': pngBomb(7_100, 7_100),
    'half.jpg': good.subarray(0, good.length / 2),
    'head.jpg': good.subarray(0, 40),
    'pixels.png': pngBomb(500, 500, false),
    'script.jpg': Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from('<html><script>alert(1)</script>'.repeat(100))]),
    'svg.gif': Buffer.concat([Buffer.from('GIF89a'), Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'.repeat(10))]),
    'tiff.webp': Buffer.concat([Buffer.from('RIFF\x24\0\0\0WEBPVP8 ', 'latin1'), Buffer.alloc(2000, 0xee)])
  })) {
    const id = await uploadFile(server, key, name, bytes)
    t.equal(await isTried(server, id, name), 0, name)
    t.equal((await fetch(`${server.url}/file/${id}`)).status, 200)
  }
  const id = await uploadFile(server, key, 'good.jpg', Buffer.concat([good, Buffer.from('PK\x03\x04<script>')]))
  t.equal(await isTried(server, id, 'good.jpg'), 1, 'something behind an image is not its affair')
  t.notMatch(Buffer.from(await (await ask(server, id)).arrayBuffer()).toString('latin1'), 'script')
})

/** The processes that this one has started for thumbnails. */
async function children (): Promise<number[]> {
  const found: number[] = []
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '')
    if ((await read('cmdline')).includes('thumbnail-child') && new RegExp(`^PPid:\\s${process.pid}$`, 'm').test(await read('status'))) found.push(Number(pid))
  }
  return found
}

t.test('a process that is killed in the middle of an image costs that thumbnail, and the next image gets a new process', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  // It takes seconds.
  const slow = await uploadFile(server, key, 'slow.png', pngBomb(7_000, 7_000))
  await until('the process is there', async () => (await children()).length === 1)
  const [pid = 0] = await children()
  process.kill(pid, 'SIGKILL')
  t.equal(await isTried(server, slow, 'slow.png'), 0)
  t.match(server.log(), 'did not survive an image')
  const next = await uploadFile(server, key, 'next.jpg', await photo(600, 400))
  t.equal(await isTried(server, next, 'next.jpg'), 1)
  t.notSame(await children(), [pid])
  await server.close()
  await until('the process has ended', async () => (await children()).length === 0)
})

t.test('a child holds no keys', async t => {
  const server = await startServer(t)
  const id = await uploadFile(server, await openSession(server), 'a.jpg', await photo(300, 200))
  await isTried(server, id, 'a.jpg')
  const [pid = 0] = await children()
  const names = (await readFile(`/proc/${pid}/environ`, 'latin1')).split('\0').map(line => line.split('=')[0]).filter(name => name !== '')
  t.strictSame(names.filter(name => !['MALLOC_ARENA_MAX', 'PATH', 'TMPDIR'].includes(name ?? '')), [])
  t.equal((await readFile(`/proc/${pid}/oom_score_adj`, 'latin1')).trim(), '1000')
})

t.test('bytes that cannot be read are an error and no bad image; the maker works on', async t => {
  const maker = createThumbnailMaker({ warn: () => undefined, debug: () => undefined } as never, {})
  t.teardown(maker.close)
  const good = await photo(300, 200)
  await t.rejects(maker.make('jpeg', good.length, async () => Readable.from((async function * () {
    yield good.subarray(0, 10)
    throw new Error('the store has broken off')
  })())), { message: 'the store has broken off' })
  t.ok(await maker.make('jpeg', good.length, async () => Readable.from([good])))
})

t.test('without sharp there are no thumbnails, and the log says so once', async t => {
  const hooks = 'export async function resolve (name, context, next) { if (name === "sharp") throw new Error("not installed"); return next(name, context) }'
  const program = `import { register } from 'node:module'; register('data:text/javascript,${encodeURIComponent(hooks)}')`
  const said: string[] = []
  const maker = createThumbnailMaker({ warn: (text: string) => { said.push(text) }, debug: () => undefined } as never, { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` })
  t.teardown(maker.close)
  const good = await photo(300, 200)
  t.equal(maker.isAble(), true)
  t.equal(await maker.make('jpeg', good.length, async () => Readable.from([good])), undefined)
  t.equal(maker.isAble(), false)
  t.strictSame(said, ['sharp is not installed: there are no thumbnails'])
})

t.test('a password, an end and a pause hide the thumbnail, too', async t => {
  const { server, id, change } = await withImage(t)
  const { sql } = server.app.ports
  const site = { config: await loadConfig({ storage: server.storage }, {}), ports: server.app.ports }
  const link = async () => {
    const file = await findFile(sql, id)
    return file && pageThumbnail(file, site)
  }
  t.equal((await ask(server, id)).status, 200)
  t.equal(await link(), `/file/${id}/thumbnail`)
  await change({ password: 'pw' })
  t.equal((await ask(server, id)).status, 404, 'without the password')
  const login = await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'alice', password: 'secret1' }), redirect: 'manual' })
  const own = await ask(server, id, { cookie: login.headers.get('set-cookie')?.split(';')[0] ?? '' })
  t.strictSame([own.status, own.headers.get('cache-control')], [200, 'private, no-cache'], 'to its owner')
  const signed = await link() ?? ''
  t.match(signed, /^\/view\/.*\?thumbnail$/)
  t.equal((await fetch(server.url + signed)).headers.get('content-type'), 'image/webp', 'on a page behind the password')
  t.equal((await fetch(server.url + signed.replace(/\/view\/.{4}/, '/view/0000'))).status, 410, 'a forged one')
  t.notMatch(await (await fetch(`${server.url}/file/${id}`)).text(), 'thumbnail', 'the page that asks for the password has none')
  await change({ password: '' })
  t.equal((await fetch(server.url + signed)).status, 410, 'an earlier link')

  await sql.run("insert into pauses (name, paused_at) values ('downloads', 0)")
  t.equal((await ask(server, id)).status, 503)
  await sql.run('delete from pauses')
  await sql.run('update users set is_disabled = 1')
  t.equal((await ask(server, id)).status, 404)
  await sql.run('update users set is_disabled = 0')
  await change({ downloads_limit: 1 })
  t.equal((await ask(server, id)).status, 200)
  await sql.run('update files set downloads = 1')
  t.equal((await ask(server, id)).status, 403)
  await change({ downloads_limit: 0, time_limit: 60 })
  server.clock.time += 60_000
  t.equal((await ask(server, id)).status, 403)
  await change({ time_limit: 0 })
  t.equal((await ask(server, id)).status, 200)
})

t.test('a damaged file has none, and guessing is limited as at the page', async t => {
  const { server, id } = await withImage(t)
  const blobId = String((await server.app.ports.sql.get('select blob_id from files'))?.blob_id)
  await truncate(pathOfBlob(server.storage, blobId), 10)
  t.equal((await fetch(`${server.url}/pro/dl/${id}`)).status, 503)
  t.equal((await ask(server, id)).status, 404)
  const statuses: number[] = []
  for (let i = 0; i <= 1000 && statuses.at(-1) !== 429; i++) statuses.push((await ask(server, `zz${String(i).padStart(4, '0')}`)).status)
  t.equal(statuses.at(-1), 429)
})

t.test('it goes with its file', async t => {
  const { server, key, id } = await withImage(t)
  t.equal((await server.app.ports.sql.all('select file_id from thumbnails')).length, 1)
  await call(server, 'files.delete', { session_key: key, file_id: id })
  t.strictSame(await server.app.ports.sql.all('select file_id from thumbnails'), [])
})

t.test('files from before get theirs when they are asked for', async t => {
  const { server, id } = await withImage(t)
  await server.app.ports.sql.run('delete from thumbnails')
  await server.app.ports.sql.run('update files set thumbnail = null')
  t.equal((await ask(server, id)).status, 404, 'which asks for it, as a page does')
  t.equal(await isTried(server, id, 'the old file'), 1)
  t.equal((await ask(server, id)).status, 200)
})

t.test('where they are off nothing is made or shown', async t => {
  const server = await startServer(t, { settings: { thumbnails: 'no' } })
  const id = await uploadFile(server, await openSession(server), 'a.jpg', await photo(300, 200))
  await fetch(`${server.url}/file/${id}`)
  t.equal(await stateOf(server, id), null)
  t.strictSame(await children(), [])
  t.equal((await ask(server, id)).status, 404)
})
