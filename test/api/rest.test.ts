import t from 'tap'
import { API_KEY, attribute, call, element, errorCode, newToken, openSession, upload, userTicket } from '../support/client.ts'
import { exchange, request } from '../support/raw-http.ts'
import { startServer } from '../support/server.ts'

const TOKEN = { method: 'auth.createToken', api_key: API_KEY, api_version: '1.0' }

t.test('parameters come by query, urlencoded body, multipart body, or POST with a query', async t => {
  const server = await startServer(t)
  const query = new URLSearchParams(TOKEN)
  const form = new FormData()
  for (const [name, value] of Object.entries(TOKEN)) form.set(name, value)
  for (const path of ['/rest', '/rest/']) {
    const url = server.url + path
    for (const [name, response] of Object.entries({
      GET: await fetch(`${url}?${query}`),
      'POST with a query': await fetch(`${url}?${query}`, { method: 'POST' }),
      'urlencoded POST': await fetch(url, { method: 'POST', body: query }),
      'multipart POST': await fetch(url, { method: 'POST', body: form }),
      'names in capitals': await fetch(`${url}?METHOD=AUTH.CREATETOKEN&API_KEY=${API_KEY}&Api_Version=1`)
    })) {
      t.equal(response.status, 200)
      t.equal(response.headers.get('content-type'), 'text/xml; charset=utf-8')
      t.equal(response.headers.get('cache-control'), 'no-store')
      t.equal(response.headers.get('access-control-allow-origin'), '*')
      t.equal(errorCode(await response.text()), 0, `${name} to ${path}`)
    }
  }
})

t.test('the body beats the query, the last of a repeated name counts', async t => {
  const server = await startServer(t)
  const method = async (query: string, body?: string) => attribute(await (await fetch(`${server.url}/rest/?${query}`,
    body === undefined ? {} : { method: 'POST', body: new URLSearchParams(body) })).text(), 'method')
  t.equal(await method('method=a', 'method=b'), 'b')
  t.equal(await method('method=a&method=c&METHOD=d'), 'd')
  t.equal(await method('METHOD=d&method=c&METHOD=e'), 'e')
})

t.test('odd characters are taken as they are, never refused', async t => {
  const server = await startServer(t)
  const method = async (raw: string) => attribute(/<result[^>]*>/.exec(await exchange(server.url,
    `GET /rest/?method=${raw} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`))?.[0] ?? '', 'method')
  t.equal(await method('a+b%20c'), 'a b c')
  t.equal(await method('a@b:c,d;e(f)'), 'a@b:c,d;e(f)')
  t.equal(await method('100%'), '100%')
  t.equal(await method('%zz%4'), '%zz%4')
  t.equal(await method('%ff'), '\ufffd')
  t.equal(await method('%E2%82%AC'), '€')
  t.equal(await method('%00%01'), '\ufffd\ufffd')
  t.equal(await method('%3Ca%20%26%22%09%0A%0D'), '<a &"\t\n\r')
})

t.test('the order of checks', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const token = await newToken(server)
  const code = async (method: string, params: Record<string, string> = {}) => errorCode(await call(server, method, params))
  t.equal(errorCode(await (await fetch(`${server.url}/rest/`)).text()), 1)
  t.match(await (await fetch(`${server.url}/rest/`)).text(), '<result method="" status="fail">')
  t.equal(await code('nothing.here'), 2)
  t.equal(await code('files.getInfo'), 3)
  t.equal(await code('files.getInfo', { session_key: '' }), 3)
  t.equal(await code('files.getInfo', { session_key: 'nonsense' }), 6)
  t.equal(await code('files.getInfo', { session_key: 'a'.repeat(32) }), 6)
  t.equal(await code('files.getInfo', { session_key: token }), 7)
  t.equal(await code('files.getInfo', { session_key: key }), 4)
  t.equal(await code('files.getInfo', { session_key: key, file_id: 'too-long' }), 16)
  t.equal(await code('files.getInfo', { session_key: key, file_id: ' , ' }), 4)
  t.equal(await code('files.getInfo', { session_key: key, file_id: 'aaaaaa' }), 9)
  t.equal(await code('auth.createToken'), 4)
  t.equal(await code('auth.createToken', { api_key: 'short' }), 18)
  t.equal(await code('auth.createToken', { api_key: API_KEY }), 4)
  t.equal(await code('auth.createToken', { api_key: API_KEY, api_version: '2.0' }), 5)
  t.equal(await code('auth.createToken', { api_key: 'bad', api_version: '2.0' }), 18, 'the key before the version')
  t.equal(await code('auth.login', { token, user_name: 'alice' }), 4)
  t.equal(await code('upload.getInfo', { session_key: key, speed_limit: 'fast' }), 16)
  t.equal(await code('upload.getInfo', { session_key: key, speed_limit: '-1' }), 21)
  t.equal(await code('upload.getInfo', { session_key: key, speed_limit: '' }), 0)
  t.equal(attribute(await call(server, 'upload.getInfo', { session_key: key, speed_limit: 'fast' }), 'info'), 'speed_limit')
  t.equal(await code('download.getInfo', { session_key: key, file_id: 'http://example.org/file/aaaaaa' }), 26)
  t.equal(await code('download.getInfo', { session_key: key, file_id: 'https://sendspace.com/pro/dl/aaaaaa' }), 9)
  t.equal(await code('download.getInfo', { session_key: key, file_id: `${server.url}/file/aaaaaa` }), 9)
})

t.test('a hundred ids are answered, one more is 21', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const ids: string[] = []
  for (let batch = 0; batch < 2; batch++) {
    const files = Array.from({ length: 50 }, (_, i) => ({ name: `${batch}-${i}`, bytes: 'x' }))
    const { body } = await upload(await userTicket(server, key), files)
    ids.push(...[...body.matchAll(/file_id=(\w+)/g)].map(([, id = '']) => id))
  }
  const asked = [...ids].reverse()
  const xml = await call(server, 'files.getInfo', { session_key: key, file_id: [...asked, asked[0]].join(' , ,') })
  t.strictSame([...xml.matchAll(/<file id="(\w+)"/g)].map(([, id]) => id), asked, 'in the order asked, repeats dropped')
  const more = await call(server, 'files.getInfo', { session_key: key, file_id: [...asked, 'aaaaaa'].join(',') })
  t.equal(errorCode(more), 21)
  t.equal(attribute(more, 'info'), 'file_id')
  t.equal(element(more, 'id'), [...asked, 'aaaaaa'].join(','), 'the ids come back as sent')
})

t.test('another user\'s file is as if it did not exist', async t => {
  const server = await startServer(t)
  const { body } = await upload(await userTicket(server, await openSession(server, 'alice')), [{ name: 'a', bytes: 'a' }])
  const id = /file_id=(\w+)/.exec(body)?.[1] ?? ''
  const other = await openSession(server, 'bobby')
  t.equal(errorCode(await call(server, 'files.getInfo', { session_key: other, file_id: id })), 9)
  t.equal(errorCode(await call(server, 'download.getInfo', { session_key: other, file_id: id })), 0, 'but anyone may download')
})

t.test('an accept-list of API keys refuses the others with 18', async t => {
  const server = await startServer(t, { settings: { apiKeys: 'AAAAAAAAAA, BBBBBBBBBB' } })
  const code = async (key: string) => errorCode(await call(server, 'auth.createToken', { api_key: key, api_version: '1.0' }))
  t.equal(await code('BBBBBBBBBB'), 0)
  t.equal(await code('CCCCCCCCCC'), 18)
})

t.test('a body over 64 KiB is 413, one of 64 KiB is read', async t => {
  const server = await startServer(t)
  const post = async (bytes: number) => (await fetch(`${server.url}/rest/`, { method: 'POST', body: new URLSearchParams(`method=${'a'.repeat(bytes - 7)}`) })).status
  t.equal(await post(64 * 1024), 200)
  t.equal(await post(64 * 1024 + 1), 413)
  const chunked = `POST /rest/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n10001\r\n${'a'.repeat(0x10001)}\r\n0\r\n\r\n`
  t.match(await exchange(server.url, chunked), /^HTTP\/1.1 413/)
  const form = Buffer.from(`--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n${'a'.repeat(40_000)}\r\n--B\r\nContent-Disposition: form-data; name="b"\r\n\r\n${'b'.repeat(40_000)}\r\n--B--\r\n`)
  const chunkedForm = `POST /rest/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: multipart/form-data; boundary=B\r\ntransfer-encoding: chunked\r\n\r\n${form.length.toString(16)}\r\n${form.toString()}\r\n0\r\n\r\n`
  t.match(await exchange(server.url, chunkedForm), /^HTTP\/1.1 413/)
})

t.test('a form that cannot be read fails by what is missing', async t => {
  const server = await startServer(t)
  for (const type of ['multipart/form-data', 'multipart/form-data; boundary=B', 'application/json', 'nonsense', '/', 'a/b c', 'text/plain; x', '']) {
    const answer = await exchange(server.url, ...request(`${server.url}/rest/`, { 'content-type': type }, '{"method":"auth.createToken"}'))
    t.match(answer, /^HTTP\/1.1 200/, type)
    t.match(answer, /<error code="1"/, type)
  }
})

t.test('a preflight is answered on the endpoint, the upload and the progress address', async t => {
  const server = await startServer(t)
  for (const path of ['/rest/', '/rest', '/apiupload', '/progressapiupload.html']) {
    const response = await fetch(server.url + path, {
      method: 'OPTIONS', headers: { origin: 'http://a.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-thing' }
    })
    t.equal(response.status, 204, path)
    t.equal(response.headers.get('access-control-allow-origin'), '*')
    t.match(response.headers.get('access-control-allow-methods'), /POST/)
    t.equal(response.headers.get('access-control-allow-headers'), 'x-thing')
  }
})

t.test('links carry the host that the client used, and no nonsense', async t => {
  const server = await startServer(t)
  const base = async (headers: string) => /url="(http[^"]*)\/apiupload/.exec(await exchange(server.url,
    `GET /rest/?method=anonymous.uploadGetInfo&api_key=${API_KEY}&api_version=1.0 HTTP/1.1\r\n${headers}connection: close\r\n\r\n`))?.[1]
  t.equal(await base('host: files.example:8080\r\n'), 'http://files.example:8080')
  t.equal(await base('host: [::1]:80\r\n'), 'http://[::1]:80')
  t.equal(await base('host: "><script>\r\n'), server.url)
  t.equal(await base('host: a/b\r\n'), server.url)
  t.equal(await base('host: x\r\nx-forwarded-proto: https\r\nx-forwarded-host: evil.example\r\n'), 'http://x')
  const trusting = await startServer(t, { settings: { trustProxy: 'loopback' } })
  const through = await fetch(`${trusting.url}/rest/?method=anonymous.uploadGetInfo&api_key=${API_KEY}&api_version=1.0`,
    { headers: { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'files.example' } })
  t.match(await through.text(), 'url="https://files.example/apiupload')
})

t.test('health and readiness', async t => {
  const server = await startServer(t)
  t.equal(await (await fetch(`${server.url}/healthz`)).text(), 'ok\n')
  t.equal((await fetch(`${server.url}/readyz`)).status, 200)
})
