// Runs on SQLite only.
import { XmlDocument } from 'libxml2-wasm'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { METHODS } from '../../src/api/registry.ts'
import { SAMPLE } from '../../src/api/sample.ts'
import { requireValid } from '../support/answer-schema.ts'
import { call, errorCode, logIn, md5, newToken, element, register, uploadFile, userTicket } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

interface Described {
  readonly name: string
  readonly since: string
  readonly parameters: ReadonlyArray<{ readonly name: string, readonly isMandatory: boolean, readonly kind: string, readonly source: string }>
  readonly answer: ReadonlyArray<{ readonly element: string, readonly attributes: ReadonlyArray<{ readonly name: string }> | null }>
  readonly errors: readonly string[]
  readonly commonErrors: readonly string[]
  readonly sampleRequest: string
  readonly sampleAnswers: ReadonlyArray<{ readonly versions: readonly string[], readonly body: string }>
}

interface Contract {
  readonly methods: readonly Described[]
  readonly kinds: Readonly<Record<string, unknown>>
  readonly values: Readonly<Record<string, unknown>>
  readonly errors: ReadonlyArray<{ readonly name: string, readonly code: number }>
}

const read = async (server: TestServer, path: string): Promise<string> => (await fetch(server.url + path)).text()
const readContract = async (server: TestServer) => JSON.parse(await read(server, '/docs/contract.json')) as Contract
/** What a reader sees. */
const plain = (markup: string) => markup.replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ({ lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' })[name] ?? '')

/** The account of the samples: its files and folders get the ids that stand in them. */
async function makeSampleWorld (server: TestServer, version: string, isLoggedIn: boolean): Promise<string> {
  if (!isLoggedIn) return ''
  await register(server, SAMPLE.userName, SAMPLE.password)
  const key = element(await logIn(server, SAMPLE.userName, SAMPLE.password, version), 'session_key')
  const { sql } = server.app.ports
  for (const [name, id, parent] of [[SAMPLE.folderName, SAMPLE.folderId, '0'], [SAMPLE.innerFolderName, SAMPLE.innerFolderId, SAMPLE.folderId]] as const) {
    await call(server, 'folders.create', { session_key: key, name, shared: 1, parent_folder_id: parent })
    await sql.run('update folders set id = $id where name = $name', { id, name })
    await sql.run('update folders set parent_id = $parent where name = $name', { parent, name })
  }
  await uploadFile(server, key, SAMPLE.fileName, 'bytes', { password: SAMPLE.filePassword })
  await sql.run('update files set id = $id, folder_id = $folder', { id: SAMPLE.fileId, folder: SAMPLE.folderId })
  return key
}

/** Names of elements and attributes, in their order; rows of one form stand once. */
function skeleton (xml: string): string[] {
  const rows = xml.split('\n').map(line => [...line.matchAll(/<(\w+)|\s(\w+)="/g)].map(([, name, attribute]) => name ?? `@${attribute}`).join(' '))
  return rows.filter((row, i) => row !== rows[i - 1])
}

t.test('every sample request on the page works when a session is put in, and answers what its sample answer shows', async t => {
  const { methods } = await readContract(await startServer(t))
  t.equal(methods.length, METHODS.length)
  for (const { name, sampleRequest, sampleAnswers } of methods) {
    for (const { versions: [version = ''], body } of sampleAnswers) {
      const server = await startServer(t)
      const params = new URLSearchParams(sampleRequest)
      const page = plain(await read(server, '/docs'))
      const request = `${server.url}/rest/?${sampleRequest}`
      t.match(page, `href="${request}"`, name)
      t.ok(page.includes(body), `the sample answer of ${name} in ${version} stands on the page`)
      const key = await makeSampleWorld(server, version, name !== 'auth.register')
      if (params.has('session_key')) params.set('session_key', key)
      if (params.has('token')) {
        const token = await newToken(server, version)
        params.set('token', token)
        params.set('tokened_password', md5(token + md5(SAMPLE.password)))
      }
      if (params.has('api_version')) params.set('api_version', version)
      // A link of the samples leads to their server; ours has another address.
      params.set('file_id', (params.get('file_id') ?? '').replace(SAMPLE.publicUrl, server.url))
      if (name.startsWith('addressbook.') && name !== 'addressbook.add') await call(server, 'addressbook.add', { session_key: key, email: SAMPLE.friend })
      const answer = await (await fetch(`${server.url}/rest/?${params}`)).text()
      t.strictSame(skeleton(answer), skeleton(body), `${name} in ${version}`)
      await requireValid(answer, server.url)
      await server.close()
    }
  }
})

t.test('the page is read without scripts, has an index and an anchor for each method and error', async t => {
  const server = await startServer(t)
  const response = await fetch(`${server.url}/docs`)
  const page = await response.text()
  t.match(response.headers.get('content-type'), 'text/html; charset=utf-8')
  t.notMatch(page, /<script(?! type="module" src="\/public\/)|src="(?!\/public\/)|@import|url\(/, 'nothing from elsewhere')
  const anchors = new Set([...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id))
  const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
  for (const link of links) if (!anchors.has(link)) t.fail(`nothing is called ${link}`)
  for (const { name } of METHODS) t.ok(links.includes(name) && anchors.has(name), name)
  for (let code = 1; code <= 33; code++) t.match(page, new RegExp(`<span id="API_ERROR_[A-Z_]+">${code}</span>`))
  t.equal((await fetch(`${server.url}/docs/`)).status, 200)
  t.match(await read(server, '/'), 'href="/docs"')
})

t.test('every method that is defined is there to be called', async t => {
  const folder = join(import.meta.dirname, '../..', 'src', 'api', 'methods')
  const defined = readdirSync(folder).flatMap(file => [...readFileSync(join(folder, file), 'utf8').matchAll(/^ {2}name: '(\w+\.\w+)'/gm)].map(([, name]) => name))
  t.strictSame(METHODS.map(({ name }) => name).sort(), defined.sort())
})

t.test('contract.json names nothing that it does not explain', async t => {
  const server = await startServer(t)
  const response = await fetch(`${server.url}/docs/contract.json`)
  t.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
  t.equal(response.headers.get('access-control-allow-origin'), '*', 'a generator in a browser may read it')
  const contract = JSON.parse(await response.text()) as Contract & { methods: Array<{ answer: Array<{ text: { value: string } | null, attributes: Array<{ value: string }> | null }> }> }
  const errors = new Set(contract.errors.map(({ name }) => name))
  t.equal(errors.size, 33)
  t.equal(contract.methods.length, METHODS.length)
  for (const method of contract.methods) {
    for (const { kind } of method.parameters) t.ok(kind in contract.kinds, kind)
    for (const error of [...method.errors, ...method.commonErrors]) t.ok(errors.has(error), error)
    for (const { text, attributes } of method.answer) {
      for (const { value } of text === null ? attributes ?? [] : [text]) t.ok(value in contract.values, value)
    }
  }
})

t.test('a call without each mandatory parameter fails with 4, or 3 for the session', async t => {
  const server = await startServer(t)
  const { methods } = await readContract(server)
  const key = await makeSampleWorld(server, '1.0', true)
  let tried = 0
  for (const { name, parameters, sampleRequest } of methods) {
    for (const { name: missing, isMandatory } of parameters) {
      if (!isMandatory) continue
      tried++
      const params = new URLSearchParams(sampleRequest)
      if (params.has('session_key')) params.set('session_key', key)
      params.delete(missing)
      params.delete('method')
      const xml = await call(server, name, Object.fromEntries(params))
      t.equal(errorCode(xml), missing === 'session_key' ? 3 : 4, `${name} without ${missing}`)
    }
  }
  t.ok(tried > 30, `${tried} parameters`)
})

t.test('the schema tells a wrong answer from a right one', async t => {
  const server = await startServer(t)
  await makeSampleWorld(server, '1.0', true)
  const { methods } = await readContract(server)
  const body = (name: string) => methods.find(method => method.name === name)?.sampleAnswers[0]?.body ?? ''
  for (const { sampleAnswers } of methods) for (const { body } of sampleAnswers) await requireValid(body, server.url)
  const wrong: Array<[string, string, string | RegExp, string]> = [
    ['an attribute too few', 'files.getInfo', ' downloads="0"', ''],
    ['an attribute too many', 'files.getInfo', ' downloads="0"', ' downloads="0" owner="1"'],
    ['an attribute of another method', 'folders.getShared', ' upload_time', ' password="x" upload_time'],
    ['a number that is none', 'files.getInfo', 'file_size="52428800"', 'file_size="50 MB"'],
    ['an element too few', 'folders.delete', /\t<status>.*\n/, ''],
    ['an element too many', 'auth.logout', '</status>\n', '</status>\n\t<id>abcdef</id>\n'],
    ['elements in another order', 'auth.checkSession', /(\t<session>.*\n)(.*\n)/, '$2$1'],
    ['an element unheard of', 'auth.logout', '</status>\n', '</status>\n\t<extra/>\n'],
    ['a session key in the wrong place', 'auth.login', '<session_key>', '<session_key>!'],
    ['a status unheard of', 'auth.logout', 'status="ok"', 'status="okay"'],
    ['an unknown code', 'auth.logout', /status="ok">[^]*<\/result>/, 'status="fail">\n\t<error code="34" text=""/>\n</result>']
  ]
  for (const [name, method, part, put] of wrong) {
    const changed = body(method).replace(part, put)
    t.not(changed, body(method), name)
    await t.rejects(requireValid(changed, server.url), /not valid/, name)
  }
  const ticket = await userTicket(server, element(await logIn(server, SAMPLE.userName, SAMPLE.password), 'session_key'))
  const progress = await (await fetch(ticket.progressUrl)).text()
  await requireValid(progress, server.url)
  await t.rejects(requireValid(progress.replace('<meter>0<', '<meter>101<'), server.url), /not valid/)
  const schema = await fetch(`${server.url}/docs/contract.xsd`)
  t.equal(schema.headers.get('content-type'), 'application/xml; charset=utf-8')
  t.equal(XmlDocument.fromString(await schema.text()).root.name, 'schema')
})
