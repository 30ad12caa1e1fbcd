/** The journal: every exchange without secrets, queries of it, and violations of the guide by clients. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { startEmulator } from '../../src/start-emulator.ts'
import { anonymousTicket, API_KEY, attribute, call, element, logIn, md5, newToken, progressOf, upload, uploadFile, userTicket } from '../support/client.ts'
import { callForCode, controlCall, startTestEmulator, fileOf, sessionOf } from '../support/emulator.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { request } from '../support/raw-http.ts'
import { until } from '../support/wait-until.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const token = { api_key: API_KEY, api_version: '1.0' }

t.test('each exchange is recorded as it was, with bytes as size and hash', async t => {
  const emulator = await startTestEmulator(t)
  emulator.clock.freeze(new Date('2026-05-01T12:00:00Z'))
  const key = await sessionOf(emulator)
  const ticket = await userTicket(emulator, key)
  emulator.journal.clear()
  await upload(ticket, [{ name: 'ä.bin', bytes: 'hello' }, { name: 'b.bin', bytes: '' }], { description: 'Two', folder_id: '0' })
  await progressOf(ticket)
  const id = await fileOf(emulator, key, 'ä.bin')
  const link = attribute(await call(emulator, 'download.getInfo', { session_key: key, file_id: id }), 'url')
  await (await fetch(link)).text()
  await (await fetch(`${emulator.url}/file/${id}`)).text()
  await until('the last one has ended', () => emulator.journal.list().every(({ state }) => state !== 'running'))
  const [uploaded, polled, listed, got, downloaded, looked] = emulator.journal.list()
  t.match(uploaded, {
    at: '2026-05-01T12:00:00.000Z',
    phase: 'upload',
    verb: 'POST',
    path: '/apiupload',
    user: 'demo',
    code: 0,
    fileNames: ['ä.bin', 'b.bin'],
    fault: null,
    state: 'answered',
    ms: Number,
    params: { description: 'Two', folder_id: '0' },
    request: { contentType: /^multipart\/form-data/, files: [{ field: 'userfile', name: 'ä.bin', size: 5, sha256: sha256('hello') }, { name: 'b.bin', size: 0, sha256: sha256('') }] },
    response: { status: 200, contentType: 'text/plain; charset=utf-8', text: /^upload_status=ok\nfile_id=\w+\n/ }
  })
  t.match(polled, { phase: 'progress', user: 'demo', fileNames: ['ä.bin'], response: { text: /<status>done</ } })
  t.match(listed, { phase: 'api', method: 'folders.getContents', user: 'demo', code: 0, params: { folder_id: '0' } })
  t.match(got, { method: 'download.getInfo', fileNames: ['ä.bin'], params: { file_id: id } })
  t.match(downloaded, { phase: 'download', user: 'demo', fileNames: ['ä.bin'], code: null, response: { status: 200, size: 5, sha256: sha256('hello') } })
  t.equal(downloaded?.response.text, undefined)
  t.match(looked, { phase: 'page', path: `/file/${id}`, user: null, response: { status: 200, contentType: /^text\/html/ } })
  t.match((await controlCall(emulator, 'GET', '/journal')).body, { entries: { length: 6 }, dropped: 0 })
})

t.test('it contains no secrets, and the same secret has the same hash', async t => {
  const emulator = await startTestEmulator(t)
  const login = await logIn(emulator, 'demo', 'demo')
  const key = element(login, 'session_key')
  const secret = await uploadFile(emulator, key, 'a.txt', 'x', { password: 'verysecret' })
  await call(emulator, 'files.getInfo', { session_key: key, file_id: secret })
  const ticket = await userTicket(emulator, key)
  await upload(ticket, [{ name: 'b', bytes: 'b' }], { UPLOAD_IDENTIFIER: ticket.id, extra_info: ticket.proof, password: 'verysecret' })
  await progressOf(ticket)
  const anonymous = await upload(await anonymousTicket(emulator), [{ name: 'c', bytes: 'c' }])
  const deletion = element(anonymous.body, 'delete_url')
  await (await fetch(deletion)).text()
  await (await fetch(`${emulator.url}/file/${secret}`, { method: 'POST', body: new URLSearchParams({ filepassword: 'verysecret' }) })).text()
  const link = attribute(await call(emulator, 'download.getInfo', { session_key: key, file_id: secret, password: 'verysecret' }), 'url')
  await (await fetch(link)).text()
  const used = emulator.journal.list()[0]?.response.text ?? ''
  const written = JSON.stringify([(await controlCall(emulator, 'GET', '/journal')).body, (await controlCall(emulator, 'GET', '/journal/har')).body])
  const [, code = ''] = /([0-9a-f]{32})$/.exec(deletion) ?? []
  const [, signature = ''] = /\/dl\/([0-9a-f]{32})\//.exec(link) ?? []
  for (const [name, value] of Object.entries({ key, password: 'verysecret', ticket: ticket.id, proof: ticket.proof, code, signature })) {
    t.ok(value.length >= 10, name)
    t.notOk(written.includes(value), `${name} is not there`)
  }
  t.match(used, /<token>hash:[0-9a-f]{12}</)
  const entries = emulator.journal.find({ params: { session_key: key } })
  t.ok(entries.length >= 4, 'found by the secret itself')
  t.match(entries[0]?.params.session_key, /^hash:[0-9a-f]{12}$/)
  t.equal(new Set(entries.map(({ params }) => params.session_key)).size, 1)
})

t.test('find, count and verify answer queries; verify reports what was seen instead', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const file = await fileOf(emulator, key)
  emulator.journal.clear()
  const count = async (query: object) => (await controlCall(emulator, 'POST', '/journal/count', query)).body
  t.strictSame(await count({}), { count: 0, dropped: 0 })
  t.match(await controlCall(emulator, 'POST', '/journal/verify', { method: 'files.delete' }),
    { status: 406, type: 'application/problem+json', body: { detail: 'expected at least 1 of files.delete, saw 0; nothing was called at all', hint: /GET \/journal/ } })
  await callForCode(emulator, 'files.getInfo', { session_key: key, file_id: file })
  await callForCode(emulator, 'files.getInfo', { session_key: key, file_id: 'zzzzzz' })
  await callForCode(emulator, 'folders.getAll', { session_key: key })
  t.strictSame(await count({ method: 'files.*' }), { count: 2, dropped: 0 })
  t.strictSame(await count({ method: 'files.getInfo', params: { file_id: file } }), { count: 1, dropped: 0 })
  t.match(await count({ code: 9 }), { count: 1 })
  t.match(await count({ phase: 'api', user: 'demo', status: 200, fault: false, lint: false }), { count: 3 })
  t.match(await count({ fileName: 'hello*' }), { count: 1 })
  const { body: { entries } } = await controlCall(emulator, 'POST', '/journal/find', { method: 'folders.getAll' })
  const [found] = entries as Array<{ id: number }>
  t.match(await count({ since: found?.id }), { count: 0 })
  t.match(await controlCall(emulator, 'POST', '/journal/verify', { method: 'files.getInfo', times: 2 }), { status: 200, body: { count: 2 } })
  t.match((await controlCall(emulator, 'POST', '/journal/verify', { method: 'files.getInfo', params: { file_id: 'aaaaaa' } })).body, {
    detail: 'expected at least 1 of files.getInfo with file_id=aaaaaa, saw 0; called were files.getInfo, folders.getAll',
    hint: /closest/,
    closest: [
      { method: 'files.getInfo', code: 9, diff: [{ field: 'params.file_id', expected: 'file_id=aaaaaa', actual: 'zzzzzz' }] },
      { method: 'files.getInfo', code: 0, diff: [{ field: 'params.file_id', expected: 'file_id=aaaaaa', actual: file }] },
      { method: 'folders.getAll', diff: [{ field: 'method', actual: 'folders.getAll' }, { field: 'params.file_id', actual: null }] }
    ]
  })
  t.match((await controlCall(emulator, 'POST', '/journal/verify', { method: 'auth.login' })).body, { detail: 'expected at least 1 of auth.login, saw 0; called were files.getInfo, folders.getAll' })
  for (const [expectation, status] of [[{ times: 1 }, 406], [{ atLeast: 2 }, 200], [{ atLeast: 3 }, 406], [{ atMost: 1 }, 406], [{ atMost: 2 }, 200], [{ atLeast: 1, atMost: 2 }, 200], [{ times: 0 }, 406]] as const) {
    t.equal((await controlCall(emulator, 'POST', '/journal/verify', { method: 'files.getInfo', ...expectation })).status, status, JSON.stringify(expectation))
  }
  t.match(await controlCall(emulator, 'POST', '/journal/verify', { times: 1, atLeast: 1 }), { status: 400, body: { pointer: '/times' } })
  t.match(await controlCall(emulator, 'POST', '/journal/count', { metod: 'x' }), { status: 400, body: { detail: /did you mean method/ } })
  t.throws(() => { emulator.journal.verify({ method: 'files.delete', times: 1 }) }, { message: /^expected 1 of files\.delete, saw 0/ })
  t.doesNotThrow(() => { emulator.journal.verify({ method: 'files.getInfo', times: 2 }) })
  t.equal((await controlCall(emulator, 'DELETE', '/journal')).status, 204)
  t.equal(emulator.journal.count({}), 0)
})

t.test('wait resolves when the exchange has arrived, and rejects after the timeout', async t => {
  const emulator = await startTestEmulator(t)
  const waiting = controlCall(emulator, 'POST', '/journal/wait', { method: 'auth.createToken', count: 2, timeoutMs: 60_000 })
  const inProcess = emulator.journal.wait({ method: 'auth.createToken', code: 0 })
  await callForCode(emulator, 'auth.createToken', token)
  await callForCode(emulator, 'auth.createToken', token)
  t.match(await waiting, { status: 200, body: { entries: { length: 2 } } })
  t.match(await inProcess, [{ method: 'auth.createToken', code: 0 }])
  t.match(await controlCall(emulator, 'POST', '/journal/wait', { method: 'auth.login', timeoutMs: 1 }), { status: 408, body: { detail: 'expected 1 of auth.login within 1 ms, saw 0' } })
  await t.rejects(emulator.journal.wait({ method: 'auth.login', timeoutMs: 1 }), { message: /within 1 ms, saw 0/ })
  const other = await startEmulator()
  const never = other.journal.wait({ method: 'auth.login', timeoutMs: 600_000 })
  never.catch(() => undefined)
  await other.close()
  await t.rejects(never, { message: 'expected 1 of auth.login within 600000 ms, saw 0' }, 'nothing waits for an emulator that is closed')
})

t.test('the effect of a fault is recorded, and a broken connection is cut', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  emulator.faults.add({ match: { method: 'folders.getAll' }, times: 1, answer: { http: 502, body: 'bad' } })
  await (await fetch(`${emulator.restUrl}?method=folders.getAll&session_key=${key}`)).text()
  const [struck] = emulator.journal.find({ fault: true })
  t.match(struck, { method: 'folders.getAll', fault: 'f1', code: null, response: { status: 502, size: 3, text: 'bad', sha256: sha256('bad') } })
  emulator.faults.add({ match: { method: 'folders.getAll' }, answer: 'hang' })
  const socket = await openSocket(emulator.url)
  const target = `${emulator.restUrl}?method=folders.getAll&session_key=${key}`
  socket.write(Buffer.concat(request(target, {}, '', 'GET')))
  await emulator.journal.wait({ fault: true, count: 2 })
  t.match(emulator.journal.find({ fault: true })[1], { state: 'running', ms: null, response: { status: null, size: 0 } })
  socket.destroy()
  await until('it is cut', () => emulator.journal.find({ fault: true })[1]?.state === 'cut')
})

t.test('each parameter is recorded with its place and count, and without its value', async t => {
  const emulator = await startTestEmulator(t)
  const last = () => emulator.journal.list().at(-1)
  const post = async (query: string, body: string | FormData | URLSearchParams) => (await fetch(`${emulator.restUrl}${query}`, { method: 'POST', body })).text()
  await (await fetch(`${emulator.restUrl}?method=auth.createToken&api_key=A&API_KEY=${API_KEY}&api_version=1.0`)).text()
  t.strictSame(last()?.sent, [{ name: 'method', in: 'query', times: 1 }, { name: 'api_key', in: 'query', times: 2 }, { name: 'api_version', in: 'query', times: 1 }])
  t.match(await post('?method=auth.createToken&api_version=1.0', new URLSearchParams({ ...token, password: 'verysecret' })), 'status="ok"')
  t.strictSame(last()?.sent, [
    { name: 'method', in: 'query', times: 1 }, { name: 'api_version', in: 'query', times: 1 },
    { name: 'api_key', in: 'form', times: 1 }, { name: 'api_version', in: 'form', times: 1 }, { name: 'password', in: 'form', times: 1 }
  ])
  const form = new FormData()
  for (const [name, value] of Object.entries({ method: 'auth.createToken', ...token })) form.set(name, value)
  form.append('api_key', API_KEY)
  t.match(await post('', form), 'status="ok"')
  t.strictSame(last()?.sent, [{ name: 'method', in: 'multipart', times: 1 }, { name: 'api_key', in: 'multipart', times: 2 }, { name: 'api_version', in: 'multipart', times: 1 }])
  t.match(await post('', 'x'.repeat(70_000)), '64 KiB')
  t.match(last(), { response: { status: 413 } })
  const ticket = await anonymousTicket(emulator)
  await upload(ticket, [{ name: 'a', bytes: 'a' }], { description: 'one' })
  t.match(last()?.sent.map(({ name, in: place }) => `${place} ${name}`), ['query destination_dir', 'query upload_identifier', 'query max_file_size', 'multipart description'])
  t.notMatch(JSON.stringify(emulator.journal.list()), 'verysecret')
})

t.test('it has the real time and that of the clock', async t => {
  const emulator = await startTestEmulator(t)
  emulator.clock.freeze(new Date('2026-05-01T12:00:00Z'))
  const before = Date.now()
  for (let i = 0; i < 2; i++) await callForCode(emulator, 'auth.createToken', token)
  const [first, second] = emulator.journal.list()
  t.strictSame([first?.at, second?.at], ['2026-05-01T12:00:00.000Z', '2026-05-01T12:00:00.000Z'])
  const [began, next] = [Date.parse(first?.startedAt ?? ''), Date.parse(second?.startedAt ?? '')]
  // There are two clocks on one machine: their offset is measured when the process starts.
  t.ok(began >= before - 1000 && next <= Date.now() + 1000, 'today')
  t.ok(next > began, 'one after the other')
})

t.test('it records whether the client closed before the answer was sent', async t => {
  const emulator = await startTestEmulator(t)
  const target = `${emulator.restUrl}?method=auth.createToken&api_key=${API_KEY}&api_version=1.0`
  const lefts = () => emulator.journal.list().map(({ state, left }) => `${state} ${left}`)
  await (await fetch(target)).text()
  emulator.faults.add({ match: { method: 'auth.createToken' }, sequence: ['close', 'reset', 'hang', 'hang'] })
  for (let i = 0; i < 2; i++) await t.rejects(fetch(target))
  for (const close of ['destroy', 'resetAndDestroy'] as const) {
    const socket = await openSocket(emulator.url)
    const { length } = emulator.journal.list()
    socket.write(Buffer.concat(request(target, {}, '', 'GET')))
    await until('it hangs', () => emulator.journal.list()[length]?.fault)
    socket[close]()
  }
  await until('all have ended', () => lefts().length === 5 && !lefts().some(each => each.startsWith('running')))
  t.strictSame(lefts(), ['answered false', 'cut false', 'cut false', 'cut true', 'cut true'])
})

t.test('HAR can be exported', async t => {
  const emulator = await startTestEmulator(t)
  await callForCode(emulator, 'auth.createToken', { ...token, app_version: '1 & 2' })
  await upload(await anonymousTicket(emulator), [{ name: 'a.txt', bytes: 'hello' }])
  const har = (await controlCall(emulator, 'GET', '/journal/har')).body
  t.match(har, { log: { version: '1.2', creator: { name: 'respace' }, entries: { length: 3 } } })
  t.match(har.log, {
    entries: [
      {
        startedDateTime: /Z$/,
        time: Number,
        request: { method: 'GET', url: /\/rest\/\?.*app_version=1\+%26\+2/, httpVersion: 'HTTP/1.1', queryString: [{ name: 'method' }, {}, {}, { name: 'app_version', value: '1 & 2' }], headersSize: -1 },
        response: { status: 200, content: { mimeType: 'text/xml; charset=utf-8', text: /<token>hash:/ } },
        timings: { send: 0, wait: Number, receive: 0 }
      },
      {},
      { request: { method: 'POST', postData: { mimeType: /^multipart/, params: [{ name: 'destination_dir' }, { value: /^hash:/ }, {}, { fileName: 'a.txt', comment: `5 bytes, sha256 ${sha256('hello')}` }] } } }
    ]
  })
  const { entries } = har.log as { readonly entries: ReadonlyArray<{ readonly request: { readonly cookies: unknown }, readonly cache: unknown }> }
  for (const { request, cache } of entries) t.strictSame([request.cookies, cache], [[], {}])
  t.strictSame(emulator.journal.har(), har)
})

t.test('a violation of the guide is reported with the intended name, and the answer stays the same', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const file = await fileOf(emulator, key)
  const lintOf = async (method: string, params: Record<string, string>) => {
    const since = emulator.journal.list().at(-1)?.id ?? 0
    const response = await fetch(`${emulator.restUrl}?${new URLSearchParams({ method, ...params })}`)
    t.equal(response.headers.get('x-emulator-lint'), null, 'strict is off')
    await response.text()
    return emulator.journal.find({ since })[0]?.lint.map(({ kind, problem }) => `${kind}: ${problem}`)
  }
  t.strictSame(await lintOf('files.getInfo', { session_key: key, file_id: file, file_ids: file }), ['unknown-parameter: files.getInfo knows no file_ids; did you mean file_id?'])
  t.strictSame(await lintOf('files.getInfo', { session_key: key, file_id: file, colour: 'red' }), ['unknown-parameter: files.getInfo knows no colour'])
  t.strictSame(await lintOf('files.getInfo', { session_key: key, file_id: file, api_version: '1.0' }), ['ignored-parameter: files.getInfo ignores api_version'])
  t.strictSame(await lintOf('auth.createToken', { ...token, response_format: 'json' }), ['ignored-parameter: response_format is ignored: answers are always XML'])
  t.strictSame(await lintOf('auth.createToken', { ...token, response_format: 'XML' }), [])
  t.strictSame(await lintOf('folders.create', { session_key: key, name: 'My%20Folder' }), ['double-encoding: name was encoded twice: %XX is left after decoding'])
  t.strictSame(await lintOf('folders.create', { session_key: key, name: '100% sure' }), [])
  t.match(await lintOf('folders.getInfo', { session_key: key, 'amp;folder_id': '0' }), [/^unescaped-xml: amp;folder_id/])
  t.strictSame(await lintOf('files.setInfo', { session_key: key, file_id: file, downloads_limit: '5', download_limit: '5' }), [], 'names that some clients send are known')
  const made = await newToken(emulator)
  t.strictSame(await lintOf('auth.login', { token: made, user_name: 'demo', tokened_password: md5(made + md5('demo')).toUpperCase() }),
    ['upper-case-md5: tokened_password has capital letters: both MD5 sums are written in lower case, and the inner one counts'])
  t.strictSame(await lintOf('auth.login', { token: made, user_name: 'demo', tokened_password: md5(made + md5('demo')) }), [])
})

t.test('an upload is looked at like a call', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const lint = async (fields: Record<string, string>, field = 'userfile', isAnonymous = false, change = (url: string) => url) => {
    const ticket = await (isAnonymous ? anonymousTicket(emulator) : userTicket(emulator, key))
    const ours = { MAX_FILE_SIZE: '1', UPLOAD_IDENTIFIER: ticket.id, extra_info: ticket.proof }
    await upload({ url: change(ticket.url) }, [{ name: 'a', bytes: 'a', field }], { ...ours, ...fields })
    return emulator.journal.find({ phase: 'upload' }).at(-1)?.lint.map(({ kind, name }) => `${kind} ${name}`)
  }
  t.strictSame(await lint({}), [])
  t.strictSame(await lint({ descripton: 'x' }), ['unknown-parameter descripton'])
  t.strictSame(await lint({}, 'file'), ['missing-upload-field userfile'])
  t.strictSame(await lint({}, 'userfile2'), [])
  t.strictSame(await lint({ folder_id: 'abcdef', notify_uploader: '1' }, 'userfile', true), ['ignored-parameter folder_id', 'ignored-parameter notify_uploader'])
  t.strictSame(await lint({}, 'userfile', false, url => url.replaceAll('&', '&amp;')), ['unescaped-xml amp;upload_identifier', 'unescaped-xml amp;max_file_size'])
  await upload(await userTicket(emulator, key), [{ name: 'a', bytes: 'a' }])
  t.strictSame(emulator.journal.find({ phase: 'upload' }).at(-1)?.lint.map(({ problem }) => problem),
    ['the form has no field MAX_FILE_SIZE', 'the form has no field UPLOAD_IDENTIFIER', 'the form has no field extra_info'])
})

t.test('strict warn adds a header and strict fail fails close(); neither changes an answer', async t => {
  const answers: string[] = []
  for (const strict of ['off', 'warn', 'fail'] as const) {
    const emulator = await startEmulator({ strict })
    const get = async () => fetch(`${emulator.restUrl}?method=auth.createToken&api_key=${API_KEY}&api_version=1.0&ap%C3%AF=1&app_verson=2`)
    const response = await get()
    answers.push((await response.text()).replace(/<token>.*<\/token>/, ''))
    t.equal(response.headers.get('x-emulator-lint'), strict === 'off' ? null : 'unknown-parameter ap%C3%AF; unknown-parameter app_verson')
    const ticket = await anonymousTicket(emulator)
    const form = new FormData()
    form.set('userfile', new Blob(['a']), 'a')
    const uploaded = await fetch(ticket.url, { method: 'POST', body: form })
    t.match(await uploaded.text(), '<status>ok</status>')
    t.equal(uploaded.headers.get('x-emulator-lint'), strict === 'off' ? null : 'missing-upload-field MAX_FILE_SIZE; missing-upload-field UPLOAD_IDENTIFIER; missing-upload-field extra_info')
    await (await get()).text()
    if (strict === 'fail') {
      const error = await emulator.close().then(() => new Error('it resolved'), (problem: Error) => problem)
      t.match(error.message, 'against the guide: auth.createToken knows no app_verson; did you mean app_version? (2 times)')
    } else await t.resolves(emulator.close())
  }
  t.match(answers[0], 'status="ok"')
  t.strictSame(new Set(answers), new Set([answers[0]]))
})
