/** What Prometheus is told, and who may ask. */
// Runs on SQLite only.
import t from 'tap'
import { API_KEY, call, openSession, uploadFile } from '../support/client.ts'
import { run, serveProgram } from '../support/cli-process.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'
import { logInOnPages } from '../support/page-session.ts'

const TOKEN = 'a-token-of-enough-length'

/** The value of a line, with its labels as they are written. */
function valueOf (text: string, line: string): number {
  const found = text.split('\n').find(each => each.startsWith(`${line} `))
  return found === undefined ? NaN : Number(found.slice(line.length + 1))
}

t.test('without a setting there are no metrics, with a token they are for whoever has it', async t => {
  const bare = await startServer(t)
  t.equal((await fetch(`${bare.url}/metrics`)).status, 404)
  const server = await startServer(t, { settings: { metricsToken: TOKEN } })
  for (const headers of [{}, { authorization: `Bearer ${TOKEN}x` }, { authorization: TOKEN }, { authorization: `Basic ${TOKEN}` }]) {
    const refused = await fetch(`${server.url}/metrics`, { headers })
    t.strictSame([refused.status, refused.headers.get('www-authenticate')], [401, 'Bearer'])
  }
  const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })
  t.equal(answer.status, 200)
  t.match(answer.headers.get('content-type'), 'text/plain; version=0.0.4')
  t.notMatch(server.log(), TOKEN)
  await t.rejects(startServer(t, { settings: { metricsToken: 'short' } }), { message: /RESPACE_METRICS_TOKEN|--metrics-token/ })
  await t.rejects(startServer(t, { settings: { metricsListen: 'https://127.0.0.1:0', tls: 'auto', listen: 'https://127.0.0.1:0' } }), { message: /--metrics-listen: expected http:\/\/ addresses/ })
})

t.test('calls, answers, bytes and what is stored are counted, by names of our own', async t => {
  const server = await startServer(t, { settings: { metricsToken: TOKEN } })
  const metrics = async () => (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).text()
  const key = await openSession(server)
  await uploadFile(server, key, 'secret name.bin', Buffer.alloc(100_000))
  await call(server, 'no.such<method>', { api_key: API_KEY })
  await call(server, 'auth.checkSession', {})
  await fetch(`${server.url}/no/such/page`)
  // An answer is counted once its last byte has left.
  let text = ''
  await until('all of it is counted', async () => {
    text = await metrics()
    const seen = ['respace_http_requests_total{route="none",verb="GET",status="404"}', 'respace_api_calls_total{method="unknown",code="2"}', 'respace_api_calls_total{method="auth.checkSession",code="3"}']
    return seen.every(line => valueOf(text, line) === 1)
  })
  t.equal(valueOf(text, 'respace_api_calls_total{method="auth.login",code="0"}'), 1)
  t.equal(valueOf(text, 'respace_api_calls_total{method="upload",code="0"}'), 1)
  t.equal(valueOf(text, 'respace_api_calls_total{method="unknown",code="2"}'), 1)
  t.equal(valueOf(text, 'respace_api_calls_total{method="auth.checkSession",code="3"}'), 1)
  t.equal(valueOf(text, 'respace_http_requests_total{route="/apiupload",verb="POST",status="200"}'), 1)
  t.equal(valueOf(text, 'respace_http_requests_total{route="none",verb="GET",status="404"}'), 1)
  t.ok(valueOf(text, 'respace_received_bytes_total') > 100_000)
  t.ok(valueOf(text, 'respace_sent_bytes_total') > 1000)
  t.equal(valueOf(text, 'respace_files'), 1)
  t.equal(valueOf(text, 'respace_stored_bytes'), 100_000)
  t.equal(valueOf(text, 'respace_accounts'), 1)
  t.equal(valueOf(text, 'respace_uploads_running'), 0)
  t.equal(valueOf(text, 'respace_http_request_seconds_count{route="/apiupload"}'), 1)
  t.ok(valueOf(text, 'process_resident_memory_bytes') > 1e7)
  for (const hidden of ['no.such', 'secret name', key, 'alice']) t.notMatch(text, hidden)
})

t.test('at an address of their own they need no token, and nothing else is there', async t => {
  const server = await startServer(t, { settings: { metricsListen: 'http://127.0.0.1:0' } })
  const urls = [...server.log().matchAll(/"url":"(http:[^"]+)","msg":"listening"/g)].map(([, url = '']) => url)
  const own = urls.find(url => url !== server.url) ?? ''
  t.match(await (await fetch(`${own}/metrics`)).text(), '# TYPE respace_api_calls_total counter')
  for (const path of ['/', '/rest/?method=auth.createToken', '/metrics/x', '/healthz']) t.equal((await fetch(own + path)).status, 404, path)
  t.equal((await fetch(`${own}/metrics`, { method: 'POST' })).status, 404)
  t.equal((await fetch(`${server.url}/metrics`)).status, 404)
  await server.close()
  await t.rejects(fetch(`${own}/metrics`), { message: 'fetch failed' }, 'it is closed with the server')
})

t.test('the command line prints the security log as lines of JSON, the oldest first', async t => {
  const server = await serveProgram(t)
  await openSession(server)
  await logInOnPages(server)
  const { status, stdout } = await run(['events', '--storage', server.storage])
  t.equal(status, 0)
  const events = stdout.trim().split('\n').map(line => JSON.parse(line) as { readonly kind: string })
  t.strictSame(events.map(({ kind }) => kind), ['registered', 'program-login', 'login'])
  t.match(events[0], { time: /^\d{4}-\d\d-\d\dT.*Z$/, who: 'alice', address: '127.0.0.1' })
})
