/**
 * Run as a process: `respace|put URL CONNECTIONS SECONDS`; prints the uploads of 10 KiB per second. It uses HTTP over
 * bare sockets: Node's own client needs more time for a request than nginx, and would hide the difference.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'

const [kind = '', address = '', connections, seconds] = process.argv.slice(2)
const { hostname, port, pathname } = new URL(address)
const FILE = randomBytes(10 * 1024)
const FORM = Buffer.concat([
  Buffer.from('--boundary\r\nContent-Disposition: form-data; name="userfile"; filename="small.bin"\r\n' +
    'Content-Type: application/octet-stream\r\n\r\n'),
  FILE,
  Buffer.from('\r\n--boundary--\r\n')
])
const deadline = Date.now() + Number(seconds) * 1000
let uploads = 0

type Ask = (head: string, body?: Buffer) => Promise<string>

await Promise.all(Array.from({ length: Number(connections) }, async () => {
  const ask = await openConnection()
  while (Date.now() < deadline) {
    await (kind === 'respace' ? uploadOnTicket(ask) : put(ask))
    uploads++
  }
}))
process.stdout.write(`${uploads / Number(seconds)}\n`)
process.exit(0)

async function uploadOnTicket (ask: Ask): Promise<void> {
  const ticket = await ask('GET /rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.0 HTTP/1.1')
  const path = /\surl="http:\/\/[^/]+([^"]+)"/.exec(ticket)?.[1]?.replaceAll('&amp;', '&')
  const answer = await ask(`POST ${path} HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=boundary`, FORM)
  if (!answer.includes('<status>ok</status>')) throw new Error(`an upload was answered: ${answer}`)
}

async function put (ask: Ask): Promise<void> {
  await ask(`PUT ${pathname}${uploads}-${Math.random()} HTTP/1.1`, FILE)
}

/** One request after the other; each answer has a Content-Length or no body. */
async function openConnection (): Promise<Ask> {
  const socket = connect(Number(port), hostname).setNoDelay()
  await once(socket, 'connect')
  let received = ''
  let settle: (answer: string) => void = () => undefined
  socket.on('data', (bytes: Buffer) => {
    received += bytes.toString('latin1')
    const end = received.indexOf('\r\n\r\n')
    if (end === -1) return
    if (!/^HTTP\/1\.1 20\d /.test(received)) throw new Error(`a request was answered: ${received}`)
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1] ?? 0)
    if (received.length < end + 4 + length) return
    const answer = received
    received = ''
    settle(answer)
  })
  socket.on('close', () => { if (Date.now() < deadline) throw new Error('the server closed a connection') })
  return (head, body) => new Promise(resolve => {
    settle = resolve
    socket.write(`${head}\r\nHost: ${hostname}:${port}\r\n${body ? `Content-Length: ${body.length}\r\n` : ''}\r\n`, 'latin1')
    if (body) socket.write(body)
  })
}
