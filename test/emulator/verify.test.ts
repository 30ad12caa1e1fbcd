/** Assertions on the journal: headers, matchers, orders, near misses, and answers after entries were dropped. */
// Runs on SQLite only.
import { AssertionError } from 'node:assert'
import t from 'tap'
import { startEmulator } from '../../src/start-emulator.ts'
import type { Entry } from '../../src/emulator/journal/entry.ts'
import type { Evidence } from '../../src/emulator/journal/evidence.ts'
import { createJournal, type EntrySource } from '../../src/emulator/journal/journal.ts'
import { API_KEY, call, userTicket, upload } from '../support/client.ts'
import { callForCode, controlCall, fileOf, sessionOf, startTestEmulator } from '../support/emulator.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { until } from '../support/wait-until.ts'

const token = { api_key: API_KEY, api_version: '1.0' }

t.test('verify', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const file = await fileOf(emulator, key)
  const { journal } = emulator
  t.beforeEach(() => { journal.clear() })
  const ask = async (path: string, body: unknown) => controlCall(emulator, 'POST', `/journal/${path}`, body)
  const count = async (query: object) => (await ask('count', query)).body.count
  const get = async (headers: Record<string, string> = {}, path = '/healthz') => (await fetch(emulator.url + path, { headers })).text()

  t.test('headers are kept as they were sent, without secrets', async t => {
    const metadata = Buffer.from('verysecret').toString('base64')
    await get({
      Range: 'bytes=5-',
      'If-Range': '"abc"',
      'User-Agent': 'MyClient/1.2',
      Authorization: `Bearer ${key}`,
      Cookie: `session=${key}; lang=de`,
      'X-Api-Key': key,
      Referer: `${emulator.url}/rest/?method=files.getInfo&session_key=${key}`,
      'Upload-Metadata': `filename ${Buffer.from('a.txt').toString('base64')},request_password ${metadata}`
    })
    const [entry] = journal.list()
    const headers: Readonly<Record<string, string>> = entry?.request.headers ?? {}
    t.match(headers, { range: 'bytes=5-', 'if-range': '"abc"', 'user-agent': 'MyClient/1.2', authorization: /^Bearer hash:[0-9a-f]{12}$/, cookie: /^session=hash:[0-9a-f]{12}; lang=hash:[0-9a-f]{12}$/, 'x-api-key': /^hash:[0-9a-f]{12}$/ })
    t.equal(headers['upload-metadata'], `filename ${Buffer.from('a.txt').toString('base64')},request_password ${journal.list()[0]?.request.headers['upload-metadata']?.split(' ').at(-1)}`)
    for (const text of [JSON.stringify(journal.list()), JSON.stringify(journal.har())]) {
      t.notOk(text.includes(key), 'the key is nowhere')
      t.notOk(text.includes(metadata))
    }
    t.match(JSON.stringify(journal.har()), /"name":"range","value":"bytes=5-"/)
    // Secrets are found by their clear text.
    for (const sent of [{ authorization: `Bearer ${key}` }, { cookie: `session=${key}; lang=de` }, { 'x-api-key': { exact: key } }, { authorization: { regex: '^Bearer ' } }]) {
      t.equal(journal.count({ headers: sent }), 1, JSON.stringify(sent))
    }
    t.equal(journal.count({ headers: { authorization: 'Bearer other' } }), 0)
    t.match(await ask('count', { headers: { 'x-api-key': { contains: key.slice(0, 4) } } }), { status: 400, body: { pointer: '/headers/x-api-key', detail: /hash/ } })
    t.match(await ask('count', { params: { session_key: { regex: 'a' } } }), { status: 400, body: { pointer: '/params/session_key' } })
    t.match(await ask('count', { params: { session_key: 'a*' } }), { status: 400, body: { pointer: '/params/session_key' } })
    t.match(await ask('verify', { headers: { authorization: 'Bearer verysecret' } }), { status: 406, body: { detail: /authorization=Bearer hash:[0-9a-f]{12}/ } }, 'nor does the question show its secret')
  })

  t.test('headers are limited in number and bytes, and none that may have been cut counts as absent', async t => {
    const many = Array.from({ length: 150 }, (_, i) => `X-Many-${i}: ${i}`).join('\r\n')
    const socket = await openSocket(emulator.url)
    socket.end(`GET /healthz HTTP/1.1\r\nHost: x\r\n${many}\r\nRange: bytes=1-\r\nConnection: close\r\n\r\n`)
    await until('it has come', () => journal.count({ state: 'answered' }) === 1)
    const [entry] = journal.list()
    t.equal(Object.keys(entry?.request.headers ?? {}).length, 100)
    t.equal(entry?.request.headersOmitted, 53)
    t.equal(journal.count({ headers: { 'x-many-3': '3' } }), 1)
    t.match(await ask('count', { headers: { range: { absent: true } } }), { status: 400, body: { pointer: '/headers/range', detail: /53 more headers/ } })
    t.throws(() => journal.count({ headers: { range: { absent: true } } }), { message: /53 more headers/ })
  })

  t.test('repeated headers are joined', async t => {
    const socket = await openSocket(emulator.url)
    socket.end('GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\nconstructor: c\r\n__proto__: p\r\nConnection: close\r\n\r\n')
    await until('it has come', () => journal.count({ state: 'answered' }) === 1)
    t.equal(journal.count({ headers: { 'X-A': { exact: '1, 2' }, constructor: 'c' } }), 1)
    t.equal(journal.count({ headers: { tostring: { absent: true }, valueOf: { absent: true } }, params: { constructor: { absent: true } } }), 1)
  })

  t.test('matchers compare headers, parameters, path, verb, status, code, user and file name', async t => {
    await callForCode(emulator, 'files.getInfo', { session_key: key, file_id: file })
    await callForCode(emulator, 'files.getInfo', { session_key: key, file_id: 'zzzzzz' })
    await upload(await userTicket(emulator, key), [{ name: 'Report.pdf', bytes: 'x' }])
    await get({ Range: 'bytes=0-9', 'User-Agent': 'MyClient/1.2' }, `/file/${file}`)
    const cases: ReadonlyArray<readonly [object, number]> = [
      [{ params: { file_id: { exact: 'zzzzzz' } } }, 1],
      [{ params: { file_id: { exact: 'ZZZZZZ' } } }, 0],
      [{ params: { file_id: 'ZZZ*' } }, 1],
      [{ params: { file_id: { contains: 'zz' } } }, 1],
      [{ params: { file_id: { regex: '^z{6}$' } } }, 1],
      [{ params: { file_id: { regex: '^Z{6}$', flags: 'i' } } }, 1],
      [{ params: { file_id: { contains: 'z', regex: '^a' } } }, 0],
      [{ params: { file_id: { absent: false } } }, 2],
      [{ method: 'upload.getInfo', params: { file_id: { absent: true } } }, 1],
      [{ headers: { range: { regex: '^bytes=\\d+-\\d*$' } } }, 1],
      [{ headers: { Range: 'bytes=*', 'user-agent': 'myclient/*' } }, 1],
      [{ phase: 'page', headers: { 'if-range': { absent: true } } }, 1],
      [{ path: { contains: '/file/' } }, 1],
      [{ path: `/file/${file}` }, 1],
      [{ path: { regex: '^/rest/' } }, 3],
      [{ verb: 'POST' }, 1],
      [{ status: 200 }, 5],
      [{ status: '2*' }, 5],
      [{ status: { regex: '^[45]' } }, 0],
      [{ code: 9 }, 1],
      [{ code: { regex: '^(9|10)$' } }, 1],
      [{ code: { absent: true } }, 1],
      [{ user: { exact: 'demo' } }, 4],
      [{ user: { absent: true } }, 1],
      [{ fileName: { regex: '\\.pdf$' } }, 1],
      [{ fileName: { absent: true }, phase: 'api' }, 2],
      [{ state: 'answered' }, 5],
      [{ match: { code: 9 } }, 1]
    ]
    for (const [query, expected] of cases) t.equal(await count(query), expected, JSON.stringify(query))
    t.equal(journal.count({ params: { file_id: /^z+$/ }, code: /^9$/ }), 1, 'regular expressions of the test itself')
    const global = /z/g
    t.equal(journal.count({ params: { file_id: global } }) + journal.count({ params: { file_id: global } }), 2)
    t.match((await ask('find', { status: 200, last: 2 })).body, { entries: [{ phase: 'upload' }, { phase: 'page' }] })
    t.match((await ask('find', { last: 0 })).body, { entries: { length: 0 } })
  })

  t.test('an invalid query is refused with its place', async t => {
    const refused: ReadonlyArray<readonly [string, object, string, RegExp]> = [
      ['count', { headers: { range: { regx: 'a' } } }, '/headers/range/regx', /did you mean regex/],
      ['count', { headers: { range: {} } }, '/headers/range', /expected exact, contains, regex or absent/],
      ['count', { headers: { range: { regex: '(' } } }, '/headers/range/regex', /not a regular expression/],
      ['count', { headers: { range: { regex: 'a', flags: 'x' } } }, '/headers/range/flags', /flags i, m, s or u/],
      ['count', { headers: { range: { contains: 'a', flags: 'i' } } }, '/headers/range/flags', /belong to a regex/],
      ['count', { headers: { range: { absent: true, contains: 'a' } } }, '/headers/range/absent', /absent/],
      ['count', { headers: { range: { regex: 'a'.repeat(1001) } } }, '/headers/range/regex', /at most 1000/],
      ['count', { headers: 'range' }, '/headers', /expected an object/],
      ['count', { params: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`p${i}`, ''])) }, '/params', /at most 50/],
      ['count', { status: 'ok' }, '/status', /whole number/],
      ['count', { code: -1 }, '/code', /whole number/],
      ['count', { match: { code: 1 }, status: 200 }, '/status', /in match/],
      ['count', { times: 1 }, '/times', /no such field/],
      ['verify', { atLeast: 3, atMost: 2 }, '/atLeast', /no number/],
      ['verify', { times: 1, atLeast: 1 }, '/times', /exact/],
      ['verify-order', {}, '', /order is missing/],
      ['verify-order', { order: [{}] }, '/order', /2 to 100/],
      ['verify-order', { order: Array.from({ length: 101 }, () => ({})) }, '/order', /2 to 100/],
      ['verify-order', { order: [{}, { since: 1 }] }, '/order/1/since', /among/],
      ['verify-order', { order: [{}, { metod: 'x' }] }, '/order/1/metod', /did you mean method/]
    ]
    for (const [path, body, pointer, detail] of refused) t.match(await ask(path, body), { status: 400, body: { pointer, detail } }, JSON.stringify(body).slice(0, 80))
  })

  t.test('a regular expression that takes too long is aborted, and the emulator continues to answer', async t => {
    await get({ 'X-Long': `${'a'.repeat(60)}b` })
    const query = { headers: { 'x-long': { regex: '^(a+)+$' } } }
    const before = performance.now()
    t.match(await ask('count', query), { status: 400, body: { detail: /longer than 1000 ms.*\(a\+\)\+/ } })
    t.ok(performance.now() - before < 10_000)
    const waiting = ask('wait', { ...query, since: journal.list()[0]?.id, timeoutMs: 60_000 })
    await until('it waits', async () => (await get({ 'X-Long': `${'a'.repeat(60)}b` })) !== '')
    t.match(await waiting, { status: 400 }, 'an exchange that comes while somebody waits is answered')
    t.equal(await callForCode(emulator, 'auth.createToken', token), 0)
  })

  t.test('a verify that fails reports the closest exchange and the differences', async t => {
    await get({ Range: 'bytes=0-' }, `/file/${file}`)
    await callForCode(emulator, 'files.getInfo', { session_key: key, file_id: file })
    const { status, body } = await ask('verify', { phase: 'page', headers: { range: 'bytes=5-', 'if-range': { absent: false } }, times: 2 })
    t.equal(status, 406)
    t.match(body, {
      detail: 'expected 2 of phase page with header range=bytes=5-, any header if-range, saw 0; called were page, files.getInfo',
      count: 0,
      ids: [],
      closest: [{
        phase: 'page',
        verb: 'GET',
        path: `/file/${file}`,
        status: 200,
        diff: [{ field: 'headers.range', expected: 'header range=bytes=5-', actual: 'bytes=0-' }, { field: 'headers.if-range', expected: 'any header if-range', actual: null }]
      }, { method: 'files.getInfo' }]
    })
    const error = (() => { try { journal.verify({ method: 'files.getInfo', params: { file_id: 'aaaaaa' }, code: 9 }) } catch (thrown) { return thrown } })()
    t.ok(error instanceof AssertionError)
    const id = journal.list().at(-1)?.id
    t.match(error, {
      message: `expected at least 1 of files.getInfo with code=9, file_id=aaaaaa, saw 0; called were page, files.getInfo; the closest:\n  exchange ${id}, files.getInfo:\n    expected code=9, got "0"\n    expected file_id=aaaaaa, got "${file}"\n`,
      expected: { 'params.file_id': 'file_id=aaaaaa' },
      actual: { 'params.file_id': file, code: '0' },
      stack: /verify\.test\.ts/
    })
    t.throws(() => { journal.verify({ method: 'files.getInfo', times: 0 }) }, { message: new RegExp(`expected 0 of files.getInfo, saw 1: exchange ${id}; `) })
    t.throws(() => { journal.verify({ method: 'files.getInfo', times: 2 }) }, { message: /^expected 2 of files.getInfo, saw 1; the closest:\n {2}exchange \d+, page/ })
    t.doesNotThrow(() => { journal.verify({ match: { method: 'files.getInfo', headers: { range: { absent: true } } }, times: 1 }) })
  })

  t.test('an order is verified, with or without other exchanges between', async t => {
    await callForCode(emulator, 'folders.getAll', { session_key: 'x'.repeat(32) })
    await get()
    await callForCode(emulator, 'auth.createToken', token)
    await callForCode(emulator, 'files.getInfo', { session_key: key, file_id: file })
    const [lost, page, made, info] = journal.list().map(({ id }) => id)
    const order = async (steps: object[], more = {}) => ask('verify-order', { order: steps, ...more })
    t.match(await order([{ code: 6 }, { method: 'auth.createToken' }]), { status: 200, body: { count: 2, ids: [lost, made] } })
    t.match(await order([{ code: 6 }, { method: 'auth.createToken' }, { method: 'files.*' }]), { status: 200, body: { ids: [lost, made, info] } })
    t.match(await order([{ code: 6 }, { method: 'auth.createToken' }], { gaps: false }), {
      status: 406,
      body: { detail: `expected any exchange with code=6, then auth.createToken, with none between; number 2 of them never came right after exchange ${lost}`, ids: [lost], closest: [{ id: page, diff: [{ field: 'method', actual: null }] }] }
    })
    t.match(await order([{ code: 6 }, { method: 'auth.createToken' }], { gaps: false, among: { phase: 'api' } }), { status: 200 })
    t.match(await order([{ code: 6 }, { phase: 'page' }, { method: 'auth.createToken' }], { gaps: false }), { status: 200, body: { ids: [lost, page, made] } })
    t.match(await order([{ method: 'auth.createToken' }, { code: 6 }]), { status: 406, body: { detail: `expected auth.createToken, then any exchange with code=6; number 2 of them never came after exchange ${made}`, ids: [made], closest: [{ id: info }] } })
    t.match(await order([{ method: 'auth.login' }, { code: 6 }]), { status: 406, body: { detail: /the first of them never came$/, closest: { length: 3 } } })
    t.match(await order([{ method: 'auth.createToken' }, { method: 'auth.createToken' }]), { status: 406 }, 'each step needs an exchange of its own')
    t.match(await order([{ code: 6 }, { method: 'auth.createToken' }], { among: { since: lost } }), { status: 406 })
    t.doesNotThrow(() => { journal.verifyOrder([{ code: 6 }, { method: 'auth.createToken' }]) })
    t.throws(() => { journal.verifyOrder([{ code: 6 }, { method: 'auth.createToken' }], { gaps: false }) }, { message: /never came right after exchange \d+; the closest:\n/, operator: 'verify', stack: /verify\.test\.ts/ })
  })
})

t.test('a query about dropped entries fails, unless it can still be answered', async t => {
  const emulator = await startTestEmulator(t, { journalSize: 100 })
  const { journal } = emulator
  for (let i = 0; i < 130; i += 13) await Promise.all(Array.from({ length: 13 }, (_, k) => callForCode(emulator, 'auth.createToken', { ...token, app_version: `${i + k}` })))
  t.match((await controlCall(emulator, 'GET', '/journal')).body, { dropped: 30, entries: { length: 100 } })
  t.equal(journal.dropped(), 30)
  t.match(journal.list()[0], { id: 31 })
  const status = async (path: string, body: object) => (await controlCall(emulator, 'POST', `/journal/${path}`, body)).status
  const method = 'auth.createToken'
  const params = { api_key: API_KEY }
  // Dropped entries are still counted by method, code and the like.
  t.equal(await status('verify', { method, times: 100 }), 406)
  t.equal(await status('verify', { method, times: 130 }), 200)
  t.match((await controlCall(emulator, 'POST', '/journal/count', { method, code: 0, status: 200, user: { absent: true } })).body, { count: 130, dropped: 30 })
  t.equal(journal.count({}), 130)
  t.equal(journal.count({ method: 'auth.login' }), 0)
  t.doesNotThrow(() => { journal.verify({ method: 'auth.login', params, times: 0 }) }, 'none of another method was dropped')
  t.match(await journal.wait({ method, count: 130, timeoutMs: 1 }), { length: 100 })
  // Their parameters are unknown.
  const asked: ReadonlyArray<readonly [object, number]> = [
    [{ times: 100 }, 406], [{ times: 130 }, 406], [{ times: 0 }, 406], [{ atMost: 100 }, 406], [{ atMost: 129 }, 406], [{ atLeast: 101 }, 406], [{ atLeast: 131 }, 406], [{ atLeast: 50, atMost: 100 }, 406],
    [{}, 200], [{ atLeast: 100 }, 200], [{ atMost: 130 }, 200], [{ atLeast: 100, atMost: 130 }, 200]
  ]
  for (const [numbers, expected] of asked) t.equal(await status('verify', { method, params, ...numbers }), expected, JSON.stringify(numbers))
  t.equal(await status('verify', { method, params: { app_version: '5' } }), 406, 'it may have been dropped')
  t.match(await controlCall(emulator, 'POST', '/journal/verify', { method, params, times: 100 }), {
    status: 406, body: { detail: 'expected 100 of auth.createToken with api_key=RESPACE001, saw 100 to 130; 30 older exchanges were dropped, so the answer is unknown', hint: /--journal-size/ }
  })
  t.match(await controlCall(emulator, 'POST', '/journal/verify', { method, params, times: 131 }), { status: 406, body: { detail: /saw 100 to 130$/ } }, 'that is sure')
  t.equal(await status('count', { method, params }), 406)
  t.throws(() => journal.count({ method, params }), { name: 'AssertionError', message: /^100 to 130 match; 30 older exchanges were dropped, so the answer is unknown; keep more with --journal-size/ })
  t.equal(await status('count', { params, since: 30 }), 200, 'of newer ones all are kept')
  t.equal(await status('count', { params, since: 29 }), 406)
  t.equal(await status('count', { method, since: 10 }), 406, 'nor which of the dropped ones were newer')
  // Orders.
  const old = { params: { app_version: '5' } }
  const kept = { params: { app_version: '120' } }
  t.equal(await status('verify-order', { order: [kept, { method }] }), 200)
  t.match(await controlCall(emulator, 'POST', '/journal/verify-order', { order: [old, kept] }), { status: 406, body: { detail: /the answer is unknown/ } })
  t.match(await controlCall(emulator, 'POST', '/journal/verify-order', { order: [{ method: 'auth.login' }, kept] }), { status: 406, body: { detail: /the first of them never came$/ } }, 'no login was dropped')
  t.match(await controlCall(emulator, 'POST', '/journal/verify-order', { order: [kept, { method: 'auth.login' }] }), { status: 406, body: { detail: /number 2 of them never came after/ } })
  t.match(await controlCall(emulator, 'POST', '/journal/verify-order', { order: [old, kept], gaps: false, among: { since: 30 } }), { status: 406, body: { detail: /never came/ } })
  journal.clear()
  t.equal(journal.dropped(), 0)
  await callForCode(emulator, method, token)
  t.doesNotThrow(() => { journal.verify({ method, params, times: 1 }) })
})

t.test('sandboxes have journals of the same size', async t => {
  const emulator = await startTestEmulator(t, { journalSize: 2 })
  const sandbox = await emulator.sandbox()
  for (let i = 0; i < 3; i++) await call(sandbox, 'auth.createToken', token)
  t.equal(sandbox.journal.dropped(), 1)
  t.equal(emulator.journal.dropped(), 0)
  for (const journalSize of [0, -1, 1.5, 1_000_001, Number.NaN]) await t.rejects(startEmulator({ journalSize }), { message: /journalSize is a whole number from 1 to 1000000/ })
})

t.test('a journal is limited in bytes, too, and the facts of running exchanges that it drops are unknown', async t => {
  const entry = (more: Partial<Entry> = {}): ReturnType<EntrySource> => ({
    at: '',
    startedAt: '',
    ms: 1,
    phase: 'page',
    verb: 'GET',
    path: '/',
    method: null,
    user: null,
    code: null,
    params: {},
    sent: [],
    fileNames: [],
    request: { host: '', size: 0, contentType: '', userAgent: '', headers: {}, headersOmitted: 0, files: [] },
    response: { status: 200, size: 0, contentType: '', sha256: '' },
    fault: null,
    lint: [],
    state: 'answered',
    left: false,
    ...more
  })
  const evidence: Evidence = { startedAt: 0, endedAt: 1, target: '/', headers: {}, sent: [], parts: [], isComplete: true, text: undefined }
  const journal = createJournal(Buffer.alloc(32), 1000)
  for (let i = 0; i < 50; i++) journal.begin(() => entry({ path: 'x'.repeat(1024 * 1024) }))(evidence)
  t.equal(journal.list().length, 31, '32 MiB, with all that is around a path')
  t.equal(journal.dropped(), 19)
  t.equal(journal.tallies().length, 1)
  journal.begin(() => entry({ path: 'x'.repeat(40 * 1024 * 1024) }))(evidence)
  t.equal(journal.list().length, 1, 'the newest is kept whatever its size')
  const small = createJournal(Buffer.alloc(32), 1)
  const end = small.begin(() => entry({ state: 'running' }))
  small.begin(() => entry())(evidence)
  t.strictSame(small.tallies(), [{ facts: undefined, count: 1, firstId: 1, lastId: 1 }])
  end(evidence)
  t.equal(small.list().length, 1)
  // Names come from clients: beyond a thousand kinds only the number of entries is kept.
  for (let i = 0; i < 1200; i++) small.begin(() => entry({ user: `u${i}` }))(evidence)
  t.ok(small.tallies().length <= 1001)
  t.equal(small.dropped(), 1201)
})
