/** Uploads without a ticket: from the pages, with an upload key, to a file request, in pieces. The emulator sees them all. */
import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { readConfig, EMULATOR_DEFAULTS } from '../../src/config.ts'
import { createEmulator } from '../../src/emulator-app.ts'
import { hashKey } from '../../src/domain/accounts/credentials.ts'
import { addInvitation, offerSetUp } from '../../src/store/accounts/registration.ts'
import type { RunningServer, FaultRule } from '../../src/start-emulator.ts'
import { startTestEmulator } from '../support/emulator.ts'
import { exchange, request } from '../support/raw-http.ts'
import { fieldPart, filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { until } from '../support/wait-until.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const TUS = { 'tus-resumable': '1.0.0' }

/** A request with a file. */
interface UploadRequest {
  readonly url: string
  readonly verb: string
  readonly headers: Readonly<Record<string, string>>
  /** Builds its body. */
  body (content: string, fields?: Readonly<Record<string, string>>): Buffer
}

/** Logged in on the pages as `demo`. */
async function browse ({ url }: RunningServer) {
  const answer = await fetch(`${url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'demo', password: 'demo' }), redirect: 'manual' })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  const look = async (path: string) => (await fetch(url + path, { headers: { cookie } })).text()
  const [, formToken = ''] = /name="form_token" value="(\w+)"/.exec(await look('/account')) ?? []
  const send = (path: string, form: Readonly<Record<string, string>>) =>
    fetch(url + path, { method: 'POST', headers: { cookie }, body: new URLSearchParams({ form_token: formToken, ...form }), redirect: 'manual' })
  return { cookie, look, send }
}

/** `at` is the base of the request: the path of a sandbox, or the shared address. */
async function prepare (server: RunningServer, at = server.url) {
  const { cookie, look, send } = await browse(server)
  const uploader = await (await send('/account/uploader', { kind: 'sharex' })).text()
  const [, key = ''] = /Bearer (\w{32})/.exec(uploader) ?? []
  await send('/my/requests', { act: 'add', title: 'Photos' })
  const [, requestId = ''] = /\/request\/(\w{32})/.exec(await look('/my/requests')) ?? []
  const form = (name: string) => ({
    verb: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body: (content: string, fields: Readonly<Record<string, string>> = {}) =>
      formBody('b', [...Object.entries(fields).map(([name, value]) => fieldPart(name, value)), filePart(name, content)])
  })
  const pieceOf = async (length: number, metadata = ''): Promise<UploadRequest> => {
    const headers = { ...TUS, cookie, 'upload-length': String(length), 'upload-metadata': `filename ${base64('piece.iso')}${metadata}` }
    const begun = await fetch(`${server.url}/tus/`, { method: 'POST', headers })
    const id = (begun.headers.get('location') ?? '').slice(-24)
    return {
      url: `${at}/tus/${id}`,
      verb: 'PATCH',
      headers: { ...TUS, 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' },
      body: content => Buffer.from(content)
    }
  }
  const page = form('page.iso')
  const ways: Readonly<Record<string, (length: number, metadata?: string) => Promise<UploadRequest>>> = {
    page: async () => ({ ...page, url: `${at}/upload`, headers: { ...page.headers, cookie } }),
    key: async () => {
      const one = form('key.iso')
      return { ...one, url: `${at}/upload/key`, headers: { ...one.headers, authorization: `Bearer ${key}` } }
    },
    request: async () => ({ ...form('request.iso'), url: `${at}/request/${requestId}` }),
    piece: pieceOf
  }
  return { ways, key, requestId, look }
}

const send = ({ url, verb, headers, body }: UploadRequest, content: string, fields: Readonly<Record<string, string>> = {}) =>
  fetch(url, { method: verb, headers, body: body(content, fields), redirect: 'manual' })

const WAYS = ['page', 'key', 'request', 'piece'] as const
const namesOf = async (look: (path: string) => Promise<string>): Promise<string> => look('/my')

async function withFault (t: Test, server: RunningServer, rule: FaultRule, work: () => Promise<void>): Promise<void> {
  const { id } = server.faults.add(rule)
  await work()
  t.match(server.faults.list().find(fault => fault.id === id), { hits: 1 }, JSON.stringify(rule))
  server.faults.clear()
}

t.test('each is recorded like any upload, with the user, the name, the size and the hash', async t => {
  const emulator = await startTestEmulator(t)
  const { ways } = await prepare(emulator)
  for (const way of WAYS) {
    const uploadRequest = await ways[way]?.(5)
    if (uploadRequest === undefined) throw new Error(way)
    const answer = await send(uploadRequest, 'hello')
    t.ok([200, 204, 303].includes(answer.status), `${way}: ${answer.status} ${await answer.text()}`)
    await until('it has ended', () => emulator.journal.find({ phase: 'upload' }).at(-1)?.state === 'answered')
    t.match(emulator.journal.find({ phase: 'upload' }).at(-1), {
      phase: 'upload',
      user: 'demo',
      code: 0,
      fileNames: { length: 1, 0: `${way}.iso` },
      lint: { length: 0 },
      request: { files: { length: 1, 0: { name: `${way}.iso`, size: 5, sha256: sha256('hello') } } }
    }, way)
  }
  t.equal(emulator.journal.count({ phase: 'upload' }), 4, 'nothing else is an upload')
  t.equal(emulator.journal.count({ phase: 'upload', fileName: 'PIECE.*', user: 'demo' }), 1)
})

t.test('each upload breaks at a byte, matched by its user and file name, and is not stored', async t => {
  const emulator = await startTestEmulator(t)
  const { ways, look } = await prepare(emulator)
  const content = 'x'.repeat(300_000)
  for (const way of WAYS) {
    const uploadRequest = await ways[way]?.(content.length)
    if (uploadRequest === undefined) throw new Error(way)
    await withFault(t, emulator, { match: { phase: 'upload', user: 'demo', fileName: `${way}.*` }, times: 1, answer: 'close@64k' }, async () => {
      const answer = await exchange(uploadRequest.url, ...request(uploadRequest.url, uploadRequest.headers, uploadRequest.body(content), uploadRequest.verb))
      t.equal(answer, '', `${way}: no answer`)
    })
    t.notMatch(await namesOf(look), `${way}.iso`)
    if (way === 'piece') {
      const offset = async () => (await fetch(uploadRequest.url, { method: 'HEAD', headers: TUS })).headers.get('upload-offset')
      await until('what came is kept', async () => await offset() === String(64 * 1024))
      const rest = { ...uploadRequest, headers: { ...uploadRequest.headers, 'upload-offset': String(64 * 1024) } }
      t.equal((await send(rest, content.slice(64 * 1024))).status, 204, 'and it goes on from there')
    } else {
      t.ok((await send(uploadRequest, content)).status < 400, `${way}: afterwards it works`)
    }
    await until('it is stored', async () => (await namesOf(look)).includes(`${way}.iso`))
  }
})

t.test('an error is answered in the format of each kind of upload', async t => {
  const emulator = await startTestEmulator(t)
  const { ways } = await prepare(emulator)
  const expected: Readonly<Record<string, readonly [number, number, RegExp]>> = {
    page: [403, 503, /<p role="alert">Pro user, reached disk space limit<\/p>/],
    key: [403, 503, /^\{"error":"Pro user, reached disk space limit"\}$/],
    request: [403, 503, /<p role="alert">Pro user, reached disk space limit<\/p>/],
    piece: [403, 503, /^Pro user, reached disk space limit\n$/]
  }
  for (const way of WAYS) {
    const uploadRequest = await ways[way]?.(5)
    const [status = 0, later = 0, text = /./] = expected[way] ?? []
    if (uploadRequest === undefined) throw new Error(way)
    await withFault(t, emulator, { match: { phase: 'upload' }, times: 1, answer: { error: 20 } }, async () => {
      const answer = await send(uploadRequest, 'hello')
      t.strictSame([answer.status, answer.headers.get('x-emulator-fault')?.[0]], [status, 'f'], way)
      t.match(await answer.text(), text, way)
      if (way === 'piece') t.equal(answer.headers.get('tus-resumable'), '1.0.0')
    })
    await withFault(t, emulator, { match: { phase: 'upload' }, times: 1, answer: { error: 13 } }, async () => {
      t.equal((await send(uploadRequest, 'hello')).status, later, way)
    })
    t.ok((await send(uploadRequest, 'hello')).status < 400)
  }
})

t.test('ignored fields are reported', async t => {
  const emulator = await startTestEmulator(t)
  const { ways } = await prepare(emulator)
  for (const way of WAYS) {
    const uploadRequest = await ways[way]?.(5, `,descripton ${base64('x')}`)
    if (uploadRequest === undefined) throw new Error(way)
    await send(uploadRequest, 'hello', { descripton: 'x' })
    await until('it has ended', () => emulator.journal.find({ phase: 'upload' }).at(-1)?.state === 'answered')
    t.match(emulator.journal.find({ phase: 'upload' }).at(-1)?.lint, [{ kind: 'unknown-parameter', problem: 'the upload knows no descripton; did you mean description?' }], way)
    t.equal(emulator.journal.find({ phase: 'upload' }).at(-1)?.lint.length, 1, way)
  }
})

t.test('the journal contains no keys, codes and identifiers of uploads', async t => {
  const emulator = await startTestEmulator(t)
  const { ways, key, requestId } = await prepare(emulator)
  const urls: string[] = []
  for (const way of WAYS) {
    const uploadRequest = await ways[way]?.(5, `,password ${base64('verysecret')}`)
    if (uploadRequest === undefined) throw new Error(way)
    urls.push(uploadRequest.url)
    const answer = await send(uploadRequest, 'hello', { password: 'verysecret', request_password: 'othersecret' })
    t.ok(answer.status < 400, `${way}: ${answer.status} ${await answer.text()}`)
  }
  await until('all is written down', () => emulator.journal.list().every(({ state }) => state === 'answered'))
  t.equal(emulator.journal.count({ phase: 'upload' }), 4)
  const written = JSON.stringify([emulator.journal.list(), emulator.journal.har()])
  for (const secret of [key, requestId, urls.at(-1)?.slice(-24) ?? '', 'verysecret', 'othersecret']) {
    t.ok(secret.length >= 10)
    t.notOk(written.includes(secret), secret)
  }
})

t.test('at the shared address each request reaches its sandbox', async t => {
  const emulator = await startTestEmulator(t, { seed: 'none' })
  const [one, two] = [await emulator.sandbox(), await emulator.sandbox()] as const
  for (const sandbox of [one, two]) {
    const { ways, look } = await prepare(sandbox, emulator.url)
    for (const way of ['key', 'request', 'piece'] as const) {
      const uploadRequest = await ways[way]?.(5)
      if (uploadRequest === undefined) throw new Error(way)
      t.ok((await send(uploadRequest, 'hello')).status < 400, way)
      await until('it is there', async () => (await namesOf(look)).includes(`${way}.iso`))
      t.equal(sandbox.journal.find({ phase: 'upload' }).at(-1)?.fileNames[0], `${way}.iso`)
    }
    t.equal(sandbox.journal.count({ phase: 'upload' }), 3)
  }
  t.equal(emulator.journal.count({ phase: 'upload' }), 0)
})

t.test('links for creating accounts lead to their sandbox', async t => {
  const emulator = await createEmulator(readConfig({ port: '0', logLevel: 'silent' }, {}, undefined, EMULATOR_DEFAULTS), { seed: 'none' })
  t.teardown(emulator.close)
  const [url = ''] = await emulator.listen()
  const [first, second] = [await emulator.sandboxes.create({}), await emulator.sandboxes.create({})]
  for (const [sandbox, letter] of [[first, 'a'], [second, 'b']] as const) {
    const { sql } = sandbox.ports
    const [setUp, invitation] = [letter.repeat(32), `${letter}1`.repeat(16)]
    await offerSetUp(sql, hashKey(setUp))
    await addInvitation(sql, hashKey(invitation), Date.now(), Date.now() + 60_000)
    t.equal((await fetch(`${url}/setup/${setUp}`)).status, 200, 'the link of the first start')
    await (await fetch(`${url}/register?invitation=${invitation}`)).text()
    const form = { user_name: `user${letter}`, full_name: 'A User', email: `${letter}@example.org`, password: 'secret-password', invitation }
    await (await fetch(`${url}/register`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })).text()
    const users = async (server: typeof emulator | typeof sandbox) => (await server.ports.sql.all('select user_name from users')).map(row => row.user_name)
    t.strictSame(await users(sandbox), [`user${letter}`])
    t.strictSame(await users(emulator), [])
    t.equal(sandbox.journal.list().length, 3)
  }
})
