/** Who tells the server what address a client used, and who is believed. */
import t from 'tap'
import { startServer } from './support/server.ts'

const TICKET = '/rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.0'

async function baseOf (url: string, headers: Readonly<Record<string, string>>): Promise<string | undefined> {
  return / url="([^"]*)\/apiupload/.exec(await (await fetch(url + TICKET, { headers })).text())?.[1]
}

const WARNING = /"level":40[^\n]*X-Forwarded headers of 127\.0\.0\.1 are not believed: if it is your reverse proxy, set --trust-proxy 127\.0\.0\.1/g

t.test('a trusted proxy tells scheme, host, port and prefix', async t => {
  for (const trustProxy of ['loopback', 'private', 'all', '127.0.0.1', '10.0.0.0/8, 127.0.0.0/8']) {
    const { url } = await startServer(t, { settings: { trustProxy } })
    t.equal(await baseOf(url, { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'files.example' }), 'https://files.example', trustProxy)
  }
  const server = await startServer(t, { settings: { trustProxy: 'loopback' } })
  const cases: ReadonlyArray<readonly [Record<string, string>, string]> = [
    [{ 'x-forwarded-port': '8443' }, 'https://files.example:8443'],
    [{ 'x-forwarded-port': '443' }, 'https://files.example'],
    [{ 'x-forwarded-host': 'files.example:81', 'x-forwarded-port': '8443' }, 'https://files.example:81'],
    [{ 'x-forwarded-port': 'x' }, 'https://files.example'],
    [{ 'x-forwarded-prefix': '/share/' }, 'https://files.example/share'],
    [{ 'x-forwarded-prefix': '/a/b' }, 'https://files.example/a/b'],
    [{ 'x-forwarded-prefix': '//evil.example' }, 'https://files.example'],
    [{ 'x-forwarded-prefix': '/"><script>' }, 'https://files.example'],
    [{ 'x-forwarded-proto': 'javascript' }, 'http://files.example'],
    [{ 'x-forwarded-host': '"><script>' }, server.url.replace('http:', 'https:')]
  ]
  for (const [headers, base] of cases) {
    t.equal(await baseOf(server.url, { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'files.example', ...headers }), base, JSON.stringify(headers))
  }
  t.match(await (await fetch(server.url, { headers: { 'x-forwarded-prefix': '/share' } })).text(), 'action="/share/upload"', 'pages have the prefix, too')
  t.notMatch(server.log(), WARNING)
})

t.test('anybody else is not believed, and the log names the missing setting once', async t => {
  for (const trustProxy of ['no', '10.0.0.0/8']) {
    const server = await startServer(t, { settings: { trustProxy } })
    t.equal(await baseOf(server.url, {}), server.url)
    t.notMatch(server.log(), WARNING, 'nothing came')
    for (const header of ['proto', 'host', 'port', 'prefix', 'for']) {
      t.equal(await baseOf(server.url, { [`x-forwarded-${header}`]: { proto: 'https', port: '1' }[header] ?? '/evil' }), server.url, header)
    }
    t.equal(server.log().match(WARNING)?.length, 1, 'once')
  }
})

t.test('a public address beats what anybody tells', async t => {
  const server = await startServer(t, { settings: { trustProxy: 'all', publicUrl: 'https://files.example/share/' } })
  t.equal(await baseOf(server.url, { 'x-forwarded-host': 'other.example', 'x-forwarded-prefix': '/x' }), 'https://files.example/share')
})
