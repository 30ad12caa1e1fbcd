/** A mail server in the test process that keeps what it takes and misbehaves on request. */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { temporaryFolder, type Teardown } from './server.ts'

export interface TakenMail {
  readonly from: string
  readonly to: readonly string[]
  /** As it came over the wire. */
  readonly raw: string
  readonly isEncrypted: boolean
  readonly user: string | undefined
}

export interface MailServer {
  readonly port: number
  readonly taken: readonly TakenMail[]
  /** How many connections were ever opened, and the most at once. */
  readonly connections: { count: number, most: number }
  close (): Promise<void>
}

/** An SMTP answer that is an error: 450, 550 and so on. */
export const smtpError = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode })

export async function startMailServer (t: Teardown, options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
  const taken: TakenMail[] = []
  const connections = { count: 0, most: 0 }
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onConnect (_session, callback) {
      connections.count++
      connections.most = Math.max(connections.most, server.connections.size)
      callback()
    },
    onData (stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => { chunks.push(chunk) })
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        taken.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
          isEncrypted: session.secure,
          user: typeof session.user === 'string' ? session.user : undefined
        })
        callback()
      })
    },
    closeTimeout: 100,
    ...options
  })
  // A client that does not trust the certificate breaks off: that is no error of the test.
  server.on('error', () => undefined)
  await new Promise<void>(resolve => { server.listen(port, '127.0.0.1', resolve) })
  const address = server.server.address()
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= new Promise<void>(resolve => { server.close(resolve) })
    return closing
  }
  t.teardown(close)
  return { port: typeof address === 'object' && address ? address.port : 0, taken, connections, close }
}

/** An authority and a certificate it signed for localhost and 127.0.0.1. */
export async function makeCertificates (t: Teardown): Promise<{ authority: string, key: string, cert: string }> {
  const folder = await temporaryFolder(t)
  const openssl = (line: string) => promisify(execFile)('openssl', line.split(' '), { cwd: folder })
  await writeFile(join(folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
  await openssl(`req -x509 ${newKey} -keyout ca.key -out ca.pem -days 2 -subj /CN=Test-Authority`)
  await openssl(`req ${newKey} -keyout key.pem -out request.pem -subj /CN=localhost`)
  await openssl('x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2 -extfile names')
  return { authority: join(folder, 'ca.pem'), key: await readFile(join(folder, 'key.pem'), 'utf8'), cert: await readFile(join(folder, 'cert.pem'), 'utf8') }
}

/** Settings that send by a server of this process, without encryption. */
export const mailSettings = ({ port }: { port: number }): Record<string, string> =>
  ({ mailFrom: 'Our files <files@example.org>', smtpTimeout: '5 s', smtpUrl: `smtp://127.0.0.1:${port}?tls=none` })

/** The text of a part of a mail, decoded. Two dashes and a space begin no other part, but a signature. */
export function partOf ({ raw }: Pick<TakenMail, 'raw'>, type: 'text/plain' | 'text/html'): string {
  const at = raw.indexOf(`Content-Type: ${type}`)
  if (at < 0) throw new Error(`no ${type} in ${raw}`)
  const [head = '', ...rest] = raw.slice(at).split('\r\n\r\n')
  const body = rest.join('\r\n\r\n').split(/\r\n--(?!=20|\s)/)[0] ?? ''
  if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8')
  if (!/quoted-printable/i.test(head)) return body
  const bytes = body.replaceAll('=\r\n', '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** A header as it reads when unfolded and decoded. */
export function headerOf ({ raw }: Pick<TakenMail, 'raw'>, name: string): string {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  const value = new RegExp(`^${name}: (.*)$`, 'mi').exec(head)?.[1] ?? ''
  const joined = value.replace(/\?=\s+=\?/g, '?==?')
  const pieces = [...joined.matchAll(/=\?UTF-8\?([BQ])\?([^?]*)\?=|([^=]+|=)/gi)]
  return Buffer.concat(pieces.map(([, form = '', text = '', plain]) => {
    if (plain !== undefined) return Buffer.from(plain)
    if (form.toUpperCase() === 'B') return Buffer.from(text, 'base64')
    return Buffer.from(text.replaceAll('_', ' ').replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1')
  })).toString('utf8')
}
