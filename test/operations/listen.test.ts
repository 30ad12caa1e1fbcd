/** Several addresses, as the command line takes them. */
// Runs on SQLite only.
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { readFile } from 'node:fs/promises'
import { run, serveProgram } from '../support/cli-process.ts'
import { allOf } from '../support/raw-http.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, temporaryFolder } from '../support/server.ts'

t.test('--listen may be given several times, and adds to --host and --port', async t => {
  const server = await serveProgram(t, ['--listen', '127.0.0.1:0', '--listen', 'http://localhost:0', '--listen', 'https://127.0.0.1:0', '--tls', 'auto'])
  const others = [...server.stdout().matchAll(/^ {2}Also {11}(\S+)\/$/gm)].map(([, url = '']) => url)
  t.equal(others.length, 3)
  for (const url of [server.url, ...others.slice(0, 2)]) t.equal(await (await fetch(`${url}/healthz`)).text(), 'ok\n', url)
  t.match(others, [/^http:\/\/127/, /^http:\/\/localhost:/, /^https:\/\/127/])

  const guide = server.stdout()
  t.match(guide, `must trust the authority of this server, ${join(server.storage, 'tls/ca.crt')}`)
  const docs = await readFile(join(import.meta.dirname, '../../docs/clients.md'), 'utf8')
  for (const way of ['update-ca-certificates', 'update-ca-trust', 'security add-trusted-cert', 'certutil', 'curl --cacert', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'keytool']) {
    t.match(guide, way)
    t.match(docs, way, 'the page of clients tells it, too')
  }
})

t.test('a variable holds several addresses with commas', async t => {
  const server = await serveProgram(t, [], { env: { RESPACE_LISTEN: '127.0.0.1:0, 127.0.0.1:0' } })
  t.equal(server.stdout().match(/^ {2}Also /gm)?.length, 2)
})

t.test('an address that is taken is told by its port, and nothing is left behind', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const address = taken.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const { status, stderr } = await run(['serve', '--port', '0', '--listen', `127.0.0.1:${port}`, '--storage', await temporaryFolder(t)])
  t.equal(status, 1)
  t.match(stderr, `respace: cannot listen on port ${port} of 127.0.0.1: another program uses it; stop that program, or choose another port with --port or --listen\n`)
})

t.test('localhost is both versions of the protocol where the machine has both', async t => {
  const server = await startServer(t, { settings: { host: 'localhost' } })
  const { port } = new URL(server.url)
  t.equal(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text(), 'ok\n')
})

t.test('who began to ask before the end is answered, and his connection closed', async t => {
  const server = await startServer(t)
  const socket = await openSocket(server.url)
  const answer = allOf(socket)
  socket.write('GET /healthz HTTP/1.1\r\n')
  // By the time that this is answered the half above has come.
  await fetch(`${server.url}/healthz`)
  const closed = server.close()
  socket.write('host: x\r\n\r\n')
  const text = await answer
  t.match(text, /^HTTP\/1\.1 200 /)
  t.match(text, /^connection: close\r$/im)
  await closed
})
