/** Our own TLS: certificates that operators keep, and those of an authority that we make. */
// Runs on SQLite only.
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import t from 'tap'
import { encodePermitted, readPermitted } from '../../src/adapters/tls/name-constraints.ts'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { systemClock } from '../../src/adapters/system.ts'
import { errorCode, openSession } from '../support/client.ts'
import { runProgram } from '../support/client-program.ts'
import { startServer, temporaryFolder, testClock, START, type Teardown, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const DAY = 86_400_000
const LISTEN = 'https://127.0.0.1:0'

/** A certificate that signs itself, with its key, as an operator's tool leaves them. */
function makePair (folder: string, name: string): { cert: string, key: string } {
  const cert = join(folder, `${name}.crt`)
  const key = join(folder, `${name}.key`)
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
    '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { cert, key }
}

const secureUrl = ({ others }: TestServer): string => others[0] ?? ''

async function shakeHands (t: Teardown, url: string, ca?: string, servername = ''): Promise<TLSSocket> {
  const { port, hostname } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), servername, ...ca !== undefined && { ca }, rejectUnauthorized: ca !== undefined })
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

const nameOf = (socket: TLSSocket) => socket.getPeerCertificate().subject.CN

/** The body of an answer over TLS, by name where one is given. */
function fetchSecurely (url: string, ca: string, host?: string): Promise<string> {
  const agent = new Agent({ ca, ...host !== undefined && { servername: host } })
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: host === undefined ? {} : { host } }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => { text += chunk }).on('end', () => { resolve(text) })
    }).on('error', reject)
  })
}

t.test('a new certificate is used for new connections, and the old ones go on', async t => {
  const folder = await temporaryFolder(t)
  const first = makePair(folder, 'first')
  const second = makePair(folder, 'second')
  const server = await startServer(t, { settings: { listen: LISTEN, tlsCert: first.cert, tlsKey: first.key } })
  const old = await shakeHands(t, secureUrl(server))
  t.equal(nameOf(old), 'first')

  await copyFile(second.cert, first.cert)
  await server.app.renewCertificate()
  t.equal(nameOf(await shakeHands(t, secureUrl(server))), 'first', 'half of a change is not used')
  t.match(server.log(), /must be a certificate and its private key in PEM format[^\n]*the old one stays/)
  await copyFile(second.key, first.key)
  await server.app.renewCertificate()
  t.equal(nameOf(await shakeHands(t, secureUrl(server))), 'second')

  old.write('GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  t.match(String((await once(old, 'data'))[0]), /^HTTP\/1.1 200 /, 'the first connection is still there')
})

t.test('a broken new file keeps the old certificate and is told once', async t => {
  const folder = await temporaryFolder(t)
  const { cert, key } = makePair(folder, 'good')
  const server = await startServer(t, { settings: { listen: LISTEN, tlsCert: cert, tlsKey: key } })
  const told = () => server.log().split('the old one stays').length - 1
  await writeFile(cert, 'nonsense')
  await server.app.renewCertificate()
  await server.app.renewCertificate()
  t.equal(told(), 1)
  await rm(cert)
  await server.app.renewCertificate()
  await server.app.renewCertificate()
  t.equal(told(), 2)
  t.equal(nameOf(await shakeHands(t, secureUrl(server))), 'good')
  t.notMatch(server.log(), 'PRIVATE KEY')
})

t.test('the server does not start with a certificate that nobody could use', async t => {
  const folder = await temporaryFolder(t)
  const one = makePair(folder, 'one')
  const other = makePair(folder, 'other')
  for (const [tlsCert, tlsKey] of [[one.cert, other.key], [one.key, one.key], [join(folder, 'nothing'), one.key]] as const) {
    await t.rejects(startServer(t, { settings: { listen: LISTEN, tlsCert, tlsKey } }), { message: /must be (?:a certificate and its private key|readable files)/ })
  }
})

t.test('links follow the scheme and port of the address that was called', async t => {
  const folder = await temporaryFolder(t)
  const { cert, key } = makePair(folder, 'links')
  const server = await startServer(t, { settings: { listen: `${LISTEN},127.0.0.1:0`, tlsCert: cert, tlsKey: key } })
  const [secure = '', plain = ''] = server.others
  const ticket = '/rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.0'
  t.match(await fetchSecurely(secure + ticket, await readFile(cert, 'utf8')), ` url="${secure}/apiupload?`)
  for (const url of [server.url, plain]) t.match(await (await fetch(url + ticket)).text(), ` url="${url}/apiupload?`)
  t.match(secure, /^https:/)
})

t.test('a user who may not use HTTPS is refused over our own TLS and served without', async t => {
  const folder = await temporaryFolder(t)
  const { cert, key } = makePair(folder, 'forbidden')
  const server = await startServer(t, { settings: { listen: LISTEN, tlsCert: cert, tlsKey: key } })
  const session = await openSession(server)
  const db = openDatabase(join(server.storage, 'respace.sqlite'))
  db.exec('update users set is_https_forbidden = 1')
  db.close()
  const query = `/rest/?method=folders.getAll&session_key=${session}`
  t.equal(errorCode(await fetchSecurely(secureUrl(server) + query, await readFile(cert, 'utf8'))), 17)
  t.equal(errorCode(await (await fetch(server.url + query)).text()), 0)
})

t.test('an authority is made once, for the names of sendspace and our own; keys are for the owner alone', async t => {
  const settings = { tls: 'auto', listen: LISTEN, publicUrl: 'https://files.example:8443/share/' }
  const server = await startServer(t, { settings, overrides: { clock: systemClock } })
  const folder = join(server.storage, 'tls')
  const ca = await readFile(join(folder, 'ca.crt'), 'utf8')
  for (const name of ['api.sendspace.com', 'www.sendspace.com', 'sendspace.com', 'localhost', 'files.example']) {
    t.equal(await fetchSecurely(`${secureUrl(server)}/healthz`, ca, name), 'ok\n', name)
  }
  t.equal(await fetchSecurely(`${secureUrl(server)}/healthz`, ca), 'ok\n', 'by the address')
  await t.rejects(fetchSecurely(`${secureUrl(server)}/healthz`, ca, 'example.org'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  for (const name of ['ca.key', 'server.key']) t.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name)
  t.equal((await stat(folder)).mode & 0o777, 0o700)
  const leaf = await readFile(join(folder, 'server.crt'), 'utf8')

  await server.close()
  const again = await startServer(t, { settings, storage: server.storage, overrides: { clock: systemClock } })
  t.equal(await readFile(join(folder, 'ca.crt'), 'utf8'), ca)
  t.equal(await readFile(join(folder, 'server.crt'), 'utf8'), leaf, 'a good certificate is used again')
  await again.close()
  const renamed = await startServer(t, { settings: { ...settings, publicUrl: 'https://other.example' }, storage: server.storage, overrides: { clock: systemClock } })
  t.equal(await readFile(join(folder, 'ca.crt'), 'utf8'), ca, 'programs need not trust anew')
  t.equal(await fetchSecurely(`${secureUrl(renamed)}/healthz`, ca, 'api.sendspace.com'), 'ok\n', 'those that trust it go on')
  t.match(renamed.log(), /is not valid for other\.example, so the certificate does not have these names: remove that folder, restart/)
  await renamed.close()
  await rm(folder, { recursive: true })
  const anew = await startServer(t, { settings: { ...settings, publicUrl: 'https://other.example' }, storage: server.storage, overrides: { clock: systemClock } })
  t.equal(await fetchSecurely(`${secureUrl(anew)}/healthz`, await readFile(join(folder, 'ca.crt'), 'utf8'), 'other.example'), 'ok\n')
  t.notMatch(anew.log(), 'authority', 'nothing to advise')
})

/** A certificate for a name, signed with the key of an authority, as a thief of that key makes it. */
function forge (folder: string, authority: string, name: string, addresses = ''): { cert: string, key: string } {
  const [key, request, cert, extensions] = ['key', 'csr', 'crt', 'ext'].map(ending => join(folder, `forged.${ending}`)) as [string, string, string, string]
  execFileSync('openssl', ['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', key, '-out', request], { stdio: 'ignore' })
  writeFileSync(extensions, `subjectAltName=DNS:${name}${addresses}`)
  execFileSync('openssl', ['x509', '-req', '-in', request, '-CA', join(authority, 'ca.crt'), '-CAkey', join(authority, 'ca.key'), '-CAcreateserial', '-CAserial', join(folder, 'serial'),
    '-days', '30', '-extfile', extensions, '-out', cert], { stdio: 'ignore' })
  return { cert, key }
}

t.test('the authority lasts two years, and its key in wrong hands opens no other site', async t => {
  const settings = { tls: 'auto', listen: LISTEN, publicUrl: 'https://files.example/' }
  const server = await startServer(t, { settings, overrides: { clock: systemClock } })
  const tls = join(server.storage, 'tls')
  const ca = await readFile(join(tls, 'ca.crt'), 'utf8')
  const authority = new X509Certificate(ca)
  t.equal((Date.parse(authority.validTo) - Date.parse(authority.validFrom)) / DAY, 731, 'a day of it for clocks that are behind')
  const shown = execFileSync('openssl', ['x509', '-in', join(tls, 'ca.crt'), '-noout', '-text'], { encoding: 'utf8' })
  t.match(shown, /X509v3 Name Constraints: critical\s+Permitted:\s+DNS:api\.sendspace\.com\s[^]*DNS:files\.example\s/)
  t.match(shown, 'IP:127.0.0.1/255.255.255.255')
  const folder = await temporaryFolder(t)
  for (const [name, addresses, isRefused] of [['bank.example', '', true], ['evilsendspace.com', '', true], ['api.sendspace.com', ',IP:192.0.2.1', true], ['api.sendspace.com', '', false], ['deep.files.example', ',IP:::1', false]] as const) {
    const { cert, key } = forge(folder, tls, name, addresses)
    const thief = await startServer(t, { settings: { listen: LISTEN, tlsCert: cert, tlsKey: key }, overrides: { clock: systemClock } })
    const asked = fetchSecurely(`${secureUrl(thief)}/healthz`, ca, name)
    if (isRefused) await t.rejects(asked, { message: /permitted subtree violation/ }, name + addresses)
    else t.equal(await asked, 'ok\n', name + addresses)
    await thief.close()
  }
})

t.test('an authority without limits, of an earlier version, stays good, and the log advises a new one', async t => {
  const storage = await temporaryFolder(t)
  const tls = join(storage, 'tls')
  await mkdir(tls, { mode: 0o700 })
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '3650', '-subj', '/CN=Respace local authority 12345678', '-addext', 'basicConstraints=critical,CA:TRUE',
    '-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-keyout', join(tls, 'ca.key'), '-out', join(tls, 'ca.crt')], { stdio: 'ignore' })
  const ca = await readFile(join(tls, 'ca.crt'), 'utf8')
  const server = await startServer(t, { settings: { tls: 'auto', listen: LISTEN, publicUrl: 'https://files.example/' }, storage, overrides: { clock: systemClock } })
  t.equal(await readFile(join(tls, 'ca.crt'), 'utf8'), ca)
  for (const name of ['api.sendspace.com', 'files.example']) t.equal(await fetchSecurely(`${secureUrl(server)}/healthz`, ca, name), 'ok\n', name)
  await server.app.renewCertificate()
  t.equal(server.log().split('is valid for any name').length - 1, 1, 'once')
})

t.test('the authority is renewed with its key before it ends: who trusts the old certificate goes on, and the log says until when', async t => {
  const clock = testClock()
  const server = await startServer(t, { settings: { tls: 'auto', listen: LISTEN }, overrides: { clock } })
  const file = join(server.storage, 'tls/ca.crt')
  const old = await readFile(file, 'utf8')
  clock.time += 367 * DAY
  await server.app.renewCertificate()
  const [before, after] = [new X509Certificate(old), new X509Certificate(await readFile(file, 'utf8'))]
  t.equal(Date.parse(after.validTo) - Date.parse(before.validTo), 367 * DAY)
  t.ok(before.publicKey.equals(after.publicKey))
  t.equal(before.subject, after.subject)
  t.match(server.log(), `programs must have the new ${file} by ${new Date(START + 730 * DAY).toISOString().slice(0, 10)}`)
  const leaf = (await shakeHands(t, secureUrl(server))).getPeerX509Certificate()
  t.ok(leaf?.verify(before.publicKey) && leaf.checkIssued(before), 'also who has the old one')
  const constraints = (cert: string) => execFileSync('openssl', ['x509', '-noout', '-ext', 'nameConstraints'], { input: cert, encoding: 'utf8' })
  t.equal(constraints(await readFile(file, 'utf8')), constraints(old))
})

t.test('who keeps the key of the authority elsewhere is served until a certificate must be signed', async t => {
  const settings = { tls: 'auto', listen: LISTEN }
  const server = await startServer(t, { settings })
  await server.close()
  await rm(join(server.storage, 'tls/ca.key'))
  const again = await startServer(t, { settings, storage: server.storage })
  t.ok(await shakeHands(t, secureUrl(again)))
})

t.test('what an authority permits is read as it was written', t => {
  const names = ['api.sendspace.com', 'localhost', '127.0.0.1', '::1', '2001:db8::5:0', '::ffff:192.0.2.1', 'fe80::1', ...Array.from({ length: 40 }, (_, i) => `host-${i}.example`)]
  const value = encodePermitted(names)
  const permitted = readPermitted(Buffer.concat([Buffer.from('00', 'hex'), Buffer.from('0603551d1e0101ff', 'hex'), Buffer.from([0x04, 0x82, value.length >> 8, value.length & 255]), value]))
  for (const name of names) t.equal(permitted?.allows(name), true, name)
  for (const name of ['sendspace.com', 'evilapi.sendspace.com', '127.0.0.2', '::2', '2001:db8::5:1', 'host-1.example.org', '']) t.equal(permitted?.allows(name), false, name)
  t.equal(permitted?.allows('deep.host-1.example'), true)
  t.equal(readPermitted(Buffer.from('nothing')), undefined)
  t.end()
})

t.test('the certificate of the own authority is renewed thirty days before it ends, and not earlier', async t => {
  const clock = testClock()
  const server = await startServer(t, { settings: { tls: 'auto', listen: LISTEN }, overrides: { clock } })
  const used = async () => (await shakeHands(t, secureUrl(server))).getPeerX509Certificate()
  const first = await used()
  const ends = Date.parse(first?.validTo ?? '')
  t.equal(ends, START - START % 1000 + 397 * DAY)
  clock.time = ends - 30 * DAY - 1
  await server.app.renewCertificate()
  t.equal((await used())?.serialNumber, first?.serialNumber)
  clock.time = ends - 30 * DAY
  await server.app.renewCertificate()
  const second = await used()
  t.not(second?.serialNumber, first?.serialNumber)
  t.equal(Date.parse(second?.validTo ?? ''), ends - 30 * DAY + 397 * DAY)
  const authority = new X509Certificate(await readFile(join(server.storage, 'tls/ca.crt')))
  t.ok(second?.verify(authority.publicKey))
})

t.test('a lost key of the authority is told and never replaced behind the back of who trusts it', async t => {
  const settings = { tls: 'auto', listen: LISTEN }
  const server = await startServer(t, { settings })
  await server.close()
  for (const name of ['ca.key', 'server.key']) await rm(join(server.storage, 'tls', name))
  await t.rejects(startServer(t, { settings, storage: server.storage }), { message: /ca\.key is missing: put it back, or remove ca\.crt/ })
})

t.test('programs trust the authority in the ways that the start tells of', async t => {
  const server = await startServer(t, { settings: { tls: 'auto', listen: LISTEN }, overrides: { clock: systemClock } })
  const ca = join(server.storage, 'tls/ca.crt')
  const { port } = new URL(secureUrl(server))
  const url = `https://127.0.0.1:${port}/healthz`
  t.equal(await runProgram('curl', ['-sS', '--cacert', ca, '--connect-to', `api.sendspace.com:443:127.0.0.1:${port}`, 'https://api.sendspace.com/healthz']), 'ok\n', 'curl')
  t.equal(await runProgram('env', [`SSL_CERT_FILE=${ca}`, 'python3', '-c', `import urllib.request; print(urllib.request.urlopen('${url}').read().decode(), end='')`]), 'ok\n', 'Python')
  t.equal(await runProgram('env', [`NODE_EXTRA_CA_CERTS=${ca}`, process.execPath, '-e', `fetch('${url}').then(r => r.text()).then(x => process.stdout.write(x))`]), 'ok\n', 'Node')
  await t.rejects(runProgram('curl', ['-sS', url]), /certificate/, 'without it there is no trust')
  const folder = await temporaryFolder(t)
  const store = join(folder, 'cacerts')
  try {
    await runProgram('keytool', ['-importcert', '-keystore', store, '-storepass', 'changeit', '-noprompt', '-alias', 'respace', '-file', ca])
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return t.comment('no Java on this machine')
    throw error
  }
  const source = join(folder, 'Ask.java')
  await writeFile(source, `public class Ask { public static void main (String[] a) throws Exception { System.out.print(new String(new java.net.URL("${url}").openStream().readAllBytes())); } }`)
  t.equal(await runProgram('java', [`-Djavax.net.ssl.trustStore=${store}`, '-Djavax.net.ssl.trustStorePassword=changeit', source]), 'ok\n', 'Java')
})

t.test('a client that connects and stays silent does not hold up the end', async t => {
  const server = await startServer(t, { settings: { tls: 'auto', listen: LISTEN, gracePeriod: '1 hour' } })
  const silent = await shakeHands(t, secureUrl(server))
  const ended = once(silent, 'close')
  silent.on('error', () => undefined).resume()
  await server.close()
  await ended
  await until('nothing listens', () => fetch(server.url).then(() => false, () => true))
  t.equal(silent.destroyed, true, 'the server ended within its grace period')
})
