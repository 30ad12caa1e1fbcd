/** Access to the emulator's control plane. */
import { connect, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { startEmulator } from '../../src/start-emulator.ts'
import { call, element, logIn, uploadFile } from '../support/client.ts'
import { run, start } from '../support/cli-process.ts'
import '../support/checked-control.ts'
import { until } from '../support/wait-until.ts'

/** The status of a control call with hand-written headers: a library would set its own Host. */
async function statusOf (url: string, ...headers: string[]): Promise<number> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.end(`GET /_emulator/v1/health HTTP/1.1\r\n${[...headers, 'Connection: close'].join('\r\n')}\r\n\r\n`)
  return Number(/^HTTP\/1\.1 (\d+)/.exec(await text(socket))?.[1])
}

t.test('on a loopback address local programs have access, and web pages do not', async t => {
  const emulator = await startEmulator({ seed: 'none' })
  t.teardown(emulator.close)
  t.equal(emulator.controlToken, undefined)
  for (const host of ['127.0.0.1', '127.0.0.1:8080', 'localhost', 'LOCALHOST:1', '[::1]:8080', '127.1.2.3']) {
    t.equal(await statusOf(emulator.url, `Host: ${host}`), 200, host)
  }
  for (const host of ['evil.example', 'evil.example:8080', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', 'evil.example#127.0.0.1', '']) {
    t.equal(await statusOf(emulator.url, `Host: ${host}`), 403, `DNS rebinding from "${host}"`)
  }
  for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'https://[::1]:8443']) {
    t.equal(await statusOf(emulator.url, 'Host: localhost', `Origin: ${origin}`), 200, origin)
  }
  for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', 'nonsense', 'file://']) {
    t.equal(await statusOf(emulator.url, 'Host: localhost', `Origin: ${origin}`), 403, origin)
  }
  t.equal((await fetch(`${emulator.restUrl}`, { headers: { origin: 'https://evil.example' } })).status, 200, 'the API itself is for everybody')
})

t.test('on another address a token is required, given or generated', async t => {
  const emulator = await startEmulator({ seed: 'none', host: '0.0.0.0', controlToken: 'let-me-in' })
  t.teardown(emulator.close)
  t.equal(emulator.controlToken, 'let-me-in')
  t.equal(await statusOf(emulator.url, 'Host: localhost'), 401)
  t.equal(await statusOf(emulator.url, 'Host: localhost', 'Authorization: Bearer let-me-out'), 401)
  t.equal(await statusOf(emulator.url, 'Host: backend.test', 'Authorization: Bearer let-me-in'), 200)
  const other = await startEmulator({ seed: 'none', host: '0.0.0.0' })
  t.teardown(other.close)
  t.match(other.controlToken, /^[a-z0-9]{32}$/)
})

t.test('dev prints the generated token, and needs one as soon as it listens on a further address', async t => {
  for (const words of [['--host', '0.0.0.0'], ['--listen', 'http://0.0.0.0:0']]) {
    const running = start(['dev', '--port', '0', '--seed', 'none', ...words])
    t.teardown(() => { running.kill('SIGKILL') })
    await until('it says that it is ready', () => running.stdout().includes('curl'))
    const [, url = ''] = /^Respace emulator on (\S+),/.exec(running.stdout()) ?? []
    const [, token = ''] = /Authorization: Bearer (\w+)$/m.exec(running.stdout()) ?? []
    t.equal(await statusOf(url, 'Host: localhost'), 401)
    t.equal(await statusOf(url, 'Host: localhost', `Authorization: Bearer ${token}`), 200)
    running.kill('SIGTERM')
    t.equal((await running.ended).status, 0)
  }
})

t.test('exec and dev know the flags that they need, and serve knows none of them', async t => {
  t.match((await run(['dev', '--help'])).stdout, '--control-token <text>')
  const { stdout } = await run(['serve', '--help'])
  t.match(stdout, '--storage <')
  t.notMatch(stdout, /--control-token|--seed|--data </)
})

t.test('no connection leaves the machine: not for mails, links from clients, the start or the end', async t => {
  const targets: string[] = []
  const real = Socket.prototype.connect
  Socket.prototype.connect = function (this: Socket, ...words: Parameters<typeof real>) {
    targets.push(JSON.stringify(words))
    return real.apply(this, words)
  } as typeof real
  t.teardown(() => { Socket.prototype.connect = real })
  const emulator = await startEmulator()
  const key = element(await logIn(emulator, 'demo', 'demo'), 'session_key')
  await call(emulator, 'auth.register', { api_key: 'RESPACE001', user_name: 'carol', full_name: 'Carol', email: 'carol@mail.example' })
  const id = await uploadFile(emulator, key, 'a.txt', 'hello', { recipient_email: 'bob@mail.example' })
  await call(emulator, 'files.sendMail', { session_key: key, file_id: id, emails: 'eve@mail.example' })
  await call(emulator, 'files.getInfo', { session_key: key, file_id: 'http://www.sendspace.com/file/abc123' })
  t.equal((await emulator.outbox()).length, 3)
  await emulator.close()
  t.ok(targets.length > 0, 'the requests of this test are seen')
  t.strictSame(targets.filter(target => !target.includes(`"port":"${new URL(emulator.url).port}"`) && !target.includes(`"port":${new URL(emulator.url).port}`)), [])
})
