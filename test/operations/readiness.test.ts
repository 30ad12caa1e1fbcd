/** What probes, logs and metrics tell of a server: the truth, soon, and whatever is away. */
// Runs on SQLite only.
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { attribute, call, errorCode, openSession, uploadFile } from '../support/client.ts'
import { run, serveProgram } from '../support/cli-process.ts'
import { startServer } from '../support/server.ts'
import { KEYS, startFakeS3 } from '../support/fake-s3.ts'
import { until } from '../support/wait-until.ts'

async function readiness (url: string): Promise<[number, string]> {
  const began = performance.now()
  const answer = await fetch(`${url}/readyz`)
  const text = await answer.text()
  if (performance.now() - began > 10_000) throw new Error(`/readyz took ${performance.now() - began} ms`)
  return [answer.status, text]
}

const becomes = (url: string, expected: [number, string]) =>
  until(`it is ${expected[0]}`, async () => JSON.stringify(await readiness(url)) === JSON.stringify(expected))

t.test('a folder into which no bytes can come is not ready, and is again once they can', async t => {
  const server = await startServer(t)
  const [incoming, aside] = [join(server.storage, 'incoming'), join(server.storage, 'aside')]
  t.strictSame(await readiness(server.url), [200, 'ok\n'])
  await rename(incoming, aside)
  await becomes(server.url, [503, 'disk: full or read-only\n'])
  await writeFile(incoming, 'not a folder')
  await becomes(server.url, [503, 'disk: full or read-only\n'])
  t.equal((await fetch(`${server.url}/healthz`)).status, 200, 'the process lives')
  await rename(incoming, join(server.storage, 'no-folder'))
  await rename(aside, incoming)
  await becomes(server.url, [200, 'ok\n'])
})

t.test('a bucket that refuses, breaks off or never answers is named within a second', async t => {
  const standIn = await startFakeS3(t)
  const server = await startServer(t, {
    settings: { blobs: `s3://bucket/files?endpoint=${standIn.url}`, metricsToken: 'a-token-of-enough-length' },
    variables: { RESPACE_S3_ACCESS_KEY: KEYS.accessKey, RESPACE_S3_SECRET_KEY: KEYS.secretKey }
  })
  await becomes(server.url, [200, 'ok\n'])
  for (const fault of [async () => 'forbidden' as const, async () => 'reset' as const, () => sleep(60_000, undefined, { ref: false })]) {
    standIn.fault = fault
    await becomes(server.url, [503, 'blobs: no answer\n'])
    const asked = standIn.requests.length
    await Promise.all(Array.from({ length: 50 }, () => readiness(server.url)))
    t.ok(standIn.requests.length - asked <= 8, 'those who ask together share one look')
    const metrics = await (await fetch(`${server.url}/metrics`, { headers: { authorization: 'Bearer a-token-of-enough-length' } })).text()
    t.match(metrics, 'respace_up{part="blobs"} 0')
    t.match(metrics, 'respace_up{part="database"} 1')
    standIn.fault = () => undefined
    await becomes(server.url, [200, 'ok\n'])
  }
})

t.test('a server that is told to end says so first, and serves as before until nobody is sent to it any more', async t => {
  const server = await serveProgram(t, ['--drain-delay', '4s'])
  const key = await openSession(server)
  t.strictSame(await readiness(server.url), [200, 'ok\n'])
  const began = performance.now()
  server.kill('SIGTERM')
  await becomes(server.url, [503, 'server: ending\n'])
  for (let i = 0; i <= 20; i++) {
    // Each on a connection of its own, as a balancer makes one that has not looked yet.
    const answer = await fetch(`${server.url}/rest/?method=folders.getAll&session_key=${key}`, { headers: { connection: 'close' } })
    t.equal(errorCode(await answer.text()), 0)
    await sleep(20)
  }
  const id = await uploadFile(server, key, 'late.txt', 'x')
  t.equal(attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'name'), 'late.txt')
  t.equal((await server.ended).status, 0)
  t.ok(performance.now() - began >= 4000)
  t.match(server.stdout(), /"msg":"shutting down/)
})

t.test('a request can be found in the log by what its answer says, and the log tells who asked and how much it was', async t => {
  const server = await startServer(t, { settings: { trustProxy: '127.0.0.0/8' } })
  const key = await openSession(server)
  const lineOf = async (id: string) => {
    let line: Record<string, unknown> | undefined
    await until('it is logged', () => {
      line = server.log().trim().split('\n').map(text => JSON.parse(text) as Record<string, unknown>).find(each => each.msg === 'answered' && each.reqId === id)
      return line !== undefined
    })
    return line
  }
  const form = new FormData()
  form.set('method', 'folders.getAll')
  form.set('session_key', key)
  form.set('note', 'x'.repeat(20_000))
  const answer = await fetch(`${server.url}/rest/`, { method: 'POST', body: form, headers: { 'x-forwarded-for': '203.0.113.9' } })
  const text = await answer.text()
  const id = answer.headers.get('x-request-id') ?? ''
  t.match(id, /^[0-9a-f]{10}-[0-9a-z]+$/)
  const line = await lineOf(id)
  t.match(line, { address: '203.0.113.9', userId: 1, method: 'folders.getAll', code: 0 })
  t.ok(Number(line?.bytesIn) > 20_000 && Number(line?.bytesOut) > text.length, `${String(line?.bytesIn)} in, ${String(line?.bytesOut)} out`)

  const given = await fetch(`${server.url}/`, { headers: { 'x-request-id': '4bf92f3577b34da6a3ce929d0e0e4736' } })
  t.equal(given.headers.get('x-request-id'), '4bf92f3577b34da6a3ce929d0e0e4736', 'the proxy has its own')
  await lineOf('4bf92f3577b34da6a3ce929d0e0e4736')
  for (const bad of ['short', 'x'.repeat(65), 'a b c d e f g h', '"},{"level":60']) {
    t.match((await fetch(`${server.url}/`, { headers: { 'x-request-id': bad } })).headers.get('x-request-id'), /^[0-9a-f]{10}-/, bad)
  }
  const stranger = await startServer(t)
  t.match((await fetch(`${stranger.url}/`, { headers: { 'x-request-id': '4bf92f3577b34da6a3ce929d0e0e4736' } })).headers.get('x-request-id'), /^[0-9a-f]{10}-/)
})

t.test('metrics tell of the disk, the sweep, the last backup, mails and the build', async t => {
  const token = 'a-token-of-enough-length'
  const server = await serveProgram(t, [], { env: { RESPACE_METRICS_TOKEN: token } })
  const metrics = async () => (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text()
  const before = await metrics()
  const valueOf = (text: string, name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN)
  t.ok(valueOf(before, 'respace_disk_bytes') > valueOf(before, 'respace_disk_left_bytes'))
  t.ok(valueOf(before, 'respace_disk_left_bytes') > 0)
  t.ok(Math.abs(valueOf(before, 'respace_sweep_timestamp_seconds') - Date.now() / 1000) < 120)
  t.equal(valueOf(before, 'respace_mails_given_up'), 0)
  t.match(before, /^respace_build_info\{version="\d+\.\d+\.\d+",commit="[0-9a-f]*",node="v\d+\.[\d.]+"\} 1$/m)
  for (const part of ['database', 'disk', 'blobs']) t.match(before, `respace_up{part="${part}"} 1\n`)
  for (const part of ['database', 'blobs']) t.match(before, `respace_errors_total{part="${part}"} 0\n`)
  t.notMatch(before, /^respace_backup_timestamp_seconds /m, 'what never was has no time')
  t.match(await run(['backup', join(server.storage, '../saved'), '--storage', server.storage]), { status: 0 })
  t.ok(Math.abs(valueOf(await metrics(), 'respace_backup_timestamp_seconds') - Date.now() / 1000) < 60)
})
