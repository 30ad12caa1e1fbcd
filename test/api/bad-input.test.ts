/** Every parameter of every method with what no client should send: the right code in well-formed XML, and nothing changed. */
// Runs first.
import fc from 'fast-check'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { MethodDescription } from '../../src/api/contract-format.ts'
import { readFileReference } from '../../src/domain/files/link.ts'
import type { ApiVersion } from '../../src/domain/version.ts'
import { API_KEY, attribute, call, md5, newToken, openSession, uploadFile } from '../support/client.ts'
import { isOnPostgres } from '../support/database.ts'
import { growthOf } from '../support/time-growth.ts'
import { exchange } from '../support/raw-http.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { parseXml } from '../../src/contract/client/xml.ts'
import { expectedCodes, paramsOf, type World } from '../../src/contract/derived/expected-codes.ts'
import { bodyOf, encode, hostileValues, understood, type HostileValue } from '../../src/contract/derived/hostile-values.ts'
import { readContract } from '../../src/contract/law/contract-file.ts'
import { openTables, rowsOf, type Tables } from '../support/database-tables.ts'

const METHODS = readContract().methods

/** Comparing all tables after each call takes longer on PostgreSQL, and what is asked of the database there is the same in each version. */
const VERSIONS: readonly ApiVersion[] = isOnPostgres() ? ['1.2'] : ['1.0', '1.2']
const SHARE = isOnPostgres() ? 10 : 1
const PASSWORD = 'secret1'
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g
const STRANGER = 2

interface Stage {
  readonly server: TestServer
  readonly world: World
  readonly stranger: { readonly file: string, readonly folder: string }
  /** Parameters of a good call. */
  goodCall (method: MethodDescription): Record<string, string>
  /** Sends a body and checks all that holds for every answer; its code. */
  send (t: Test, shown: string, body: string, method: string | undefined): Promise<number>
}

/** What is refused is counted, so that nobody tries it all day. */
const withoutAttempts = ({ login_attempts: _, ...others }: Tables): Tables => others

/** Two users with files, folders and contacts; whatever a call changed is put back before the next. */
async function prepare (t: Test, version: ApiVersion): Promise<Stage> {
  const server = await startServer(t)
  const sessionKey = await openSession(server, 'alice', version)
  const strangersKey = await openSession(server, 'bobby', version)
  const folder = async (key: string, name: string, shared: number) =>
    attribute(await call(server, 'folders.create', { session_key: key, name, shared }), 'id')
  const [target, moving, open, secret] = [
    await folder(sessionKey, 'target', 0), await folder(sessionKey, 'moving', 1),
    await folder(strangersKey, 'open', 1), await folder(strangersKey, 'secret', 0)
  ]
  const file = await uploadFile(server, sessionKey, 'own & <file>.txt', 'own')
  const locked = await uploadFile(server, sessionKey, 'locked.txt', 'locked', { password: 'sesame' })
  const strangersFile = await uploadFile(server, strangersKey, 'strange.txt', 'strange', { folder_id: secret })
  for (const key of [sessionKey, strangersKey]) await call(server, 'addressbook.add', { session_key: key, email: 'known@example.org' })
  const token = await newToken(server, version)

  const tables = await openTables(t, server.storage)
  const before = await tables.read()
  const written = JSON.stringify(before)
  const writtenWithoutAttempts = JSON.stringify(withoutAttempts(before))
  const strangers = JSON.stringify(rowsOf(before, STRANGER))
  await cp(join(server.storage, 'blobs'), join(server.storage, 'kept'), { recursive: true })

  /** What was read last, if it is as at first: while nothing changes, the same object is read. */
  let known = before
  async function putBack (after: Tables): Promise<void> {
    await tables.restore(before)
    if (after.files?.length !== before.files?.length) {
      await cp(join(server.storage, 'kept'), join(server.storage, 'blobs'), { recursive: true })
    }
  }

  const common: Readonly<Record<string, string>> = {
    session_key: sessionKey,
    api_key: API_KEY,
    api_version: version,
    token,
    user_name: 'alice',
    tokened_password: md5(token + md5(PASSWORD)),
    full_name: 'New User',
    email: 'known@example.org',
    emails: 'to@example.org',
    sender_email: 'from@example.org',
    name: 'a name',
    file_id: file,
    folder_id: moving,
    parent_folder_id: target
  }
  const particular: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'auth.register': { user_name: 'newcomer', email: 'new@example.org' },
    'addressbook.add': { email: 'new@example.org' },
    'download.getInfo': { file_id: locked, password: 'sesame' }
  }
  return {
    server,
    world: {
      url: server.url,
      files: new Set([file, locked]),
      folders: new Set([target, moving]),
      moving,
      target,
      strangersFiles: new Set([strangersFile]),
      publicFolders: new Set([open]),
      privateFolders: new Set([secret])
    },
    stranger: { file: strangersFile, folder: secret },
    goodCall (method) {
      const values = { ...common, ...particular[method.name] }
      const wanted = method.parameters.filter(({ name, isMandatory, optionalSince }) => name === 'api_version' || (isMandatory && optionalSince === null)).map(({ name }) => name)
      if (method.name in particular) wanted.push(...Object.keys(particular[method.name] ?? {}))
      return { method: method.name, ...Object.fromEntries(wanted.map(name => [name, values[name] ?? ''])) }
    },
    async send (t, shown, body, method) {
      const response = await fetch(`${server.url}/rest/`, {
        method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' }
      })
      const xml = await response.text()
      const after = await tables.read()
      const isSame = after === known || JSON.stringify(after) === written
      if (isSame) known = after
      else await putBack(after)
      const isChanged = !isSame && JSON.stringify(withoutAttempts(after)) !== writtenWithoutAttempts
      if (response.status !== 200) throw new Error(`${shown}: status ${response.status}`)
      const result = parseXml(xml)
      const code = result.attributes.status === 'ok' ? 0 : Number(result.children[0]?.attributes.code)
      if (result.name !== 'result' || (code !== 0 && result.children[0]?.name !== 'error') || Number.isNaN(code)) throw new Error(`${shown}: ${xml}`)
      if (method !== undefined && result.attributes.method !== method.replace(FORBIDDEN, '\ufffd')) throw new Error(`${shown}: another method`)
      if (code !== 0 && isChanged) t.fail(`${shown}: refused with ${code}, yet something changed`)
      if (!isSame && JSON.stringify(rowsOf(after, STRANGER)) !== strangers) t.fail(`${shown}: something of another user changed`)
      return code
    }
  }
}

/** The body of a good call with one parameter in another way. */
function bodyWith (good: Readonly<Record<string, string>>, param: string, encoded: string | undefined): string {
  const others = Object.fromEntries(Object.entries(good).filter(([name]) => name !== param))
  return bodyOf(others, encoded === undefined ? {} : { [param]: encoded })
}

for (const version of VERSIONS) {
  t.test(`a good call with one bad parameter, version ${version}`, async t => {
    const { server, world, stranger, goodCall, send } = await prepare(t, version)
    const hostileFiles = hostileValues({ stranger: stranger.file, other: stranger.folder })
    const hostileFolders = hostileValues({ stranger: stranger.folder, other: stranger.file })
    for (const method of METHODS) {
      const isUnknown = version === '1.0' && method.name === 'anonymous.filesSendMail'
      const good = goodCall(method)
      t.equal(await send(t, method.name, bodyOf(good), method.name), isUnknown ? 5 : 0, `${method.name} is a good call`)
      for (const param of paramsOf(method)) {
        const kind = method.parameters.find(({ name }) => name === param)?.kind ?? ''
        const values: Record<string, HostileValue | undefined> = { missing: undefined, ...kind.startsWith('folder') ? hostileFolders : hostileFiles }
        const wrong: string[] = []
        for (const [name, hostile] of Object.entries(values)) {
          const code = await send(t, `${method.name} ${param} ${name}`, bodyWith(good, param, hostile?.encoded),
            param === 'method' ? hostile?.value ?? '' : method.name)
          const expected = expectedCodes({ method, version, param, value: hostile?.value }, world)
          const isRight = expected.includes(code) || (isUnknown && code === 5)
          if (!isRight) wrong.push(`${name}: ${code}, expected ${expected.join(' or ')}`)
        }
        t.strictSame(wrong, [], `${method.name} ${param}`)
      }
    }
    t.notMatch(server.log(), /"level":50/, 'none of it is a bug')
  })
}

t.test('any text in any parameter has the code of the contract', async t => {
  const { server, world, stranger, goodCall, send } = await prepare(t, '1.2')
  const ids = [...world.files, ...world.folders, stranger.file, stranger.folder, 'zzzzzz', '0']
  const id = fc.constantFrom(...ids)
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(fc.nat(0xffff), { maxLength: 30 }).map(units => String.fromCharCode(...units)),
    fc.array(fc.oneof(id, fc.constantFrom(...ids.map(one => `${server.url}/file/${one}`)), fc.string({ maxLength: 8 })), { maxLength: 120 }).map(items => items.join(',')),
    fc.oneof(fc.integer(), fc.double(), fc.bigInt()).map(String),
    fc.emailAddress()
  ).map(understood)
  const place = fc.constantFrom(...METHODS.flatMap(method => paramsOf(method).map(param => ({ method, param }))))
  await fc.assert(fc.asyncProperty(place, text, async ({ method, param }, value) => {
    // Names and addresses may also be good ones by chance: then the call is another good call.
    const code = await send(t, `${method.name} ${param}`, bodyWith(goodCall(method), param, encode(value)), param === 'method' ? value : method.name)
    const expected = expectedCodes({ method, version: '1.2', param, value }, world)
    if (!expected.includes(code)) throw new Error(`${method.name} ${param}: ${code}, expected ${expected.join(' or ')}`)
  }), { numRuns: 1500 / SHARE, interruptAfterTimeLimit: 15_000 })
  t.notMatch(server.log(), /"level":50/)
})

t.test('any mixture of bad parameters is answered with a code of the method', async t => {
  const { server, stranger, goodCall, send } = await prepare(t, '1.2')
  const values = Object.values(hostileValues({ stranger: stranger.file, other: stranger.folder })).filter(({ encoded }) => encoded.length < 8_000)
  const mixture = fc.constantFrom(...METHODS).chain(method =>
    fc.record(Object.fromEntries(paramsOf(method).map(param => [param, fc.option(fc.constantFrom(...values), { freq: 2 })])))
      .map(replaced => ({ method, replaced })))
  await fc.assert(fc.asyncProperty(mixture, async ({ method, replaced }) => {
    const encoded = Object.fromEntries(Object.entries(replaced).flatMap(([param, value]) => value ? [[param, value.encoded]] : []))
    const kept = Object.fromEntries(Object.entries(goodCall(method)).filter(([param]) => !(param in encoded)))
    const code = await send(t, method.name, bodyOf(kept, encoded), replaced.method?.value ?? method.name)
    if (code > 33 || code === 13 || code === 15) throw new Error(`${method.name}: ${code}`)
  }), { numRuns: 600 / SHARE, interruptAfterTimeLimit: 10_000 })
  t.notMatch(server.log(), /"level":50/)
})

t.test('a request line that is too long is 431, whatever it asks for', async t => {
  const server = await startServer(t)
  for (const path of ['/rest/?method=', '/file/', '/apiupload?UPLOAD_IDENTIFIER=']) {
    const answer = await exchange(server.url, `GET ${path}${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
    t.match(answer, /^HTTP\/1\.1 431 /, path)
  }
})

t.test('a text of thousands of links is read as fast as any other', async t => {
  const growth = growthOf(length => {
    const text = `http://x${'/file/aaaaaa'.repeat(length / 12)}\n.`
    return () => readFileReference(text, ['http://localhost'])
  })
  // By the square of its length one of 60 kB took 200 ms.
  t.ok(growth < 3, `${growth.toFixed(1)} times as long for twice the text`)
})
