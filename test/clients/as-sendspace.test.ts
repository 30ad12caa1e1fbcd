/** Programs with the built-in address https://api.sendspace.com, as they are, run by `respace exec --as-sendspace`. */
// Runs on SQLite only.
import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { run } from '../support/cli-process.ts'
import { runProgram } from '../support/client-program.ts'
import { startTestEmulator } from '../support/emulator.ts'
import { exchange } from '../support/raw-http.ts'
import { temporaryFolder } from '../support/server.ts'

const CLIENTS = join(import.meta.dirname, 'as-sendspace')
const PRINTED = /^page=https:\/\/www\.sendspace\.com\/file\/\w{6}\ntitle=Download photo\.txt from .*\ndirect=200\nproxied=200\nother=403\n$/

const emulator = await startTestEmulator(t, { asSendspace: true })
const folder = await temporaryFolder(t)
const photo = join(folder, 'photo.txt')
await writeFile(photo, 'a photo')

/** How each language runs its client; its own words come first. */
const LANGUAGES = [
  { name: 'curl', skip: false, command: ['sh', 'client.sh', photo] },
  { name: 'Python with urllib', skip: false, command: ['python3', 'client.py', photo, 'urllib'] },
  { name: 'Python with requests', skip: skipWithout('python-requests'), command: ['python3', 'client.py', photo, 'requests'] },
  { name: 'Node with fetch', skip: false, command: [process.execPath, 'client.mjs', photo, 'fetch'] },
  { name: 'Node with node:https', skip: false, command: [process.execPath, 'client.mjs', photo, 'https'] },
  { name: 'PHP with cURL', skip: skipWithout('php'), command: ['php', 'client.php', photo] },
  { name: 'Go', skip: skipWithout('go'), command: [`GOCACHE=${folder}/go`, 'GO111MODULE=off', 'go', 'run', 'client.go', photo] },
  { name: 'Java with both clients of the JDK', skip: skipWithout('java'), command: ['java', 'Client.java', photo] }
]

for (const { name, skip, command } of LANGUAGES) {
  t.test(`${name} reaches the emulator by the address of sendspace, calls its control plane with and without the proxy, and nothing else`, { skip }, async t => {
    const variables = Object.entries({ ...emulator.environment, NODE_OPTIONS: emulator.environment.NODE_OPTIONS?.match(/--require \S+node-proxy.cjs$/)?.[0] ?? '', RESPACE_URL: emulator.url })
    t.match(await runProgram('/usr/bin/env', [...variables.map(pair => pair.join('=')), ...command], CLIENTS), PRINTED)
  })
}

t.test('the command keeps its exit code; no key is on the disk while it runs, and nothing afterwards', async t => {
  const temporary = await temporaryFolder(t)
  const script = `set -e; sh ${join(CLIENTS, 'client.sh')} ${photo}
    find "$TMPDIR" -type f -name 'ca.*' | wc -l; ! grep -rl 'PRIVATE KEY' "$TMPDIR"; exit 7`
  const { status, stdout, stderr } = await run(['exec', '--as-sendspace', '--', 'sh', '-c', script], { env: { TMPDIR: temporary } })
  t.match({ status, stderr }, { status: 7, stderr: '' })
  t.match(stdout.replace(/2\n$/, ''), PRINTED)
  t.match(stdout, /^2\n$/m, 'the certificate twice, for programs and for Java')
  t.strictSame(readdirSync(temporary), [])
})

t.test('a tunnel leads to the three hosts only, and to their ports for HTTP and HTTPS', async t => {
  const connect = (target: string): Promise<string> => exchange(emulator.url, `CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
  for (const target of ['api.sendspace.com:80', 'WWW.sendspace.com:80', 'sendspace.com:80']) t.match(await connect(target), /^HTTP\/1.1 200 Connection established\r\n\r\nHTTP\/1.1 200 OK\r\n/, target)
  for (const target of ['api.sendspace.com:8443', 'fs01u.sendspace.com:443', 'api.sendspace.com.example.org:443', 'example.org:443', '127.0.0.1:22', '[::1]:443', 'api.sendspace.com', '']) {
    const answer = await connect(target || ':')
    t.match(answer, /^HTTP\/1.1 403 Forbidden\r\n[^]*\r\n\r\nThis proxy answers for api\.sendspace\.com, www\.sendspace\.com, sendspace\.com on ports 80 and 443 only, not for .*\.\n$/, target)
  }
})

t.test('control calls come through the proxy by its own address and by those of sendspace, and by no other name', async t => {
  const { host, port } = new URL(emulator.url)
  const ask = (target: string, named: string, more = ''): Promise<string> => exchange(emulator.url, `GET ${target} HTTP/1.1\r\nhost: ${named}\r\n${more}connection: close\r\n\r\n`)
  const health = '/_emulator/v1/health'
  for (const name of [host, 'api.sendspace.com', 'www.sendspace.com', 'API.sendspace.com']) t.match(await ask(`http://${name}${health}`, name), /^HTTP\/1.1 200 [^]*"status": "ok"/, name)
  t.match(await ask(health, 'api.sendspace.com'), /^HTTP\/1.1 200 /, 'as in a tunnel')
  for (const name of ['example.org', 'api.sendspace.com.example.org', `api.sendspace.com:${port}`]) {
    t.match(await ask(`http://${name}${health}`, name), /^HTTP\/1.1 403 /, name)
    t.match(await ask(health, name), /^HTTP\/1.1 403 [^]*is not a loopback name/, `${name} as Host alone, as after DNS rebinding`)
  }
  t.match(await ask(health, host, 'origin: http://api.sendspace.com\r\n'), /^HTTP\/1.1 403 /, 'a page of that name may not')
})

t.test('without it there are no tunnels, and no variables', async t => {
  const plain = await startTestEmulator(t)
  t.strictSame(plain.environment, {})
  t.match(await exchange(plain.url, 'CONNECT api.sendspace.com:443 HTTP/1.1\r\nhost: api.sendspace.com\r\n\r\n'), /^HTTP\/1.1 403 /)
})
