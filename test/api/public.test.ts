// Runs on SQLite only.
import t from 'tap'
import { openSession, uploadFile } from '../support/client.ts'
import { startServer } from '../support/server.ts'

const TYPES: Readonly<Record<string, string>> = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml', png: 'image/png' }

t.test('style and scripts may be kept for ever under an address that changes with them', async t => {
  const server = await startServer(t)
  const response = await fetch(server.url)
  const home = await response.text()
  const addresses = [...home.matchAll(/(?:href|src)="(\/public\/[^"]+)"/g)].map(([, address = '']) => address)
  t.ok(addresses.some(address => address.endsWith('.css')) && addresses.some(address => address.endsWith('.js')))
  for (const address of addresses) {
    const file = await fetch(server.url + address)
    t.equal(file.status, 200, address)
    t.equal(file.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    t.equal(file.headers.get('x-content-type-options'), 'nosniff')
    t.match(file.headers.get('content-type'), TYPES[address.split('.').at(-1) ?? ''] ?? 'of no known type')
  }
  const [address = ''] = addresses
  const old = await fetch(server.url + address.replace(/\/public\/\w+/, '/public/0123456789ab'))
  t.strictSame([old.status, old.headers.get('cache-control')], [200, 'no-store'], 'a page from before an update')
  for (const wrong of ['/public/x/nothing.css', '/public/x/..%2Flayout.ts', '/public/x']) t.equal((await fetch(server.url + wrong)).status, 404, wrong)
})

t.test('style and scripts come packed to whoever can unpack them', async t => {
  const server = await startServer(t)
  const get = async (accepted: string, name = 'tus.js') => {
    const answer = await fetch(`${server.url}/public/x/${name}`, { headers: { 'accept-encoding': accepted } })
    return { encoding: answer.headers.get('content-encoding'), length: Number(answer.headers.get('content-length')), vary: answer.headers.get('vary'), text: await answer.text() }
  }
  const plain = await get('identity')
  t.strictSame([plain.encoding, plain.vary, plain.length], [null, 'accept-encoding', Buffer.byteLength(plain.text)])
  for (const accepted of ['gzip, deflate, br', 'GZIP;q=0.5']) {
    const packed = await get(accepted)
    t.strictSame([packed.encoding, packed.text === plain.text, packed.length < plain.length / 2], ['gzip', true, true], accepted)
  }
  for (const accepted of ['', 'br', 'gzip;q=0', 'gzip; q=0.0, br']) t.equal((await get(accepted)).encoding, null, accepted)
})

t.test('no page may run or load what is not in its own files', async t => {
  const server = await startServer(t)
  for (const path of ['/', '/file/zzzzzz']) {
    const response = await fetch(server.url + path)
    const policy = response.headers.get('content-security-policy') ?? ''
    t.notMatch(policy, /unsafe-inline|unsafe-eval|\*|data:/)
    t.match(policy, "default-src 'none'")
    t.match(policy, "script-src 'self'")
    t.match(policy, "frame-ancestors 'none'")
    t.strictSame([response.headers.get('x-content-type-options'), response.headers.get('referrer-policy')], ['nosniff', 'same-origin'])
    t.notMatch(await response.text(), /<style|<script>|\son\w+=|https?:\/\/(?!127\.0\.0\.1)/)
  }
})

t.test('robots are kept from files, by their rules and by each page and download', async t => {
  const server = await startServer(t)
  const rules = await (await fetch(`${server.url}/robots.txt`)).text()
  t.match(rules, /^User-agent: \*$[^]*^Disallow: \/$/m)
  const id = await uploadFile(server, await openSession(server), 'a.txt', 'a')
  const page = await (await fetch(`${server.url}/file/${id}`)).text()
  t.match(page, '<meta name="robots" content="noindex">')
  const link = /id="download_button" href="([^"]+)"/.exec(page)?.[1] ?? ''
  const file = await fetch(link)
  t.strictSame([file.headers.get('x-robots-tag'), await file.text()], ['noindex', 'a'])
})
