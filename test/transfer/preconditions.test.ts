/** Ranges and preconditions of downloads, as RFC 9110 says; first as a table, then on the wire. */
import { execFile } from 'node:child_process'
import { stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { StoredFile } from '../../src/domain/files/file.ts'
import { readHttpDate } from '../../src/transfer/preconditions.ts'
import { planDelivery } from '../../src/transfer/serve.ts'
import { attribute, call, openSession, uploadFile } from '../support/client.ts'
import { startServer, temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

/** 43 bytes, changed 1 Jan 2026 at noon and 400 ms. */
const FILE: StoredFile = {
  id: 'abcdef',
  ownerId: null,
  folderId: '0',
  name: 'a.txt',
  description: '',
  sealedPassword: null,
  size: 43,
  blobId: 'blob-0',
  deleteCode: '',
  uploadedAt: Date.UTC(2026, 0, 1, 12, 0, 0, 400),
  downloads: 0,
  expiresAt: null,
  downloadLimit: null,
  limitAction: null,
  limitActionFolderId: null,
  linkVersion: 0,
  hasThumbnail: null
}
const ETAG = String(planDelivery(FILE, { method: 'GET', headers: {} }).headers.etag)
const TAG = ETAG.slice(1, -1)
const DATE = 'Thu, 01 Jan 2026 12:00:00 GMT'
const BEFORE = 'Thu, 01 Jan 2026 11:59:59 GMT'
const AFTER = 'Thu, 01 Jan 2026 12:00:01 GMT'

/** What is sent: the status and the bytes, `-` for none. */
function answerTo (headers: Readonly<Record<string, string>>, method = 'GET', size = FILE.size): string {
  const { status, range } = planDelivery({ ...FILE, size }, { method, headers })
  return `${status} ${range === undefined ? '-' : `${range.start}-${range.end}`}`
}

const RANGES: Readonly<Record<string, string>> = {
  'bytes=4-8': '206 4-8',
  'bytes=0-0': '206 0-0',
  'bytes=0-': '206 0-42',
  'bytes=42-': '206 42-42',
  'bytes=42-42': '206 42-42',
  'bytes=40-99': '206 40-42',
  'bytes=0-99999999999999999999999': '206 0-42',
  'bytes=43-': '416 -',
  'bytes=43-50': '416 -',
  'bytes=99999999999999999999999-': '416 -',
  'bytes=-1': '206 42-42',
  'bytes=-43': '206 0-42',
  'bytes=-44': '206 0-42',
  'bytes=-99999999999999999999999': '206 0-42',
  'bytes=-0': '416 -',
  'Bytes=4-8': '206 4-8',
  'bytes= 4-8 ': '206 4-8',
  'bytes=4-8,': '206 4-8',
  'bytes=,4-8': '206 4-8',
  'bytes=8-4': '200 0-42',
  'bytes=0-1,2-3': '200 0-42',
  'bytes=0-1,0-1': '200 0-42',
  'bytes=0-1, 40-': '200 0-42',
  'bytes=50-,60-': '200 0-42',
  'bytes=0-1, bytes=2-3': '200 0-42',
  'bytes=': '200 0-42',
  'bytes=-': '200 0-42',
  'bytes=a-b': '200 0-42',
  'bytes=1': '200 0-42',
  'bytes=-1-2': '200 0-42',
  'bytes=0x1-2': '200 0-42',
  'bytes=1.5-2': '200 0-42',
  'bytes 4-8': '200 0-42',
  'lines=1-2': '200 0-42',
  '4-8': '200 0-42',
  '': '200 0-42'
}

t.test('a range gets its bytes; several, and what cannot be read, get the whole', t => {
  for (const [range, expected] of Object.entries(RANGES)) {
    t.equal(answerTo({ range }), expected, range)
    t.equal(answerTo({ range }, 'HEAD'), '200 0-42', `HEAD has no ranges: ${range}`)
    t.equal(answerTo({ range }, 'GET', 0), '200 -', `an empty file has none: ${range}`)
  }
  t.equal(planDelivery(FILE, { method: 'GET', headers: { range: 'bytes=43-' } }).headers['content-range'], 'bytes */43')
  t.end()
})

const CONDITIONS: ReadonlyArray<readonly [headers: Record<string, string>, status: 200 | 304 | 412]> = [
  [{ 'if-match': ETAG }, 200],
  [{ 'if-match': '*' }, 200],
  [{ 'if-match': '"other"' }, 412],
  [{ 'if-match': `W/${ETAG}` }, 412],
  [{ 'if-match': `"a,b", "x", ${ETAG}` }, 200],
  [{ 'if-match': `"a, ${ETAG}` }, 412],
  [{ 'if-match': '' }, 412],
  [{ 'if-match': TAG }, 412],
  [{ 'if-none-match': ETAG }, 304],
  [{ 'if-none-match': `W/${ETAG}` }, 304],
  [{ 'if-none-match': '*' }, 304],
  [{ 'if-none-match': ' * ' }, 304],
  [{ 'if-none-match': '"other"' }, 200],
  [{ 'if-none-match': `"a,b" ,W/"c" , , "d,",${ETAG}` }, 304],
  [{ 'if-none-match': `"a,${TAG},b"` }, 200],
  [{ 'if-none-match': '"a", *' }, 200],
  [{ 'if-none-match': TAG }, 200],
  [{ 'if-none-match': `"${TAG}` }, 200],
  [{ 'if-modified-since': DATE }, 304],
  [{ 'if-modified-since': AFTER }, 304],
  [{ 'if-modified-since': BEFORE }, 200],
  [{ 'if-modified-since': 'Thursday, 01-Jan-26 12:00:00 GMT' }, 304],
  [{ 'if-modified-since': 'Thu Jan  1 12:00:00 2026' }, 304],
  [{ 'if-modified-since': 'Thu Jan  1 11:59:59 2026' }, 200],
  [{ 'if-modified-since': 'yesterday' }, 200],
  [{ 'if-modified-since': '2027' }, 200],
  [{ 'if-modified-since': 'Sat, 31 Feb 2026 12:00:00 GMT' }, 200],
  [{ 'if-modified-since': 'Thu, 01 Jan 2026 24:00:00 GMT' }, 200],
  [{ 'if-modified-since': 'Thu, 01 Jan 2026 12:00:00 +0100' }, 200],
  [{ 'if-unmodified-since': DATE }, 200],
  [{ 'if-unmodified-since': AFTER }, 200],
  [{ 'if-unmodified-since': BEFORE }, 412],
  [{ 'if-unmodified-since': 'yesterday' }, 200],
  // The order of section 13.2.2.
  [{ 'if-match': ETAG, 'if-unmodified-since': BEFORE }, 200],
  [{ 'if-match': '"other"', 'if-unmodified-since': AFTER }, 412],
  [{ 'if-match': '"other"', 'if-none-match': ETAG }, 412],
  [{ 'if-unmodified-since': BEFORE, 'if-none-match': ETAG }, 412],
  [{ 'if-match': ETAG, 'if-none-match': ETAG }, 304],
  [{ 'if-none-match': '"other"', 'if-modified-since': AFTER }, 200],
  [{ 'if-none-match': ETAG, 'if-modified-since': BEFORE }, 304],
  [{ 'if-unmodified-since': DATE, 'if-modified-since': DATE }, 304],
  [{ 'if-match': '*', 'if-modified-since': DATE }, 304]
]

t.test('preconditions, in their order, before any range, for GET and HEAD and empty files', t => {
  for (const [headers, status] of CONDITIONS) {
    const name = JSON.stringify(headers)
    t.equal(answerTo(headers), status === 200 ? '200 0-42' : `${status} -`, name)
    t.equal(answerTo(headers, 'HEAD').slice(0, 3), String(status), `HEAD ${name}`)
    t.equal(answerTo(headers, 'GET', 0), `${status} -`, `empty ${name}`)
    t.equal(answerTo({ ...headers, range: 'bytes=4-8' }), status === 200 ? '206 4-8' : `${status} -`, `range ${name}`)
    t.equal(answerTo({ ...headers, range: 'bytes=43-' }), `${status === 200 ? 416 : status} -`, `unsatisfiable ${name}`)
  }
  t.end()
})

t.test('If-Range goes on with the same bytes, and begins again with others', t => {
  const range = 'bytes=4-8'
  for (const same of [ETAG, ` ${ETAG} `, DATE, 'Thursday, 01-Jan-26 12:00:00 GMT']) t.equal(answerTo({ range, 'if-range': same }), '206 4-8', same)
  for (const other of ['"other"', `W/${ETAG}`, BEFORE, AFTER, 'yesterday', '', '*', `${ETAG}, "b"`]) t.equal(answerTo({ range, 'if-range': other }), '200 0-42', other)
  t.equal(answerTo({ 'if-range': '"other"' }), '200 0-42', 'without a range it says nothing')
  t.equal(answerTo({ range: 'bytes=43-', 'if-range': '"other"' }), '200 0-42', 'a range that is not there of other bytes')
  t.equal(answerTo({ range, 'if-range': ETAG }, 'HEAD'), '200 0-42')
  t.end()
})

t.test('who knows the bytes by the name of another sender is answered by that name', t => {
  const nginx = { etag: '"69566e40-2b"', changedAt: FILE.uploadedAt - 2000 }
  const plan = (headers: Record<string, string>) => {
    const { status, headers: { etag } } = planDelivery(FILE, { method: 'GET', headers }, undefined, [nginx])
    return [status, etag]
  }
  t.strictSame(plan({}), [200, ETAG])
  t.strictSame(plan({ 'if-none-match': nginx.etag }), [304, nginx.etag])
  t.strictSame(plan({ 'if-match': nginx.etag }), [200, nginx.etag])
  t.strictSame(plan({ range: 'bytes=1-2', 'if-range': nginx.etag }), [206, nginx.etag])
  t.strictSame(plan({ range: 'bytes=1-2', 'if-range': ETAG }), [206, ETAG])
  t.strictSame(plan({ 'if-modified-since': 'Thu, 01 Jan 2026 11:59:58 GMT' }), [304, nginx.etag])
  t.strictSame(plan({ 'if-modified-since': BEFORE }), [200, ETAG])
  t.strictSame(plan({ 'if-match': '"other"' }), [412, ETAG])
  t.end()
})

t.test('the three forms of a date', t => {
  const time = Date.UTC(1994, 10, 6, 8, 49, 37)
  for (const date of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) t.equal(readHttpDate(date), time)
  for (const wrong of ['', '0', '784111777', 'Sun, 06 Nov 1994 08:49:37', 'Sun, 6 Nov 1994 08:49:37 GMT', 'Sun, 06 Foo 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 08:60:37 GMT',
    'Mon, 30 Feb 1994 08:49:37 GMT', `${'Sun, '.repeat(1000)}06 Nov 1994 08:49:37 GMT`]) t.equal(readHttpDate(wrong), undefined, wrong.slice(0, 40))
  t.end()
})

t.test('a name of the bytes does not give the secret of their upload away', async t => {
  t.notMatch(ETAG, FILE.blobId)
  t.match(ETAG, /^"[0-9a-f]{32}"$/)
})

t.test('on the wire: what is sent, what is not, and that only what is sent counts', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'The quick brown fox')
  const link = attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url')
  const first = await fetch(link)
  t.equal(await first.text(), 'The quick brown fox')
  await until('it counted', async () => (await server.app.ports.sql.get('select downloads from files'))?.downloads === 1)
  const [etag, changed] = ['etag', 'last-modified'].map(name => first.headers.get(name) ?? '')
  const ask = async (headers: Readonly<Record<string, string>>, method = 'GET') => {
    const answer = await fetch(link, { method, headers })
    return [answer.status, await answer.text(), answer.headers.get('etag'), answer.headers.get('last-modified')]
  }
  for (const method of ['GET', 'HEAD']) {
    t.strictSame(await ask({ 'if-none-match': String(etag) }, method), [304, '', etag, changed])
    t.strictSame(await ask({ 'if-modified-since': String(changed) }, method), [304, '', etag, changed])
    t.strictSame(await ask({ 'if-match': '"other"' }, method), [412, '', etag, changed])
    t.strictSame(await ask({ 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }, method), [412, '', etag, changed])
  }
  t.strictSame(await ask({ range: 'bytes=-100' }), [206, 'The quick brown fox', etag, changed])
  await until('it counted', async () => (await server.app.ports.sql.get('select downloads from files'))?.downloads === 2)
  t.strictSame((await ask({ range: 'bytes=0-2,4-8' })).slice(0, 2), [200, 'The quick brown fox'])
  await until('it counted', async () => (await server.app.ports.sql.get('select downloads from files'))?.downloads === 3)
})

t.test('curl -z gets a file once, and it counts once', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'The quick brown fox')
  const link = attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url')
  const downloads = async () => (await server.app.ports.sql.get('select downloads from files'))?.downloads
  const folder = await temporaryFolder(t)
  const run = promisify(execFile)
  await run('curl', ['-sSR', '-o', join(folder, 'b.txt'), link])
  await until('it counted', async () => await downloads() === 1)
  const { stdout } = await run('curl', ['-sS', '-o', join(folder, 'b.txt'), '-z', join(folder, 'b.txt'), '-w', '%{http_code}', link])
  t.equal(stdout, '304')
  t.equal((await stat(join(folder, 'b.txt'))).size, 19, 'it stays')
  await utimes(join(folder, 'b.txt'), 0, 0)
  t.equal((await run('curl', ['-sS', '-o', join(folder, 'c.txt'), '-z', join(folder, 'b.txt'), '-w', '%{http_code}', link])).stdout, '200')
  await until('it counted', async () => await downloads() === 2)
})
