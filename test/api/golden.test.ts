/** The bytes of every answer against `golden/`, which is written by hand from the protocol: where they differ, the code is wrong. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { SqlRow } from '../../src/ports.ts'
import { requireValid } from '../support/answer-schema.ts'
import { anonymousTicket, API_KEY, call, openSession, register, upload, userTicket, type SentFile } from '../support/client.ts'
import { accountCases, fileCases, folderCases, makeWorld, type Case } from '../support/golden-cases.ts'
import { fillIn, GOLDEN, goldenOf } from '../support/golden.ts'
import { filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { request } from '../support/raw-http.ts'
import { startServer, temporaryFolder, type Teardown, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

type Test = Pick<typeof t, 'equal' | 'fail' | 'strictSame'>

const VERSIONS = ['1.0', '1.1', '1.2']
/** What links say, whatever the port. */
const PUBLIC = 'http://respace.example'
const SETTINGS = { publicUrl: PUBLIC, trustProxy: 'loopback' }

const compared = new Set<string>()

function compare (t: Test, name: string, version: string, answer: string): void {
  const golden = goldenOf(name, version)
  if (golden === undefined) {
    t.fail(`there is no golden answer ${name} in ${version}`)
    return
  }
  compared.add(golden.name)
  t.equal(answer, fillIn(golden, answer), `${golden.name} in ${version}`)
}

async function play (t: Test, server: TestServer, version: string, { golden, params, method, state, isHttps = false, since = '1.0', wrong }: Case): Promise<void> {
  if (version < since) return
  const restore = await rememberState(server)
  if (state !== undefined) await server.app.ports.sql.script(state)
  const query = new URLSearchParams({ method: method ?? golden.split('.').slice(0, 2).join('.') })
  for (const [name, value] of Object.entries(params)) query.set(name, String(value))
  for (const sent of Array.from({ length: wrong === undefined ? 0 : 10 }, () => ({ ...params, ...wrong }))) await call(server, query.get('method') ?? '', sent)
  const response = await fetch(`${server.url}/rest/?${query}`, { headers: isHttps ? { 'x-forwarded-proto': 'https' } : {} })
  t.strictSame([response.status, response.headers.get('content-type'), response.headers.get('cache-control')], [200, 'text/xml; charset=utf-8', 'no-store'])
  const answer = await response.text()
  compare(t, golden, version, answer)
  await requireValid(answer, server.url)
  await restore()
}

const TABLES = ['sessions', 'traffic', 'contacts', 'folders', 'files', 'folder_totals', 'file_totals', 'mail_counts', 'pauses', 'login_attempts', 'rate_counts']

/** Every case finds the same state: what is stored now comes back. */
async function rememberState ({ app: { ports: { sql } } }: TestServer): Promise<() => Promise<void>> {
  const before = new Map<string, readonly SqlRow[]>()
  const users = await sql.all('select * from users')
  for (const table of TABLES) before.set(table, await sql.all(`select * from ${table}`))
  return async () => {
    const clear = TABLES.map(table => ({ sql: `delete from ${table}` }))
    const fill = [...before].reverse().flatMap(([table, rows]) => rows.map(row =>
      ({ sql: `insert into ${table} (${Object.keys(row).join(', ')}) values (${Object.keys(row).map(name => `$${name}`).join(', ')})`, params: row })))
    // Tickets and tokens would go with their users.
    const reset = users.map(row => ({ sql: `update users set ${Object.keys(row).map(name => `${name} = $${name}`).join(', ')} where id = $id`, params: row }))
    await sql.batch([...clear, ...fill, ...reset])
  }
}

async function settingsFile (t: Teardown, yaml: string): Promise<string> {
  const file = join(await temporaryFolder(t), 'respace.yaml')
  await writeFile(file, yaml)
  return file
}

for (const version of VERSIONS) {
  t.test(`calls of version ${version}`, async t => {
    const server = await startServer(t, { settings: SETTINGS })
    await register(server)
    for (const asked of await accountCases(server, version)) await play(t, server, version, asked)
    const world = await startServer(t, { settings: SETTINGS })
    const key = await makeWorld(world, version)
    for (const asked of [...fileCases(key, version, world.clock.now()), ...folderCases(key, world.clock.now())]) await play(t, world, version, asked)
    const closed = await startServer(t, { settings: { ...SETTINGS, registration: 'closed' } })
    const carol = { api_key: API_KEY, user_name: 'carol', full_name: 'Carol', email: 'carol@example.org', password: 'secret' }
    await play(t, closed, version, { golden: 'auth.register.11', params: carol })
    const apiKey = { api_key: API_KEY, api_version: version }
    const strict = await startServer(t, { settings: { ...SETTINGS, minAppVersion: '2.0' } })
    await play(t, strict, version, { golden: 'auth.createToken.25', params: { ...apiKey, app_version: '1.9' } })
    const members = await startServer(t, { settings: { ...SETTINGS, config: await settingsFile(t, 'plans: { anonymous: { capabilities: none } }') } })
    await play(t, members, version, { golden: 'anonymous.uploadGetInfo.11', params: apiKey })
  })

  t.test(`uploads of version ${version}`, async t => {
    const server = await startServer(t, { settings: SETTINGS })
    const { sql } = server.app.ports
    const key = await openSession(server, 'alice', version)
    const here = (address: string) => address.replace(PUBLIC, server.url)
    const ticketUrl = async (ticket: Promise<{ readonly url: string }>) => here((await ticket).url)
    const send = async (golden: string, type: string, url: string, files: readonly SentFile[] = [{ name: 'R&D <1> "x".txt', bytes: 'hello' }], fields = {}) => {
      const restore = await rememberState(server)
      const answer = await upload({ url }, files, fields)
      t.strictSame([answer.status, answer.type], [200, `${type}; charset=utf-8`])
      compare(t, golden, version, answer.body)
      await restore()
    }
    const progress = async (golden: string, url: string) => {
      const answer = await (await fetch(here(url))).text()
      compare(t, golden, version, await requireValid(answer, server.url))
    }
    const several = [{ name: 'a.txt', bytes: 'a' }, { name: 'b.txt', bytes: 'bbbbb' }]
    const ticket = await userTicket(server, key)
    const url = here(ticket.url)
    await progress('progress', ticket.progressUrl)
    await send('upload', 'text/plain', url)
    await progress('progress.done', ticket.progressUrl)
    await progress('progress.unknown', `${PUBLIC}/progressapiupload.html?UPLOAD_IDENTIFIER=nope`)
    await send('upload.several', 'text/plain', url, several)
    await send('upload.4', 'text/plain', url, [], { description: 'nothing' })
    await progress('progress.fail', ticket.progressUrl)
    await send('upload.10', 'text/plain', url, several, { folder_id: 'zzzzzz' })
    await send('upload.16', 'text/xml', `${server.url}/apiupload?UPLOAD_IDENTIFIER=nope`)
    await send('upload.16.proof', 'text/xml', url, several, { extra_info: 'wrong' })

    const small = await userTicket(server, key)
    await sql.run('update tickets set max_file_size = 4 where id = $id', { id: small.id })
    await send('upload.21', 'text/plain', here(small.url))
    await sql.run('update users set disk_quota = 3')
    await send('upload.20', 'text/plain', url)
    await sql.run('update users set disk_quota = null')

    const [head, body = Buffer.alloc(0)] = request(url, { 'content-type': 'multipart/form-data; boundary=B' }, formBody('B', [filePart('a.txt', 'a')]))
    const socket = await openSocket(server.url)
    socket.write(head ?? '')
    socket.write(body.subarray(0, 20))
    await until('the ticket is in use', async () => (await sql.get('select 1 from tickets where upload_id is not null')) !== undefined)
    await send('upload.13', 'text/plain', url)
    socket.destroy()
    await until('the ticket is free', async () => (await sql.get('select 1 from tickets where upload_id is not null')) === undefined)

    const anonymousUrl = await ticketUrl(anonymousTicket(server, version))
    await send('upload.anonymous', 'text/xml', anonymousUrl)
    await send('upload.anonymous.several', 'text/xml', anonymousUrl, several)
    await send('upload.anonymous.4', 'text/xml', anonymousUrl, [], { description: 'nothing' })
  })
}

t.test('every golden answer is compared with one of the server', async t => {
  t.strictSame(GOLDEN.map(({ name }) => name).filter(name => !compared.has(name)), [])
})
