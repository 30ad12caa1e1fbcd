/** Exchanges with any server are recorded, and replayed by the emulator. */
// Runs on SQLite only.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { stat, truncate, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { HarEntry } from '../../src/emulator/replay/har-entry.ts'
import { createRecorder } from '../../src/emulator/replay/recorder.ts'
import { createRecordingFile, readRecording } from '../../src/emulator/replay/recording-file.ts'
import { attribute, call, element, errorCode, type Params } from '../support/client.ts'
import { run, start } from '../support/cli-process.ts'
import { controlCall, startTestEmulator } from '../support/emulator.ts'
import { exchange } from '../support/raw-http.ts'
import { temporaryFolder, type Teardown } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

async function listen (t: Teardown, listener: RequestListener, host = '127.0.0.1'): Promise<string> {
  const server: Server = createServer(listener).listen(0, host)
  t.teardown(() => { server.close().closeAllConnections() })
  await once(server, 'listening')
  return `http://${host}:${(server.address() as AddressInfo).port}`
}

/** A recorder of a server, in this process. */
async function startRecorder (t: Teardown, server: string, maxBody = 1024 * 1024) {
  const path = join(await temporaryFolder(t), 'recording.har')
  const file = createRecordingFile(path, { server, maxBody, version: '0' })
  const reports: string[] = []
  const entries: HarEntry[] = []
  const recorder = createRecorder({ server: new URL(server), maxBody, keep (entry) { entries.push(entry); file.add(entry) }, report (sentence) { reports.push(sentence) } })
  t.teardown(() => { recorder.close(); file.close() })
  return { url: await listen(t, recorder.listener), path, entries, reports }
}

const emulator = await startTestEmulator(t)
// The client of the tests fetches the schema of answers once.
await call(emulator, 'auth.createToken', { api_key: 'RESPACE001', api_version: '1.0' })

/** A typical session of a client. Returns its answers and its secrets. */
async function session ({ url }: { readonly url: string }) {
  const ask = (method: string, params: Params = {}) => call({ url }, method, params)
  const token = element(await ask('auth.createToken', { api_key: 'RESPACE001', api_version: '1.0' }), 'token')
  const proof = md5(token + md5('demo'))
  const key = element(await ask('auth.login', { token, user_name: 'demo', tokened_password: proof }), 'session_key')
  const ticket = await ask('upload.getInfo', { session_key: key })
  const uploadUrl = attribute(ticket, 'url')
  const form = new FormData()
  for (const name of ['max_file_size', 'upload_identifier', 'extra_info']) form.append(name.toUpperCase(), attribute(ticket, name))
  form.append('password', 'open & shut')
  form.append('userfile', new File(['hello'], 'übersicht.txt'))
  const uploaded = await (await fetch(uploadUrl, { method: 'POST', body: form })).text()
  const id = /^file_id=(\w+)/m.exec(uploaded)?.[1] ?? ''
  const info = await ask('files.getInfo', { session_key: key, file_id: `${url}/file/${id}` })
  const progress = await (await fetch(attribute(ticket, 'progress_url'))).text()
  const link = attribute(await ask('download.getInfo', { session_key: key, file_id: id, password: 'open & shut' }), 'url')
  const bytes = await (await fetch(link)).text()
  return {
    seen: { id, uploaded, name: attribute(info, 'name'), progress, bytes, page: attribute(info, 'download_page_url').replace(url, ''), local: [uploadUrl, link, attribute(ticket, 'progress_url')].map(each => each.startsWith(`${url}/`)) },
    secrets: [token, proof, key, attribute(ticket, 'upload_identifier'), attribute(ticket, 'extra_info'), 'RESPACE001', 'open & shut', 'open%20%26%20shut', 'open+%26+shut', 'open &amp; shut', new URL(link).pathname.split('/')[2] ?? ''],
    key
  }
}

t.test('a session is recorded without secrets, works through the recorder, and is replayed', async t => {
  const recorder = await startRecorder(t, emulator.url)
  const { seen, secrets } = await session(recorder)
  t.match(seen, { uploaded: /^upload_status=ok/, name: 'übersicht.txt', bytes: 'hello', progress: /<status>done/, local: [true, true, true] })
  const text = readFileSync(recorder.path, 'utf8')
  for (const secret of secrets) t.notOk(text.includes(secret), `${secret} is hidden`)
  t.equal((await stat(recorder.path)).mode & 0o077, 0)
  const har = JSON.parse(text) as { readonly log: { readonly version: string, readonly entries: readonly unknown[] } }
  t.match(har, { log: { version: '1.2', entries: { length: 8 } } })

  const replayed = await startTestEmulator(t, { replay: recorder.path })
  const again = await session(replayed)
  t.strictSame(again.seen, seen)
  t.match(again.key, /^[a-z0-9]{32}$/, 'of the same shape')
  t.match(replayed.replay(), { isWhole: true, recorded: 8, used: 8, unused: [], misses: [] })
  t.equal(replayed.journal.count({ method: 'files.getInfo', code: 0 }), 1)
  t.match((await controlCall(replayed, 'GET', '/replay')).body, { recorded: 8, used: 8 })
  await replayed.reset()
  t.equal(replayed.replay()?.used, 0, 'a reset begins again')

  replayed.faults.add({ match: { method: 'auth.createToken' }, times: 1, answer: { error: 15 } })
  t.equal(errorCode(await call(replayed, 'auth.createToken', { api_key: 'another', api_version: '1.0' })), 15, 'faults apply')
  t.equal(replayed.replay()?.used, 0, 'and use no recorded answer')
  t.strictSame((await session(replayed)).seen, seen, 'another API key is fine')
})

t.test('a call without a match is answered 599 with the closest call and the differences', async t => {
  const recorder = await startRecorder(t, emulator.url)
  const token = element(await call(recorder, 'auth.createToken', { api_key: 'RESPACE001', api_version: '1.0' }), 'token')
  const key = element(await call(recorder, 'auth.login', { token, user_name: 'demo', tokened_password: md5(token + md5('demo')) }), 'session_key')
  for (const folder of ['0', '0', '?']) await call(recorder, 'folders.getContents', { session_key: key, folder_id: folder })
  const replayed = await startTestEmulator(t, { replay: recorder.path })
  const ask = async (params: Params) => {
    const response = await fetch(`${replayed.restUrl}?${new URLSearchParams(Object.entries(params).map(([name, value]): [string, string] => [name, String(value)]))}`)
    return `${response.status} ${await response.text()}`
  }
  const ours = element(await ask({ method: 'auth.createToken', api_key: 'RESPACE001', api_version: '1.0' }), 'token')
  const login = { method: 'auth.login', token: ours, user_name: 'demo', tokened_password: 'f'.repeat(32) }
  t.match(await ask({ ...login, token: 'x' }), /^599 GET auth\.login was not recorded like this\. The nearest recorded call is GET auth\.login, number 2 of 5, which differs:\n {2}token: recorded "SECRET\.token\.1\.w32_", sent "x"\n$/)
  const session = element(await ask(login), 'session_key')
  const contents = { method: 'folders.getContents', session_key: session, folder_id: '0' }
  t.match(await ask({ ...contents, folder_id: '1' }), /number 3 of 5, which differs:\n {2}folder_id: recorded "0", sent "1"\n$/)
  t.match(await ask({ ...contents, order: 'name' }), /differs:\n {2}order: not recorded, sent "name"\n$/)
  t.match(await ask({ method: 'folders.getContents', session_key: session }), /differs:\n {2}folder_id: recorded "0", not sent\n$/)
  t.match(await ask({ method: 'files.getInfo', session_key: session }), /^599 GET files\.getInfo was not recorded like this/)
  t.match(await ask({ ...contents, folder_id: '?' }), /^200 [^]*<error code="16"/, 'each signature has answers of its own')
  t.match(await ask(contents), /^200 /)
  t.match(await ask(contents), /^200 /)
  t.match(await ask(contents), '599 GET folders.getContents was recorded 2 times, and this is one more: all its answers have been given.')
  t.match(await ask({ method: 'auth.createToken', api_key: 'OTHER00001', api_version: '1.0' }), /^599 [^]*api_key: recorded "SECRET\.api_key\.1/, 'a key that was bound stays')
  t.match(replayed.replay(), { used: 5, unused: [], misses: { length: 7 } })
  t.equal((await fetch(`${replayed.url}/healthz`)).status, 200, 'tools wait for it')
})

t.test('bodies are streamed; those over the limit are kept as size and hash', async t => {
  const LIMIT = 1000
  let release = () => { /* Set by the server. */ }
  const server = await listen(t, (request, response) => {
    const size = Number(request.url?.slice(1))
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).write(Buffer.alloc(size - 1, 0xff))
    release = () => response.end('!')
  })
  const recorder = await startRecorder(t, server, LIMIT)
  for (const size of [LIMIT - 1, LIMIT, LIMIT + 1, 3_000_000]) {
    const response = await fetch(`${recorder.url}/${size}`)
    const reader = response.body?.getReader()
    let got = 0
    while (got < size - 1) got += ((await reader?.read())?.value as Uint8Array | undefined)?.length ?? size
    t.equal(got, size - 1, 'the beginning has come before the server has sent the end')
    release()
    await reader?.read()
    await until('it is kept', () => recorder.entries.at(-1)?.request.url.endsWith(`/${size}`) === true)
    const { content } = recorder.entries.at(-1)?.response ?? {}
    const all = Buffer.concat([Buffer.alloc(size - 1, 0xff), Buffer.from('!')])
    t.match(content, { size, ...size <= LIMIT ? { text: all.toString('base64'), encoding: 'base64', _sha256: undefined } : { text: undefined, _sha256: sha256(all) } })
  }
  const upload = await fetch(`${recorder.url}/2`, { method: 'PUT', body: Buffer.alloc(LIMIT + 1, 0xfe), headers: { 'content-type': 'application/octet-stream' } })
  release()
  await upload.arrayBuffer()
  t.match(recorder.entries.at(-1)?.request.postData, { text: '', _size: LIMIT + 1, _sha256: sha256(Buffer.alloc(LIMIT + 1, 0xfe)) })
  const replayed = await startTestEmulator(t, { replay: recorder.path })
  const kept = await fetch(`${replayed.url}/${LIMIT}`)
  t.equal((await kept.arrayBuffer()).byteLength, LIMIT)
  const missing = await fetch(`${replayed.url}/${LIMIT + 1}`)
  t.equal(`${missing.status} ${await missing.text()}`, `599 The body of this answer, ${LIMIT + 1} bytes, was not kept. Record again with a larger --max-body.\n`)
  t.equal((await fetch(`${replayed.url}/2`, { method: 'PUT', body: Buffer.alloc(LIMIT + 1, 0xfe), headers: { 'content-type': 'application/octet-stream' } })).status, 200, 'by size and hash')
})

t.test('other hosts in answers are reached through the recorder, all others are refused', async t => {
  const storage = await listen(t, (request, response) => { response.end(`stored ${request.url} for ${request.headers.host}`) })
  const server = await listen(t, (request, response) => {
    if (request.url === '/moved') return response.writeHead(302, { location: `${server}/there`, 'set-cookie': 'a=secret1; Domain=.example.org; Secure; Path=/' }).end()
    response.setHeader('content-type', 'text/xml')
    response.end(`<result><upload url="${storage}/up?a=1&amp;b=2" />text http://example.org/x ${server}/own?sent=${encodeURIComponent(request.url ?? '')}</result>`)
  }, 'localhost')
  const recorder = await startRecorder(t, server)
  const { host } = new URL(storage)
  t.equal((await fetch(`${recorder.url}/_via/http/${host}/up`)).status, 403, 'not known yet')
  const answer = await (await fetch(`${recorder.url}/rest/?file_id=${encodeURIComponent(`${recorder.url}/file/abc`)}`)).text()
  t.equal(answer, `<result><upload url="${recorder.url}/_via/http/${host}/up?a=1&amp;b=2" />text http://example.org/x ${recorder.url}/own?sent=${encodeURIComponent(`/rest/?file_id=${encodeURIComponent(`${server}/file/abc`)}`)}</result>`)
  t.equal(await (await fetch(`${recorder.url}/_via/http/${host}/up?a=1`)).text(), `stored /up?a=1 for ${host}`)
  t.equal((await fetch(`${recorder.url}/_via/http/example.org/`)).status, 403)
  const moved = await fetch(`${recorder.url}/moved`, { redirect: 'manual' })
  t.strictSame([moved.headers.get('location'), moved.headers.get('set-cookie')], [`${recorder.url}/there`, 'a=secret1; Path=/'])
  t.notMatch(readFileSync(recorder.path, 'utf8'), 'secret1')

  const proxied = (target: string) => exchange(recorder.url, `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
  t.match(await proxied(`${server}/rest/`), new RegExp(`<upload url="${storage}/up`), 'a proxy leaves addresses alone')
  t.match(await proxied(`${storage}/up`), `stored /up for ${host}`)
  t.match(await proxied('http://api.sendspace.com/rest/'), / 200 OK\r\n/, 'the server stands in for the built-in address')
  t.match(await proxied('http://example.org/'), /^HTTP\/1.1 403 /)

  const replayed = await startTestEmulator(t, { replay: recorder.path })
  t.match(await (await fetch(`${replayed.url}/rest/?file_id=${encodeURIComponent(`${replayed.url}/file/abc`)}`)).text(), `<upload url="${replayed.url}/_via/http/${host}/up?a=1&amp;b=2" />text http://example.org/x ${replayed.url}/own`)
  t.equal(await (await fetch(`${replayed.url}/_via/http/${host}/up?a=1`)).text(), `stored /up?a=1 for ${host}`)
})

t.test('an unreachable server is 502, and an aborted request is no exchange', async t => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const nobody = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`
  closed.close()
  const recorder = await startRecorder(t, nobody)
  const answer = await fetch(`${recorder.url}/rest/?method=x`)
  t.match(`${answer.status} ${await answer.text()}`, `502 ${nobody} did not answer: `)
  const hanging = await startRecorder(t, await listen(t, (_request, response) => { response.writeHead(200).write('x') }))
  const client = new AbortController()
  await fetch(hanging.url, { signal: client.signal })
  client.abort()
  await until('it is reported', () => hanging.reports.length === 1)
  t.strictSame([recorder.entries.length, hanging.entries.length], [0, 0])
})

const entryOf = (url: string): HarEntry => ({
  startedDateTime: '2026-01-01T00:00:00.000Z', time: 1, request: { method: 'GET', url, headers: [], queryString: [] }, response: { status: 200, statusText: 'OK', headers: [], content: { size: 2, mimeType: 'text/plain', text: 'ok' } }
})

t.test('a file has a limit of entries and of bytes, and can be read wherever it was cut', async t => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'a.har')
  const head = { server: 'http://example.org/', maxBody: 10, version: '0' }
  const file = createRecordingFile(path, head, { bytes: 100_000, entries: 3 })
  const lengths: number[] = []
  for (const name of ['a', 'b', 'c']) {
    t.ok(file.add(entryOf(`http://example.org/${name}`)))
    JSON.parse(readFileSync(path, 'utf8'))
    lengths.push((await stat(path)).size)
  }
  t.notOk(file.add(entryOf('http://example.org/d')), 'one more than the limit')
  file.close()
  t.match(await readRecording(path), { isWhole: true, entries: { length: 3 }, maxBody: 10 })
  await truncate(path, (lengths[2] ?? 0) - 1)
  for (const [cut, kept] of [[1, 3], [5, 3], [6, 2], [200, 2]] as const) {
    await truncate(path, (lengths[2] ?? 0) - cut)
    t.match(await readRecording(path), { isWhole: cut === 1, entries: { length: kept } }, `without its last ${cut} bytes`)
  }
  for (const [bytes, fits] of [[(lengths[0] ?? 0) - 1, false], [lengths[0] ?? 0, true]] as const) {
    const small = createRecordingFile(join(folder, `${bytes}.har`), head, { bytes, entries: 3 })
    t.equal(small.add(entryOf('http://example.org/a')), fits)
    small.close()
  }
})

t.test('a file that is not a recording is refused with the reason', async t => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'a.har')
  const entry = entryOf('http://example.org/a')
  const cases: ReadonlyArray<readonly [string, RegExp]> = [
    ['', /it is not a recording: expected HAR 1\.2/],
    ['accounts: []', /it is not a recording/],
    ['{}', /\/log: expected an object/],
    ['{"log":{"entries":[]}}', /it has no exchange/],
    ['{"log":{"entries":[{}]}}', /\/log\/entries\/0\/request: expected an object/],
    [JSON.stringify({ log: { entries: [{ ...entry, request: { ...entry.request, url: 'x' } }] } }), /\/log\/entries\/0\/request\/url: expected a URL/],
    [JSON.stringify({ log: { entries: [{ ...entry, response: { ...entry.response, status: 600 } }] } }), /\/response\/status: expected a status/],
    [JSON.stringify({ log: { _recording: { version: 2 }, entries: [entry] } }), /recorded by a later version/]
  ]
  for (const [text, reason] of cases) {
    await writeFile(path, text)
    await t.rejects(startTestEmulator(t, { replay: path }), { message: reason }, text)
  }
  await t.rejects(startTestEmulator(t, { replay: join(folder, 'none.har') }), { message: /none\.har: cannot be read: ENOENT/ })
  await writeFile(path, JSON.stringify({ log: { version: '1.2', creator: {}, pages: [], entries: [{ ...entry, cache: {}, timings: {} }] } }, null, 2))
  const replayed = await startTestEmulator(t, { replay: path })
  t.equal(await (await fetch(`${replayed.url}/a`)).text(), 'ok', 'that of a browser is replayed')
})

t.test('the command keeps all exchanges until it is killed, overwrites no file, and dev reports unused exchanges', async (t: Test) => {
  const folder = await temporaryFolder(t)
  const [file, readyFile] = [join(folder, 'a.har'), join(folder, 'ready.json')]
  const running = start(['record', emulator.restUrl, '-o', file, '--port', '0', '--ready-file', readyFile])
  t.teardown(async () => {
    running.kill('SIGKILL')
    await running.ended
  })
  await until('it records', () => existsSync(readyFile))
  const { url } = JSON.parse(readFileSync(readyFile, 'utf8')) as { readonly url: string }
  for (const version of ['1.0', '9.9']) await call({ url }, 'auth.createToken', { api_key: 'RESPACE001', api_version: version })
  t.match(await exchange(url, 'CONNECT api.sendspace.com:443 HTTP/1.1\r\nhost: x\r\n\r\n'), /^HTTP\/1.1 403 [^]*HTTPS is recorded at /)
  running.kill('SIGKILL')
  await running.ended
  t.match(await run(['record', emulator.url, '-o', file]), { status: 1, stderr: `respace: ${file} exists: remove it, or choose another name\n` })
  const script = 'curl -sS "$RESPACE_URL/rest/?method=auth.createToken&api_key=x&api_version=1.0"; curl -sS "$RESPACE_URL/rest/?method=auth.createToken&api_key=x&api_version=2"'
  const { status, stdout, stderr } = await run(['exec', '--replay', file, '--', 'sh', '-c', script])
  t.equal(status, 0)
  t.match(stdout, /<token>[^]*api_version: recorded "1\.0", sent "2"|api_version: recorded "9\.9", sent "2"/)
  t.match(stderr, /^respace: 1 call was not in .*\n[^]*respace: 1 of 2 exchanges of .* were not requested; the first is GET auth\.createToken, number 2\n$/)
})

t.test('with a command all its requests are recorded, including HTTPS to the built-in address', async t => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'a.har')
  const script = `set -e; url='method=auth.createToken&api_key=RESPACE001&api_version=1.0'
    curl -sS "https://api.sendspace.com/rest/?$url" | grep '<token>'; curl -sS "$RESPACE_URL/rest/?$url" | grep '<token>'; curl -s https://example.org/ || exit 7`
  const temporary = await temporaryFolder(t)
  const { status, stderr } = await run(['record', emulator.url, '-o', file, '--', 'sh', '-c', script], { env: { TMPDIR: temporary } })
  t.match({ status, stderr }, { status: 7, stderr: `respace: ${file} has 2 exchanges\n` })
  t.strictSame(readdirSync(temporary), [])
  t.match((await readRecording(file)).entries.length, 2)
})
