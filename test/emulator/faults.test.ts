/** Faults: each applies to the exchanges that match, as often as given, and is listed. */
import { request as httpRequest } from 'node:http'
import t, { type Test } from 'tap'
import type { RunningEmulator } from '../../src/start-emulator.ts'
import { API_KEY, attribute, call, element, errorCode, progressOf, upload, uploadFile, userTicket, anonymousTicket } from '../support/client.ts'
import { callForCode, controlCall, startTestEmulator, fileOf, sessionOf } from '../support/emulator.ts'
import { exchange, request, allOf } from '../support/raw-http.ts'
import { filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { until } from '../support/wait-until.ts'

/** Adds a rule and returns its id. */
async function addFault (t: Test, emulator: RunningEmulator, rule: object): Promise<string> {
  const { status, body } = await controlCall(emulator, 'POST', '/faults', rule)
  t.equal(status, 201, JSON.stringify(body))
  return String(body.id)
}

const token = { api_key: API_KEY, api_version: '1.0' }

/** The errors of fetch for a connection that was reset, and for one that was closed. */
const BROKEN = { reset: { cause: { code: 'ECONNRESET' } }, close: { cause: { code: 'UND_ERR_SOCKET', message: 'other side closed' } } } as const

/** The duration of work in milliseconds. */
async function timed (work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

t.test('an error is answered instead of the deed, tagged, as often as was said', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const file = await fileOf(emulator, key)
  const { body } = await controlCall(emulator, 'POST', '/faults', { match: { method: 'FILES.delete' }, times: 2, answer: { error: 9 } })
  t.strictSame(body.warnings, [])
  t.match(body, { id: 'f1', hits: 0, remaining: 2, state: 'armed', rule: { match: { method: 'files.delete' }, times: 2, answer: { error: 9 } } })
  const first = await fetch(`${emulator.restUrl}?method=files.delete&session_key=${key}&file_id=${file}`)
  t.equal(first.headers.get('x-emulator-fault'), 'f1')
  t.equal(await first.text(), `<?xml version="1.0" encoding="UTF-8"?>\n<result method="files.delete" status="fail">\n\t<error code="9" text="File not found"/>\n\t<id>${file}</id>\n</result>\n`)
  t.match((await controlCall(emulator, 'GET', '/faults/f1')).body, { hits: 1, remaining: 1, state: 'armed' })
  t.equal(await callForCode(emulator, 'files.delete', { session_key: key, file_id: file }), 9)
  t.match((await controlCall(emulator, 'GET', '/faults')).body, [{ hits: 2, remaining: 0, state: 'spent' }])
  const third = await fetch(`${emulator.restUrl}?method=files.delete&session_key=${key}&file_id=${file}`)
  t.equal(third.headers.get('x-emulator-fault'), null)
  t.equal(errorCode(await third.text()), 0, 'the file was there all the time')
})

t.test('with effect commit the call is done and its answer is lost', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  await addFault(t, emulator, { match: { method: 'folders.create' }, times: 1, effect: 'commit', answer: { http: 502, body: 'Bad gateway' } })
  const response = await fetch(`${emulator.restUrl}?method=folders.create&session_key=${key}&name=Done`)
  t.match([response.status, await response.text(), response.headers.get('content-type')], [502, 'Bad gateway', 'text/plain; charset=utf-8'])
  t.match(await call(emulator, 'folders.getAll', { session_key: key }), 'name="Done"')
  await addFault(t, emulator, { match: { method: 'folders.create' }, times: 1, answer: { http: 502 } })
  t.equal((await fetch(`${emulator.restUrl}?method=folders.create&session_key=${key}&name=NotDone`)).status, 502)
  t.notMatch(await call(emulator, 'folders.getAll', { session_key: key }), 'NotDone')
  await addFault(t, emulator, { match: { method: 'folders.create' }, times: 1, effect: 'commit', answer: { error: 11 } })
  t.equal(await callForCode(emulator, 'folders.create', { session_key: key, name: 'Denied' }), 11)
  t.match(await call(emulator, 'folders.getAll', { session_key: key }), 'name="Denied"')
})

t.test('an upload is stored when its answer is lost after the commit', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const ticket = await userTicket(emulator, key)
  await addFault(t, emulator, { match: { phase: 'upload' }, times: 1, effect: 'commit', answer: { socket: 'reset' } })
  await t.rejects(upload(ticket, [{ name: 'kept.txt', bytes: 'kept' }]), BROKEN.reset)
  t.match(await progressOf(ticket), { status: 'done', meter: '100' })
  t.match(await call(emulator, 'folders.getContents', { session_key: key, folder_id: '0' }), 'name="kept.txt"')
})

t.test('a rule matches by method, user, parameters, file name and phase', async t => {
  const emulator = await startTestEmulator(t)
  const [demo, lite] = [await sessionOf(emulator), await sessionOf(emulator, 'lite')]
  const file = await fileOf(emulator, demo)
  const other = await uploadFile(emulator, demo, 'disk.ISO', 'x')
  const link = attribute(await call(emulator, 'download.getInfo', { session_key: lite, file_id: file }), 'url')
  const otherLink = attribute(await call(emulator, 'download.getInfo', { session_key: demo, file_id: other }), 'url')
  const rest = (method: string, params: Record<string, string>) => fetch(`${emulator.restUrl}?${new URLSearchParams({ method, ...params })}`)
  const ticketUrl = async (key: string) => (await userTicket(emulator, key)).url
  const put = async (key: string, name: string) => fetch(`${await ticketUrl(key)}&userfile=${name}`, { method: 'PUT', body: 'x' })
  const post = async (key: string, name: string) => {
    const form = new FormData()
    form.set('description', 'first')
    form.set('userfile', new Blob(['x']), name)
    return fetch(await ticketUrl(key), { method: 'POST', body: form })
  }
  const cases: Array<[object, () => Promise<Response>, () => Promise<Response>]> = [
    [{ method: 'folders.*' }, () => rest('folders.getAll', { session_key: demo }), () => rest('files.getInfo', { session_key: demo, file_id: file })],
    [{ user: 'DEMO' }, () => rest('folders.getAll', { session_key: demo }), () => rest('folders.getAll', { session_key: lite })],
    [{ user: 'demo', method: 'auth.login' }, () => rest('auth.login', { token: 'x', user_name: 'demo@example.org', tokened_password: 'x' }), () => rest('auth.login', { token: 'x', user_name: 'lite', tokened_password: 'x' })],
    [{ params: { folder_id: '0' } }, () => rest('folders.getInfo', { session_key: demo, FOLDER_ID: '0' }), () => rest('folders.getInfo', { session_key: demo, folder_id: 'abcdef' })],
    [{ method: 'files.getInfo', fileName: '*.iso' }, () => rest('files.getInfo', { session_key: demo, file_id: `${file},${other}` }), () => rest('files.getInfo', { session_key: demo, file_id: file })],
    [{ phase: 'download' }, () => fetch(link), () => fetch(`${emulator.url}/file/${file}`)],
    [{ phase: 'download', user: 'lite' }, () => fetch(link), () => fetch(otherLink)],
    [{ phase: 'download', fileName: '*.iso' }, () => fetch(otherLink), () => fetch(link)],
    [{ phase: 'page', fileName: 'hello*' }, () => fetch(`${emulator.url}/file/${file}`), () => fetch(`${emulator.url}/file/${other}`)],
    [{ phase: 'upload', user: 'lite' }, () => put(lite, 'a'), () => put(demo, 'a')],
    [{ phase: 'upload', fileName: '*.zip' }, () => put(demo, 'a.zip'), () => put(demo, 'a.txt')],
    [{ phase: 'upload', fileName: '*.zip' }, () => post(demo, 'b.zip'), () => post(demo, 'b.txt')],
    [{ phase: 'progress', user: 'demo' }, async () => fetch((await userTicket(emulator, demo)).progressUrl), async () => fetch((await userTicket(emulator, lite)).progressUrl)]
  ]
  for (const [match, meant, notMeant] of cases) {
    await addFault(t, emulator, { match, answer: { http: 418 } })
    const [spared, struck] = [await notMeant(), await meant()]
    t.match([struck.status, spared.status], [418, 200], JSON.stringify(match))
    await Promise.all([spared.text(), struck.text()])
    t.equal((await controlCall(emulator, 'DELETE', '/faults')).status, 204)
  }
})

t.test('parameters in a form match like those in the query', async t => {
  const emulator = await startTestEmulator(t)
  await addFault(t, emulator, { match: { method: 'auth.createToken', params: { app_version: '1.*' } }, answer: { error: 25 } })
  const post = async (version: string) => {
    const form = new FormData()
    for (const [name, value] of Object.entries({ method: 'auth.createToken', ...token, app_version: version })) form.set(name, value)
    return errorCode(await (await fetch(emulator.restUrl, { method: 'POST', body: form })).text())
  }
  t.strictSame([await post('1.4'), await post('2.0')], [25, 0])
})

t.test('rules are checked in order; skip, times and sequences count separately for each', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const codes = async (calls: number) => {
    const found = []
    for (let i = 0; i < calls; i++) found.push(await callForCode(emulator, 'folders.getInfo', { session_key: key, folder_id: '0' }))
    return found
  }
  await addFault(t, emulator, { match: { method: 'folders.getInfo' }, skip: 1, times: 2, answer: { error: 10 } })
  await addFault(t, emulator, { match: { method: 'folders.getInfo' }, times: 1, answer: { error: 16 } })
  t.strictSame(await codes(5), [16, 10, 10, 0, 0])
  await controlCall(emulator, 'DELETE', '/faults')
  const id = await addFault(t, emulator, { match: { method: 'folders.getInfo' }, sequence: ['error:6', 'pass', { error: 10 }], times: 2 })
  t.match((await controlCall(emulator, 'GET', `/faults/${id}`)).body, { remaining: 4 })
  t.strictSame(await codes(7), [6, 0, 10, 6, 0, 10, 0])
  t.match((await controlCall(emulator, 'GET', `/faults/${id}`)).body, { hits: 4, remaining: 0, state: 'spent' })
})

t.test('a rule expires, in real time', async t => {
  const emulator = await startTestEmulator(t)
  await addFault(t, emulator, { match: { method: 'auth.createToken' }, ttlMs: 60_000, answer: { error: 25 } })
  emulator.clock.shift(120_000)
  t.equal(await callForCode(emulator, 'auth.createToken', token), 25)
  const short = await addFault(t, emulator, { match: { method: 'auth.register' }, ttlMs: 1, answer: { error: 11 } })
  await until('its time is over', async () => (await controlCall(emulator, 'GET', `/faults/${short}`)).body.state === 'expired')
  emulator.faults.clear()
})

t.test('every error can be answered, by the API and by an upload', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  for (let code = 1; code <= 33; code++) {
    await controlCall(emulator, 'POST', '/faults', { match: { method: 'folders.getAll' }, times: 1, answer: { error: code, ...(code === 27 && { info: 'because' }) } })
    const xml = await call(emulator, 'folders.getAll', { session_key: key })
    t.equal(errorCode(xml), code)
    if (code === 27) t.equal(attribute(xml, 'text'), 'because')
    await controlCall(emulator, 'POST', '/faults', { match: { phase: 'upload' }, times: 1, answer: { error: code } })
    const { body } = await upload(await userTicket(emulator, key), [{ name: 'a', bytes: 'a' }])
    t.match(body, code === 16 ? '<error code="16"' : `upload_status=fail\nerror=${code} `)
    await controlCall(emulator, 'POST', '/faults', { match: { phase: 'upload' }, times: 1, answer: { error: code } })
    t.match((await upload(await anonymousTicket(emulator), [{ name: 'a', bytes: 'a' }])).body, new RegExp(`<status>fail</status>\\n\\t<error code="${code}" `))
  }
  const listed = await call(emulator, 'folders.getContents', { session_key: key, folder_id: '0' })
  t.match(listed, 'name="hello.txt"')
  t.notMatch(listed, 'name="a"')
})

t.test('XML can be truncated, invalid, in the wrong charset, empty, or shorter than its Content-Length', async t => {
  const emulator = await startTestEmulator(t)
  const fetched = async (damage: object | string) => {
    await addFault(t, emulator, { match: { method: 'auth.createToken' }, times: 1, answer: damage })
    const response = await fetch(`${emulator.restUrl}?method=auth.createToken&api_key=${API_KEY}&api_version=1.0`)
    t.match([response.status, response.headers.get('content-type'), response.headers.get('x-emulator-fault')], [200, 'text/xml; charset=utf-8', /^f\d+$/])
    return response
  }
  t.equal(await (await fetched({ xml: 'truncate', atByte: 40 })).text(), '<?xml version="1.0" encoding="UTF-8"?>\n<')
  const whole = await (await fetch(`${emulator.restUrl}?method=auth.createToken&api_key=${API_KEY}&api_version=1.0`)).text()
  const half = Math.floor(whole.length / 2)
  t.ok(half < whole.indexOf('<token>'), 'the first half is the same in every answer')
  t.equal(await (await fetched('truncate')).text(), whole.slice(0, half), 'without a byte it ends in the middle')
  t.match(await (await fetched({ xml: 'invalid' })).text(), /<token>\w+<\/token>\n\t<unclosed & broken>\n<\/result>\n$/)
  t.equal(await (await fetched({ xml: 'empty' })).text(), '')
  t.match(Buffer.from(await (await fetched({ xml: 'wrong-charset' })).arrayBuffer()).toString('utf16le'), /<token>/)
  const short = await fetched({ xml: 'bad-length' })
  t.equal(short.headers.get('content-length'), String(whole.length + 100))
  await t.rejects(short.text(), { message: 'terminated' })
})

t.test('a connection is reset, closed or hangs, before an answer or at a byte of it', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const bytes = 'x'.repeat(300_000)
  const id = await uploadFile(emulator, key, 'big.bin', bytes)
  const link = attribute(await call(emulator, 'download.getInfo', { session_key: key, file_id: id }), 'url')

  for (const event of ['reset', 'close'] as const) {
    await addFault(t, emulator, { match: { phase: 'download' }, times: 1, answer: { socket: event } })
    await t.rejects(fetch(link), BROKEN[event], event)
    await addFault(t, emulator, { match: { phase: 'download' }, times: 1, answer: { socket: event, atByte: 0 } })
    const headersOnly = await exchange(link, ...request(link, {}, '', 'GET'))
    t.match(headersOnly, event === 'close' ? /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/ : /^(?:HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n)?$/, `${event} after the headers`)
    await addFault(t, emulator, { match: { phase: 'download' }, times: 1, answer: { socket: event, atByte: 70_000 } })
    const part = await exchange(link, ...request(link, {}, '', 'GET'))
    const body = part.slice(part.indexOf('\r\n\r\n') + 4)
    t.match(part, 'content-length: 300000')
    if (event === 'close') t.equal(body.length, 70_000)
    else t.ok(body.length <= 70_000, `${body.length} bytes before the reset`)
  }
  t.match((await controlCall(emulator, 'GET', `/files/${id}`)).body, { downloads: 0 }, 'none of them counted')

  await addFault(t, emulator, { match: { phase: 'download' }, times: 1, answer: 'hang@5000' })
  const socket = await openSocket(link)
  const all = allOf(socket)
  let received = 0
  socket.on('data', chunk => { received += chunk.length })
  socket.write(Buffer.concat(request(link, { connection: 'keep-alive' }, '', 'GET')))
  await until('the first bytes are here', () => received > 5000)
  socket.destroy()
  t.equal((await all).split('\r\n\r\n')[1]?.length, 5000)
  await addFault(t, emulator, { match: { phase: 'download' }, times: 1, answer: 'stall:20ms@5000' })
  t.ok(await timed(async () => { t.equal((await (await fetch(link)).text()).length, 300_000, 'what stalls goes on') }) >= 19)
})

t.test('an upload breaks at a byte of its body: nothing is stored, and its ticket can be used again', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  for (const step of ['reset@256k', 'close@256k']) {
    const ticket = await userTicket(emulator, key)
    await addFault(t, emulator, { match: { phase: 'upload' }, sequence: [step, 'pass'] })
    const answer = await exchange(ticket.url, ...request(ticket.url, { 'content-type': 'multipart/form-data; boundary=b' }, formBody('b', [filePart('a.bin', 'x'.repeat(1024 * 1024))])))
    t.equal(answer, '', `${step}: no answer`)
    await until('the server has seen the end', async () => (await progressOf(ticket)).status === 'fail')
    const { uploaded_bytes: uploaded } = await progressOf(ticket)
    t.ok(Number(uploaded) <= 256 * 1024, `${step}: ${uploaded} bytes came`)
    t.match((await upload(ticket, [{ name: 'again.bin', bytes: 'x' }])).body, /^upload_status=ok/)
  }
  const listed = await call(emulator, 'folders.getContents', { session_key: key, folder_id: '0' })
  t.match(listed, 'name="again.bin"')
  t.notMatch(listed, 'name="a.bin"')
})

t.test('an upload breaks before the byte that is named: at its first, at its last, and not beyond', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const body = formBody('b', [filePart('a.bin', 'x'.repeat(1000))])
  for (const [atByte, isWhole] of [[0, false], [1, false], [body.length - 1, false], [body.length, false], [body.length + 1, true]] as const) {
    const ticket = await userTicket(emulator, key)
    await addFault(t, emulator, { match: { phase: 'upload' }, times: 1, answer: { socket: 'close', atByte } })
    const answer = await exchange(ticket.url, ...request(ticket.url, { 'content-type': 'multipart/form-data; boundary=b' }, body))
    t.equal(answer.includes('upload_status=ok'), isWhole, `at byte ${atByte} of ${body.length}`)
    await until('it has ended', async () => (await progressOf(ticket)).status !== 'ok')
    t.equal((await progressOf(ticket)).status, isWhole ? 'done' : 'fail')
  }
})

t.test('an upload that stalls continues, and one that hangs never ends', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  await addFault(t, emulator, { match: { phase: 'upload' }, sequence: ['stall:50ms@64k', 'hang@64k'] })
  const first = await userTicket(emulator, key)
  t.ok(await timed(async () => { t.match((await upload(first, [{ name: 'a', bytes: 'x'.repeat(500_000) }])).body, /^upload_status=ok/) }) >= 49)
  const ticket = await userTicket(emulator, key)
  const socket = await openSocket(ticket.url)
  const ended = allOf(socket)
  for (const part of request(ticket.url, { 'content-type': 'multipart/form-data; boundary=b' }, formBody('b', [filePart('a.bin', 'x'.repeat(500_000))]))) socket.write(part)
  await until('64 KiB have come', async () => (await progressOf(ticket)).uploaded_bytes === String(64 * 1024))
  socket.destroy()
  t.equal(await ended, '')
})

t.test('answers wait and transfers are slowed, in real time', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  emulator.clock.freeze(emulator.clock.now())
  await addFault(t, emulator, { match: { method: 'folders.getAll' }, times: 1, answer: { delayMs: 150 } })
  t.ok(await timed(() => callForCode(emulator, 'folders.getAll', { session_key: key })) >= 149)
  emulator.clock.shift(0)
  await addFault(t, emulator, { match: { method: 'folders.create' }, times: 1, effect: 'commit', answer: { delayMs: 60_000 } })
  const late = new AbortController()
  const waiting = fetch(`${emulator.restUrl}?method=folders.create&session_key=${key}&name=Late`, { signal: late.signal })
  await until('it is done though unanswered', async () => (await call(emulator, 'folders.getAll', { session_key: key })).includes('Late'))
  late.abort()
  await t.rejects(waiting, { name: 'AbortError' })
  await addFault(t, emulator, { match: { method: 'folders.getAll' }, times: 1, answer: { error: 15, delayMs: 60 } })
  t.ok(await timed(async () => { t.equal(await callForCode(emulator, 'folders.getAll', { session_key: key }), 15) }) >= 59)

  await addFault(t, emulator, { match: { phase: 'upload' }, times: 1, answer: { throttle: { up: 1_000_000 } } })
  const ticket = await userTicket(emulator, key)
  t.ok(await timed(() => upload(ticket, [{ name: 'slow.bin', bytes: 'x'.repeat(200_000) }])) >= 180)
  const id = await fileOf(emulator, key, 'slow.bin')
  const link = attribute(await call(emulator, 'download.getInfo', { session_key: key, file_id: id }), 'url')
  await addFault(t, emulator, { match: { phase: 'download' }, times: 1, answer: { throttle: { down: 1_000_000 } } })
  const slow = await timed(async () => { t.equal((await (await fetch(link)).text()).length, 200_000) })
  t.ok(slow >= 180, `a download of 200 kB at 1 MB/s took ${slow} ms`)
})

t.test('progress freezes, never begins, lies, or follows a script', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const ticket = await userTicket(emulator, key)
  await upload(ticket, [{ name: 'a.bin', bytes: 'x'.repeat(1000) }])
  const polled = async (progress: object, times = 1) => {
    const id = await addFault(t, emulator, { match: { phase: 'progress', fileName: 'a.bin' }, answer: { progress } })
    const seen = []
    for (let i = 0; i < times; i++) seen.push(await progressOf(ticket))
    await controlCall(emulator, 'DELETE', `/faults/${id}`)
    return seen
  }
  const total = Number((await progressOf(ticket)).total_size)
  t.match(await polled({ freezeAt: 40 }), [{ status: 'ok', meter: '40', uploaded_bytes: String(Math.floor(total * 0.4)), speed: '0' }])
  t.match(await polled({ never: true }), [{ status: 'ok', meter: '0', uploaded_bytes: '0', total_size: '0', elapsed: '00:00:00' }])
  t.match(await polled({ status: 'fail' }), [{ status: 'fail' }])
  t.match(await polled({ status: 'ok' }), [{ status: 'ok', meter: '99' }])
  t.match(await polled({ script: [{ meter: 10, status: 'ok' }, { meter: 60, status: 'ok' }, { status: 'done' }] }, 4),
    [{ status: 'ok', meter: '10' }, { status: 'ok', meter: '60' }, { status: 'done', meter: '100' }, { status: 'done', meter: '100' }])
  t.match(await progressOf(ticket), { status: 'done', meter: '100' }, 'afterwards the truth again')
})

t.test('a refused upload is read to its end, unless the fault says otherwise', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const body = formBody('b', [filePart('a.bin', 'x'.repeat(3_000_000))])
  /** The last byte comes late or never: then only an early answer ends the upload. */
  const send = async (answer: object, sendsLast = true) => {
    await addFault(t, emulator, { match: { phase: 'upload' }, times: 1, answer })
    const ticket = await userTicket(emulator, key)
    return new Promise<{ status: number | undefined, isAllSent: boolean }>((resolve, reject) => {
      const outgoing = httpRequest(ticket.url, { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': body.length + 1 } })
      outgoing.on('error', reject)
      let isAllSent = false
      outgoing.on('response', response => {
        resolve({ status: response.statusCode, isAllSent })
        outgoing.on('error', () => undefined).destroy()
      })
      outgoing.write(body)
      if (!sendsLast) return
      const last = setTimeout(() => { isAllSent = true; outgoing.end('\n') }, 100)
      outgoing.once('close', () => { clearTimeout(last) })
    })
  }
  t.match(await send({ http: 503 }), { status: 503, isAllSent: true })
  t.match(await send({ http: 413, drain: false }, false), { status: 413, isAllSent: false })
  t.match(await send({ error: 13 }), { status: 200, isAllSent: true })
})

t.test('a rule that could never apply is refused with a hint', async t => {
  const emulator = await startTestEmulator(t)
  const cases: Array<[object, string, RegExp]> = [
    [{}, '', /answer is missing/],
    [{ answer: {} }, '/answer', /does nothing/],
    [{ answer: { error: 34 } }, '/answer/error', /from 1 to 33/],
    [{ answer: { error: 1, http: 500 } }, '/answer', /error and http cannot be combined/],
    [{ answer: { error: 1, atByte: 4 } }, '/answer/atByte', /belongs to xml or socket/],
    [{ answer: { xml: 'empty', atByte: 4 } }, '/answer/atByte', /only truncate/],
    [{ answer: { socket: 'reset', forMs: 4 } }, '/answer/forMs', /only socket hang/],
    [{ answer: { http: 99 } }, '/answer/http', /from 200 to 599/],
    [{ answer: { throttle: { up: 0 } } }, '/answer/throttle/up', /from 1/],
    [{ answer: { throttle: {} } }, '/answer/throttle', /slows nothing/],
    [{ answer: { progress: {} } }, '/answer/progress', /expected one of freezeAt/],
    [{ answer: { progress: { freezeAt: 101 } } }, '/answer/progress/freezeAt', /0 to 100/],
    [{ answer: { progress: { script: [] } } }, '/answer/progress/script', /at least one/],
    [{ answer: 'reset:5' }, '/answer', /takes no value/],
    [{ answer: 'stall@5' }, '/answer', /stall needs a value, as in stall:10s@256k/],
    [{ answer: 'explode' }, '/answer', /expected error:12/],
    [{ answer: 'pass' }, '/answer', /only in a sequence/],
    [{ sequence: ['pass'] }, '/sequence', /does nothing/],
    [{ sequence: ['error:12', 'delay:x'] }, '/sequence/1', /duration/],
    [{ sequence: ['error:12'], answer: { error: 12 } }, '/sequence', /not both/],
    [{ match: { method: 'file.delete' }, answer: { error: 9 } }, '/match/method', /did you mean files\.delete\?/],
    [{ match: { metod: 'files.delete' }, answer: { error: 9 } }, '/match/metod', /did you mean method\?/],
    [{ match: { phase: 'uplod' }, answer: { error: 9 } }, '/match/phase', /one of api, upload/],
    [{ match: { method: 'files.delete', phase: 'upload' }, answer: { error: 9 } }, '/match/phase', /leave method or phase out/],
    [{ match: { method: 'auth.createToken', user: 'demo' }, answer: { error: 5 } }, '/match/user', /before the login/],
    [{ match: { phase: 'page', user: 'demo' }, answer: { http: 500 } }, '/match/user', /fileName/],
    [{ match: { method: 'folders.getAll', fileName: '*' }, answer: { error: 6 } }, '/match/fileName', /names no file/],
    [{ match: { params: { method: 'x' } }, answer: { error: 6 } }, '/match/params/method', /match\.method/],
    [{ match: { phase: 'download' }, answer: { error: 12 } }, '/answer/error', /use \{"http":503\}/],
    [{ match: { phase: 'download' }, answer: { xml: 'empty' } }, '/answer/xml', /not XML/],
    [{ match: { phase: 'upload' }, answer: { progress: { never: true } } }, '/answer/progress', /only the phase progress/],
    [{ match: { phase: 'download' }, answer: { socket: 'reset', atByte: 5, direction: 'up' } }, '/answer/direction', /no body/],
    [{ match: { method: 'files.delete' }, answer: { throttle: { up: 5 } } }, '/answer/throttle/up', /no body/],
    [{ match: { phase: 'upload' }, effect: 'commit', answer: { socket: 'reset', atByte: 5 } }, '/answer/direction', /nothing to commit/],
    [{ match: { phase: 'api' }, effect: 'none', answer: { xml: 'truncate' } }, '/answer/xml', /needs an answer to break/],
    [{ match: { phase: 'download' }, effect: 'none', answer: { socket: 'reset', atByte: 5 } }, '/answer/atByte', /needs an answer to break/],
    [{ effect: 'none', answer: { throttle: { up: 5 } } }, '/effect', /leave effect out/],
    [{ times: 0, answer: { error: 6 } }, '/times', /from 1/],
    [{ ttlMs: 0, answer: { error: 6 } }, '/ttlMs', /from 1/],
    [{ answer: { http: 500, headers: { 'x y': '1' } } }, '/answer/headers', /not a header name/],
    [{ answer: { http: 500, headers: { x: 'a\nb' } } }, '/answer/headers/x', /line breaks/]
  ]
  for (const [rule, pointer, detail] of cases) {
    t.match(await controlCall(emulator, 'POST', '/faults', rule),
      { status: 400, type: 'application/problem+json', body: { status: 400, pointer, detail, hint: /./ } }, JSON.stringify(rule))
  }
  t.strictSame((await controlCall(emulator, 'GET', '/faults')).body, [], 'none is armed')
  t.match(await controlCall(emulator, 'GET', '/faults/f9'), { status: 404, body: { hint: /POST \/faults/ } })
})

t.test('an unusual rule is added with a warning', async t => {
  const emulator = await startTestEmulator(t)
  const warned = async (rule: object) => (await controlCall(emulator, 'POST', '/faults', rule)).body.warnings
  t.match(await warned({ match: { method: 'files.delete' }, answer: { error: 31 } }), [/^files\.delete never answers 31 by the guide; it answers 3, .*9/])
  t.strictSame(await warned({ match: { method: 'files.delete', params: { files_id: 'x' } }, answer: { error: 9 } }), ['files.delete has no parameter files_id; did you mean file_id?'])
  t.strictSame(await warned({ match: { user: 'dmo' }, answer: { error: 15 } }), ['there is no account dmo yet; did you mean demo?'])
  t.strictSame(await warned({ match: { method: 'files.delete', user: 'DEM*' }, answer: { error: 15 } }), [])
  emulator.faults.clear()
})

t.test('element names of the answer stay, whatever a client calls the method', async t => {
  const emulator = await startTestEmulator(t)
  await addFault(t, emulator, { match: { method: 'auth.createToken' }, times: 1, answer: { error: 5 } })
  t.match(await call(emulator, 'auth.createtoken', token), '<result method="auth.createtoken" status="fail">')
  t.ok(element(await call(emulator, 'auth.createtoken', token), 'token'))
})
