/** What a plan says holds for every account on it, and for those without one. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { API_KEY, anonymousTicket, attribute, call, element, errorCode, logIn, openSession, register, upload, uploadFile, userTicket } from '../support/client.ts'
import { seededIds, START, temporaryFolder, testClock, type TestClock } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const KiB = 1024

interface PlannedServer {
  readonly url: string
  readonly clock: TestClock
  readonly storage: string
  close (): Promise<void>
}

/** A server with a settings file; `again` gives it the storage of another one. */
async function startWith (t: Test, yaml: string, again?: PlannedServer): Promise<PlannedServer> {
  const storage = again?.storage ?? await temporaryFolder(t)
  const file = join(storage, 'respace.yaml')
  await writeFile(file, yaml)
  const clock = testClock()
  const config = await loadConfig({ config: file, storage, port: '0', logLevel: 'silent', gracePeriod: '2 s' }, {})
  const app = await createApp(config, { clock, ids: seededIds(storage) })
  let closing: Promise<void> | undefined
  const close = () => (closing ??= app.close())
  t.teardown(close)
  const [url = ''] = await app.listen()
  return { url, clock, storage, close }
}

t.test('an account gets what its plan in the file says', async t => {
  const server = await startWith(t, `
default-plan: Lite
plans:
  Lite: { max-file-size: 10, disk: 15, bandwidth: 12, sessions: 2, contacts: 1, capabilities: "upload, download, files" }
`)
  const key = await openSession(server)
  const login = await logIn(server)
  t.strictSame(['membership_type', 'capable_upload', 'capable_download', 'capable_folders', 'capable_files', 'bandwidth_left', 'diskspace_left'].map(name => element(login, name)),
    ['Lite', '1', '1', '0', '1', '12', '15'])
  t.equal(errorCode(await logIn(server)), 30)
  t.equal(attribute(await call(server, 'upload.getInfo', { session_key: key }), 'max_file_size'), '10')
  const send = async (bytes: number) => (await upload(await userTicket(server, key), [{ name: 'a', bytes: Buffer.alloc(bytes) }])).body
  t.match(await send(11), /error=21 /)
  t.match(await send(10), /bandwidth_left=12\ndiskspace_left=5\n/)
  t.match(await send(6), /error=20 /)
  t.match(await send(5), /diskspace_left=0\n/)
  const codes = []
  for (const email of ['a@example.org', 'b@example.org']) codes.push(errorCode(await call(server, 'addressbook.add', { session_key: key, email })))
  t.strictSame(codes, [0, 32])
  t.equal(errorCode(await call(server, 'folders.create', { session_key: key, name: 'f' })), 11)
})

t.test('one size for all plans beats what each of them says', async t => {
  const server = await startWith(t, 'max-file-size: 20\nplans: { Pro: { max-file-size: 10 } }\n')
  t.equal(attribute(await call(server, 'upload.getInfo', { session_key: await openSession(server) }), 'max_file_size'), '20')
  t.equal(attribute(await call(server, 'anonymous.uploadGetInfo', { api_key: API_KEY, api_version: '1.0' }), 'max_file_size'), '20')
})

t.test('without the capability nobody uploads without an account', async t => {
  const server = await startWith(t, 'plans: { anonymous: { capabilities: none } }')
  t.equal(errorCode(await call(server, 'anonymous.uploadGetInfo', { api_key: API_KEY, api_version: '1.0' })), 11)
  const page = await upload({ url: `${server.url}/upload` }, [{ name: 'a', bytes: 'a' }])
  t.equal(page.status, 403)
  t.match(page.body, 'Please log in to upload.')
  t.ok(await uploadFile(server, await openSession(server), 'a', 'a'))
})

const took = async (clock: TestClock, work: () => Promise<unknown>): Promise<number> => {
  const began = clock.time
  await work()
  return (clock.time - began) / 1000
}

/** The seconds that bytes take at a speed, give or take a tenth for the first piece. */
function about (t: Test, seconds: number, expected: number, what: string): void {
  t.ok(Math.abs(seconds - expected) <= Math.max(0.1, expected / 20), `${what}: ${seconds} s, expected ${expected}`)
}

t.test('uploads keep to the lower of the plan\'s speed and their own', async t => {
  const server = await startWith(t, 'plans: { Pro: { upload-speed: 64 }, anonymous: { upload-speed: 32 } }')
  const key = await openSession(server)
  const bytes = Buffer.alloc(640 * KiB)
  const send = async (ticket: { url: string }) => { t.match((await upload(ticket, [{ name: 'a', bytes }])).body, /ok/) }
  for (const [speed, seconds] of [[0, 10], [64, 10], [100, 10], [16, 40]] as const) {
    const ticket = await userTicket(server, key, { speed_limit: speed })
    about(t, await took(server.clock, () => send(ticket)), seconds, `speed_limit=${speed}`)
  }
  const anonymous = await anonymousTicket(server)
  about(t, await took(server.clock, () => send(anonymous)), 20, 'anonymous')
})

t.test('downloads keep to the speed of the plan they count on', async t => {
  const server = await startWith(t, 'default-plan: Lite\nplans: { Lite: { download-speed: 64 }, anonymous: { download-speed: 320 } }')
  const key = await openSession(server)
  const bytes = Buffer.from(Array.from({ length: 640 * KiB }, (_, i) => i % 251))
  const id = await uploadFile(server, key, 'a', bytes)
  t.equal(server.clock.time, START, 'the upload is not slowed down')
  const fetchIt = async (url: string, headers = {}) => Buffer.from(await (await fetch(url, { headers })).arrayBuffer())
  const link = attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url')
  about(t, await took(server.clock, async () => { t.ok(bytes.equals(await fetchIt(link)), 'byte for byte') }), 10, 'by the owner\'s link')
  about(t, await took(server.clock, () => fetchIt(link, { range: 'bytes=0-65535' })), 1, 'a piece')
  const granted = attribute(await call(server, 'download.getInfo', { session_key: key, file_id: id }), 'url')
  about(t, await took(server.clock, () => fetchIt(granted)), 10, 'by download.getInfo')
  const { body } = await upload(await anonymousTicket(server), [{ name: 'a', bytes }])
  about(t, await took(server.clock, () => fetchIt(`${server.url}/pro/dl/${element(body, 'file_id')}`)), 2, 'an anonymous file')
  const downloads = async () => attribute(await call(server, 'files.getInfo', { session_key: await openSession(server), file_id: id }), 'downloads')
  await until('both count', async () => await downloads() === '2')
})

t.test('a change of the file changes accounts that are there already', async t => {
  const first = await startWith(t, 'plans: { Pro: { disk: 1000 } }')
  await register(first)
  t.equal(element(await logIn(first), 'diskspace_left'), '1000')
  await first.close()
  const next = await startWith(t, 'plans: { Pro: { disk: 2000 } }', first)
  t.equal(element(await logIn(next), 'diskspace_left'), '2000')
})
