/** The emulator over HTTPS: clients trust its authority by variables or by its certificate, and faults work through TLS. */
// Runs on SQLite only.
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:tls'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { run } from '../support/cli-process.ts'
import { runProgram } from '../support/client-program.ts'
import { startTestEmulator } from '../support/emulator.ts'
import { temporaryFolder } from '../support/server.ts'

const emulator = await startTestEmulator(t, { tls: true })
const { authority: ca } = emulator

/** Resolves with the status of a GET, or with the code of its error. */
function get (path: string, headers = {}): Promise<number | string> {
  return new Promise(resolve => {
    request(emulator.url + path, { ca, headers, agent: false }, response => {
      response.resume().once('end', () => { resolve(response.statusCode ?? 0) }).once('error', (error: NodeJS.ErrnoException) => { resolve(error.code ?? '') })
    }).once('error', (error: NodeJS.ErrnoException) => { resolve(error.code ?? '') }).end()
  })
}

t.test('it listens with a certificate of a private authority, only for local names', async t => {
  t.match(emulator, { url: /^https:\/\/127\.0\.0\.1:\d+$/, restUrl: /^https:/, controlUrl: /^https:/, authority: /^-----BEGIN CERTIFICATE-----/ })
  t.equal(await get('/healthz'), 200)
  t.equal(await get('/_emulator/v1/health'), 200)
  await t.rejects(fetch(emulator.url), { cause: { code: /SELF_SIGNED|UNABLE_TO/ } }, 'whoever does not know the authority trusts nothing')
  const other = await startTestEmulator(t, { tls: true })
  t.not(other.authority, ca, 'each has one of its own')
  const sandbox = await emulator.sandbox()
  t.match(sandbox.url, `${emulator.url}/_s/`)
  t.equal(await get(`/_s/${sandbox.id}/healthz`), 200)
  const plain = await startTestEmulator(t)
  t.match([plain.url, plain.authority, plain.environment], [/^http:/, undefined, {}])
})

t.test('a fault acts below TLS: a reset is a RST, a close a FIN', async t => {
  emulator.faults.add({ match: { method: 'auth.createToken' }, sequence: ['reset', 'close', 'pass'] })
  const path = '/rest/?method=auth.createToken&api_key=RESPACE001&api_version=1.0'
  for (const ending of ['ECONNRESET', 'end']) {
    const { hostname, port } = new URL(emulator.url)
    const socket = connect({ host: hostname, port: Number(port), ca })
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`)
    socket.resume()
    const ended = await Promise.race([once(socket, 'error').then(([error]) => (error as NodeJS.ErrnoException).code), once(socket, 'end').then(() => 'end')])
    t.equal(ended, ending)
    socket.destroy()
  }
  t.equal(await get(path), 200)
})

t.test('commands run by exec reach it at RESPACE_URL and trust it', { skip: skipWithout('python-requests') }, async t => {
  const temporary = await temporaryFolder(t)
  const clients = [
    'curl -sSf "$RESPACE_URL/healthz"',
    'python3 -c "import os, urllib.request; print(urllib.request.urlopen(os.environ[\'RESPACE_URL\'] + \'/healthz\').read().decode())"',
    'python3 -c "import os, requests; print(requests.get(os.environ[\'RESPACE_URL\'] + \'/healthz\').text)"',
    `"${process.execPath}" -e "fetch(process.env.RESPACE_URL + '/healthz').then(answer => answer.text()).then(console.log)"`
  ]
  const script = `set -e; echo "$RESPACE_URL"; ${clients.join('\n')}; ! grep -rl 'PRIVATE KEY' "$TMPDIR"`
  const { status, stdout, stderr } = await run(['exec', '--tls', '--', 'sh', '-c', script], { env: { TMPDIR: temporary } })
  t.match({ status, stderr }, { status: 0, stderr: '' })
  t.match(stdout, /^https:\/\/127\.0\.0\.1:\d+\n/)
  t.equal(stdout.match(/ok/g)?.length, clients.length, stdout)
  t.strictSame(readdirSync(temporary), [], 'nothing is left')
})

t.test('with the addresses of sendspace at once, both are trusted', async t => {
  const both = await startTestEmulator(t, { tls: true, asSendspace: true })
  const variables = Object.entries({ ...both.environment, NODE_OPTIONS: '' }).map(pair => pair.join('='))
  const ask = async (url: string) => runProgram('/usr/bin/env', [...variables, 'curl', '-sS', url], '/')
  t.match(await ask(`${both.url}/healthz`), 'ok')
  t.match(await ask('https://api.sendspace.com/healthz'), 'ok')
})
