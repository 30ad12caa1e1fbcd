/** Uploads of all kinds and sizes, several at a time, until the server is gone; and what became of each. */
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { request } from 'node:http'
import { anonymousTicket, userTicket, type TicketFields } from './client.ts'

const KiB = 1024
const MiB = 1024 * KiB
const LARGEST = 40 * MiB
/** All files are cut from the same random bytes, at random places. */
const BYTES = randomBytes(LARGEST + MiB)
const BOUNDARY = 'mixed-uploads-boundary'
const PIECE = 256 * KiB

export interface SentFile {
  readonly name: string
  readonly bytes: Buffer
}

export interface SentUpload {
  readonly files: readonly SentFile[]
  readonly ticket: TicketFields
  /** 'lost': the answer never came. */
  outcome: 'lost' | 'failed' | 'acknowledged'
  ids: readonly string[]
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Half of them small, a few large. */
export function drawSize (): number {
  const kind = randomInt(20)
  return kind < 10 ? randomInt(1, 64 * KiB) : kind < 18 ? randomInt(64 * KiB, 2 * MiB) : randomInt(2 * MiB, LARGEST)
}

function drawFile (name: string): SentFile {
  const size = drawSize()
  const start = randomInt(BYTES.length - size)
  return { name, bytes: BYTES.subarray(start, start + size) }
}

export interface Load {
  readonly url: string
  readonly sessions: readonly string[]
  /** Begins the names of this load's files. */
  readonly prefix: string
  readonly lanes: number
  /** Is told of every piece that was sent and of every upload that was acknowledged. */
  readonly onSent: (bytes: number) => void
  readonly onAcknowledged: (upload: SentUpload) => Promise<void>
}

/** Sends uploads in several lanes until the server no longer answers; all of them. */
export async function sendUntilGone ({ url, sessions, prefix, lanes, onSent, onAcknowledged }: Load): Promise<SentUpload[]> {
  const uploads: SentUpload[] = []
  async function send (): Promise<boolean> {
    const session = sessions[randomInt(sessions.length + 1)]
    const ticket = await (session === undefined ? anonymousTicket({ url }, '1.2') : userTicket({ url }, session)).catch(() => undefined)
    if (ticket === undefined) return false
    const name = `${prefix}-${uploads.length}`
    const files = Array.from({ length: randomInt(3) === 0 ? randomInt(2, 5) : 1 }, (_, i) => drawFile(`${name}-${i}.bin`))
    const upload: SentUpload = { files, ticket, outcome: 'lost', ids: [] }
    uploads.push(upload)
    const answer = await post(ticket.url, files, randomInt(3) === 0, onSent).catch(() => undefined)
    if (answer === undefined) return false
    upload.ids = [...answer.matchAll(/(?:^file_id=|<file_id>)(\w{6})/mg)].map(([, id = '']) => id)
    upload.outcome = upload.ids.length > 0 ? 'acknowledged' : 'failed'
    if (upload.outcome === 'acknowledged') await onAcknowledged(upload).catch(() => undefined)
    return true
  }
  await Promise.all(Array.from({ length: lanes }, async () => {
    while (await send());
  }))
  return uploads
}

/** Sends a form piece by piece; rejects when the answer does not come whole. */
function post (url: string, files: readonly SentFile[], isChunked: boolean, onSent: (bytes: number) => void): Promise<string> {
  const pieces = files.flatMap(({ name, bytes }) => [
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="userfile"; filename="${name}"\r\n\r\n`),
    ...Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) => bytes.subarray(i * PIECE, (i + 1) * PIECE)),
    Buffer.from('\r\n')
  ])
  pieces.push(Buffer.from(`--${BOUNDARY}--\r\n`))
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return new Promise((resolve, reject) => {
    const sending = request(url, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, ...(!isChunked && { 'content-length': length }) }
    }, response => {
      let answer = ''
      response.on('data', chunk => { answer += String(chunk) })
      response.on('end', () => { if (response.complete) resolve(answer); else reject(new Error('cut')) })
      response.on('error', reject)
    })
    sending.on('error', reject)
    sending.on('close', () => { reject(new Error('closed')) })
    function sendNext (): void {
      const piece = pieces.shift()
      if (piece === undefined) sending.end()
      else sending.write(piece, error => { if (!error) onWritten(piece) })
    }
    function onWritten (piece: Buffer): void {
      onSent(piece.length)
      sendNext()
    }
    sendNext()
  })
}
