/** Who tells the server what address a client used, and who is believed. */
// Runs on SQLite only.
import t from 'tap'
import { readTrustedPeers } from '../../src/domain/network/trusted-peers.ts'
import { clientAddress } from '../../src/domain/network/client-address.ts'
import { plainAddress } from '../../src/domain/network/plain-address.ts'
import { startServer } from '../support/server.ts'

const TICKET = '/rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.0'

async function baseOf (url: string, headers: Readonly<Record<string, string>>): Promise<string | undefined> {
  return / url="([^"]*)\/apiupload/.exec(await (await fetch(url + TICKET, { headers })).text())?.[1]
}

const WARNING = /"level":40[^\n]*X-Forwarded headers of 127\.0\.0\.1 are not trusted: if it is your reverse proxy, set --trust-proxy 127\.0\.0\.1/g

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
    [{ 'x-forwarded-port': '80' }, 'https://files.example'],
    [{ 'x-forwarded-port': '0' }, 'https://files.example'],
    [{ 'x-forwarded-port': '65536' }, 'https://files.example'],
    [{ 'x-forwarded-port': '8443, 80' }, 'https://files.example:8443'],
    [{ 'x-forwarded-proto': 'http', 'x-forwarded-port': '443' }, 'http://files.example'],
    [{ 'x-forwarded-host': 'files.example:80' }, 'https://files.example'],
    [{ 'x-forwarded-host': 'files.example:443' }, 'https://files.example'],
    [{ 'x-forwarded-proto': 'https,http' }, 'https://files.example'],
    [{ 'x-forwarded-proto': ' HTTPS , http' }, 'https://files.example'],
    [{ 'x-forwarded-proto': 'http,https' }, 'http://files.example'],
    [{ 'x-forwarded-host': 'files.example, inner:8080' }, 'https://files.example'],
    [{ 'x-forwarded-host': 'files.example:444,inner', 'x-forwarded-port': '80, 81', 'x-forwarded-proto': 'https, http, http' }, 'https://files.example:444'],
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

t.test('an address is one text, however a proxy writes it', async t => {
  for (const [written, address] of [
    ['1.2.3.4', '1.2.3.4'], ['1.2.3.4:555', '1.2.3.4'], [' 1.2.3.4 ', '1.2.3.4'], ['::ffff:1.2.3.4', '1.2.3.4'], ['::FFFF:102:304', '1.2.3.4'], ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
    ['[::ffff:1.2.3.4]:80', '1.2.3.4'], ['[::1]:80', '::1'], ['[::1]', '::1'], ['"[2001:DB8::1]:4711"', '2001:db8::1'], ['2001:0db8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'], ['[fe80::1%25eth0]:80', 'fe80::1'], ['::', '::']
  ] as const) t.equal(plainAddress(written), address, written)
  for (const text of ['', 'unknown', '_hidden', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4:', '1.2.3.4:x', '1.2.3.4:555555', '[1.2.3.4]:80', '[::1', '::1]', '[[::1]]', 'a.example', '1.2.3.4 5', '::g']) t.equal(plainAddress(text), undefined, text)
})

t.test('the client is the first address before our proxies, and who names none is himself', async t => {
  const isTrusted = readTrustedPeers('private')
  for (const [peer, header, address] of [
    ['203.0.113.9', '1.2.3.4', '203.0.113.9'], ['::ffff:203.0.113.9', '', '203.0.113.9'], ['127.0.0.1', '', '127.0.0.1'], ['::ffff:127.0.0.1', '1.2.3.4', '1.2.3.4'],
    ['127.0.0.1', '1.2.3.4:1', '1.2.3.4'], ['127.0.0.1', '9.9.9.9, 1.2.3.4', '1.2.3.4'], ['127.0.0.1', '9.9.9.9, 1.2.3.4, 10.0.0.2:81', '1.2.3.4'],
    ['127.0.0.1', '1.2.3.4, nonsense', '127.0.0.1'], ['127.0.0.1', 'nonsense', '127.0.0.1'], ['127.0.0.1', '1.2.3.4, nonsense, 10.0.0.2', '10.0.0.2'],
    ['127.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'], ['127.0.0.1', ',,', '127.0.0.1'], ['fe80::1%eth0', '1.2.3.4', '1.2.3.4'], ['unknown', '1.2.3.4', 'unknown']
  ] as const) t.equal(clientAddress(peer, header, isTrusted), address, `${peer} ${header}`)
})

t.test('one client has one address for limits and the security log, whatever port or form its proxy adds', async t => {
  const server = await startServer(t, { settings: { trustProxy: 'loopback', registration: 'invitation' } })
  const send = async (path: string, address: string, init: RequestInit = {}) => (await fetch(server.url + path, { ...init, headers: { 'x-forwarded-for': address } })).status
  const logIn = { method: 'POST', body: new URLSearchParams({ user_name: 'nobody', password: 'wrong' }) }
  const forms = ['203.0.113.7', '203.0.113.7:PORT', '::ffff:203.0.113.7', '[::ffff:203.0.113.7]:PORT', '::ffff:cb00:7107', '9.9.9.PORT, 203.0.113.7', 'spoof-PORT, 203.0.113.7:PORT']
  for (const kind of [forms, ['garbage-PORT', '1.2.3.4, PORT', 'PORT:80', '']]) {
    const status = async (i: number) => send('/register?invitation=guessed', (kind[i % kind.length] ?? '').replaceAll('PORT', String(i % 200)))
    let tries = 0
    while (await status(tries) !== 429 && tries < 100) tries++
    t.ok(tries > 0 && tries < 100, `${tries} tries`)
    for (const i of kind.keys()) t.equal(await status(i), 429, `${kind[i]}`)
    for (const i of kind.keys()) await send('/login', (kind[i] ?? '').replaceAll('PORT', '7'), logIn)
  }
  const rows = await server.app.ports.sql.all("select distinct address from events where kind = 'login-failed' order by address")
  t.strictSame(rows.map(row => row.address), ['127.0.0.1', '203.0.113.7'], 'what is no address is the proxy\'s own')
})
