/** Requests that a client sends ahead of the answers on one connection. */
import t from 'tap'
import { allOf } from '../support/raw-http.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer } from '../support/server.ts'

const get = (path: string, connection = 'keep-alive'): string => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`

t.test('each has its answer, in their order', async t => {
  const { url } = await startServer(t)
  const socket = await openSocket(url)
  const answers = allOf(socket)
  const body = 'user_name=alice&password=x'
  const post = `POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  socket.write(`${get('/healthz').repeat(20)}${post}${get('/nothing')}${get('/healthz', 'close')}`)
  t.strictSame([...(await answers).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status), [...Array.from({ length: 20 }, () => '200'), '403', '404', '200'])
})

t.test('of a packet full of them few are begun, and others wait for none of them', async t => {
  const server = await startServer(t)
  let running = 0
  let most = 0
  server.app.ports.sql.get = (get => async (...words) => {
    most = Math.max(most, ++running)
    await new Promise(resolve => { setImmediate(resolve) })
    try {
      return await get(...words)
    } finally {
      running--
    }
  })(server.app.ports.sql.get)
  const socket = await openSocket(server.url)
  const closed = allOf(socket)
  socket.write(get('/file/aaaaaa').repeat(1500))
  t.equal(await (await fetch(`${server.url}/healthz`)).text(), 'ok\n')
  await closed
  t.ok(most < 5, `${most} ran at once`)
})

t.test('one that runs is not ended by what comes behind it, unless that is too much', async t => {
  const { url } = await startServer(t)
  for (const [ahead, isAnswered] of [[30, true], [200, false]] as const) {
    const socket = await openSocket(url)
    const answers = allOf(socket)
    socket.write(get('/').repeat(ahead) + get('/healthz', 'close'))
    t.equal((await answers).endsWith('ok\n'), isAnswered, `${ahead}`)
  }
})
