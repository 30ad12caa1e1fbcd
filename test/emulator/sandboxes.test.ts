/** Sandboxes: separate servers inside one emulator, for tests that run at the same time. */
import { readdirSync } from 'node:fs'
import t from 'tap'
import type { RunningSandbox } from '../../src/start-emulator.ts'
import { attribute, call, element, errorCode, logIn, md5, readTicket, uploadFile, userTicket } from '../support/client.ts'
import { callForCode, controlCall, startTestEmulator, fileOf, sessionOf } from '../support/emulator.ts'
import { temporaryFolder } from '../support/server.ts'

/** The ways in which clients send the parameters of a call. */
const SELECTORS = ['query', 'body', 'form'] as const
type Selector = typeof SELECTORS[number]

/** A call to the address that all sandboxes share. */
async function callAs (restUrl: string, selector: Selector, method: string, params: Readonly<Record<string, string>>): Promise<string> {
  const fields = new URLSearchParams({ method, ...params })
  if (selector === 'query') return (await fetch(`${restUrl}?${fields}`)).text()
  if (selector === 'body') return (await fetch(restUrl, { method: 'POST', body: fields })).text()
  const body = new FormData()
  for (const [name, value] of fields) body.append(name, value)
  return (await fetch(restUrl, { method: 'POST', body })).text()
}

/** Logs in like a program without support for sandboxes: with its API key, then its token, then its session key. */
async function logInBy ({ restUrl, apiKey }: RunningSandbox, selector: Selector, user: string, password = 'demo'): Promise<string> {
  const token = element(await callAs(restUrl, selector, 'auth.createToken', { api_key: apiKey, api_version: '1.2' }), 'token')
  const answer = await callAs(restUrl, selector, 'auth.login', { token, user_name: user, tokened_password: md5(token + md5(password)) })
  return element(answer, 'session_key')
}

async function send (url: string, name: string, content: string): Promise<string> {
  const body = new FormData()
  body.append('userfile', new Blob([content]), name)
  return (await fetch(url, { method: 'POST', body })).text()
}

t.test('the API key selects a sandbox, and so do all ids and keys obtained with it', async t => {
  const emulator = await startTestEmulator(t)
  const sandbox = await emulator.sandbox({ seed: { accounts: [{ user: 'carol', password: 'carol1' }] } })
  t.match(sandbox.apiKey, /^[A-Z0-9]{10}$/)
  t.equal(sandbox.restUrl, emulator.restUrl)
  for (const selector of SELECTORS) {
    const key = await logInBy(sandbox, selector, 'carol', 'carol1')
    t.equal(element(await callAs(sandbox.restUrl, selector, 'auth.checkSession', { session_key: key }), 'session'), 'ok', selector)
    const ticket = readTicket(await callAs(sandbox.restUrl, selector, 'upload.getInfo', { session_key: key }))
    t.match(await send(ticket.url, `${selector}.txt`, `by ${selector}`), /^upload_status=ok$/m, 'its ticket')
    t.match(await (await fetch(ticket.progressUrl)).text(), /<status>done<\/status>/, 'its progress')
    const listed = await callAs(sandbox.restUrl, selector, 'folders.getContents', { session_key: key, folder_id: '0' })
    const [, id = ''] = new RegExp(`<file id="(\\w+)" name="${selector}.txt"`).exec(listed) ?? []
    t.equal((await fetch(`${emulator.url}/file/${id}`)).status, 200, 'the page of its file')
    const link = attribute(await callAs(sandbox.restUrl, selector, 'download.getInfo', { session_key: key, file_id: id }), 'url')
    t.equal(await (await fetch(link)).text(), `by ${selector}`, 'its link')
  }
  t.equal(errorCode(await logIn(emulator, 'carol', 'carol1')), 8, 'the emulator itself knows nothing of it')
})

t.test('a sandbox reports for ten minutes how an upload ended, even after its ticket has expired', async t => {
  const emulator = await startTestEmulator(t)
  const sandbox = await emulator.sandbox({ clock: new Date('2026-03-01T00:00:00Z'), seed: 'demo' })
  const DAY = 24 * 60 * 60_000
  for (const age of [0, DAY - 60_000]) {
    const ticket = readTicket(await callAs(sandbox.restUrl, 'query', 'upload.getInfo', { session_key: await logInBy(sandbox, 'query', 'demo') }))
    await sandbox.clock.advance(age)
    t.match(await send(ticket.url, 'a.txt', 'a'), /^upload_status=ok$/m)
    const status = async () => /<status>(\w+)</.exec(await (await fetch(ticket.progressUrl)).text())?.[1]
    for (const by of [0, 120_000, 479_999]) {
      await sandbox.clock.advance(by)
      t.equal(await status(), 'done', `${by} ms later`)
    }
    await sandbox.clock.advance(1)
    t.equal(await status(), 'fail', 'after ten minutes')
  }
})

t.test('its path selects a sandbox whatever is sent, and its links begin with that path', async t => {
  const emulator = await startTestEmulator(t)
  const sandbox = await emulator.sandbox({ id: 'one' })
  t.equal(sandbox.pathUrl, `${emulator.url}/_s/one/rest/`)
  const key = await sessionOf(sandbox)
  const ticket = await userTicket(sandbox, key)
  t.ok(ticket.url.startsWith(`${emulator.url}/_s/one/apiupload?`), ticket.url)
  const id = await uploadFile(sandbox, key, 'a.txt', 'hello')
  const page = await (await fetch(`${sandbox.url}/file/${id}`)).text()
  t.match(page, 'href="/_s/one/')
  t.equal((await fetch(`${emulator.url}/_s/one`)).status, 200)
  const missing = await fetch(`${emulator.url}/_s/two/rest/`)
  t.equal(missing.status, 404)
  t.match(await missing.text(), /there is no sandbox "two"/)
})

t.test('a ticket only in the form selects its sandbox, for clients that cut the query off', async t => {
  const emulator = await startTestEmulator(t)
  const sandbox = await emulator.sandbox()
  const ticket = readTicket(await callAs(sandbox.restUrl, 'query', 'upload.getInfo', { session_key: await logInBy(sandbox, 'query', 'demo') }))
  const body = new FormData()
  body.append('upload_identifier', ticket.id)
  body.append('extra_info', ticket.proof)
  body.append('userfile', new Blob(['x'.repeat(3_000_000)]), 'big.txt')
  const answer = await (await fetch(`${emulator.url}/apiupload`, { method: 'POST', body })).text()
  t.match(answer, /^upload_status=ok$/m)
})

t.test('fifty sandboxes under load at the same time never see data of another', async t => {
  const emulator = await startTestEmulator(t)
  const sandboxes = await Promise.all(Array.from({ length: 50 }, () => emulator.sandbox({ seed: 'demo' })))
  t.equal(new Set(sandboxes.map(({ apiKey }) => apiKey)).size, 50)

  async function callManyTimes (sandbox: RunningSandbox, i: number): Promise<string[]> {
    const selector = SELECTORS[i % 3] ?? 'query'
    const rest = async (method: string, params: Record<string, string>) => {
      const answer = await callAs(sandbox.restUrl, selector, method, params)
      if (errorCode(answer) !== 0) throw new Error(`${i}: ${method}: ${answer}`)
      return answer
    }
    const keys: string[] = []
    for (let round = 0; round < 2; round++) {
      const key = await logInBy(sandbox, selector, 'demo')
      keys.push(key)
      await rest('folders.create', { session_key: key, name: `folder ${i}.${round}` })
      const ticket = readTicket(await rest('upload.getInfo', { session_key: key }))
      await send(ticket.url, `file ${i}.${round}.txt`, `content ${i}.${round}`)
      const listed = await rest('folders.getContents', { session_key: key, folder_id: '0' })
      const names = [...listed.matchAll(/<file id="(\w+)" name="(file [^"]*)"/g)]
      for (const [, id = '', name = ''] of names) {
        keys.push(id)
        if (!name.startsWith(`file ${i}.`)) throw new Error(`${i} sees ${name}`)
        const link = attribute(await rest('download.getInfo', { session_key: key, file_id: id }), 'url')
        const content = await (await fetch(link)).text()
        if (!content.startsWith(`content ${i}.`)) throw new Error(`${i} reads ${content}`)
      }
      if (names.length !== round + 1) throw new Error(`${i} sees ${names.length} files`)
    }
    return [...new Set(keys)]
  }

  const given = (await Promise.all(sandboxes.map(callManyTimes))).flat()
  t.equal(given.length, 200, 'two session keys and two file ids of each')
  t.equal(new Set(given).size, given.length, 'ids are unique')
  const listed = await call(emulator, 'folders.getContents', { session_key: await sessionOf(emulator), folder_id: '0' })
  t.match(listed, 'name="hello.txt"')
  t.notMatch(listed, /name="file /)
})

t.test('a sandbox has separate state, clock and faults', async t => {
  const emulator = await startTestEmulator(t)
  const [one, two] = [await emulator.sandbox({ clock: new Date('2026-01-01T00:00:00Z') }), await emulator.sandbox()] as const
  t.equal(one.clock.now().toISOString(), '2026-01-01T00:00:00.000Z')
  t.match(await controlCall(one, 'GET', '/health'), { body: { now: '2026-01-01T00:00:00.000Z' } })
  t.ok(Math.abs(two.clock.now().getTime() - Date.now()) < 5000)

  await controlCall(one, 'PATCH', '/system', { maintenance: true })
  await controlCall(two, 'PATCH', '/accounts/demo', { diskspace: { limit: 0 } })
  one.faults.add({ match: { method: 'auth.logout' }, answer: { error: 12 } })
  t.equal(await callForCode(one, 'auth.createToken', { api_key: one.apiKey, api_version: '1.0' }), 15)
  t.equal(await callForCode(two, 'upload.getInfo', { session_key: await sessionOf(two) }), 20)
  t.equal(await callForCode(emulator, 'upload.getInfo', { session_key: await sessionOf(emulator) }), 0)
  t.strictSame(two.faults.list(), [])
  await t.rejects(one.close(), /was never applied/)
})

t.test('faults of a sandbox see an upload from its first byte', async t => {
  const emulator = await startTestEmulator(t)
  const sandbox = await emulator.sandbox()
  sandbox.faults.add({ match: { phase: 'upload', fileName: '*.iso' }, answer: { socket: 'reset', atByte: 100, direction: 'up' } })
  const ticket = async () => readTicket(await callAs(sandbox.restUrl, 'query', 'upload.getInfo', { session_key: await logInBy(sandbox, 'query', 'demo') }))
  t.match(await send((await ticket()).url, 'a.txt', 'hello'), /^upload_status=ok$/m)
  const { url } = await ticket()
  await t.rejects(send(url, 'a.iso', 'hello'), { cause: { code: 'ECONNRESET' } })
  t.match(sandbox.faults.list(), [{ hits: 1 }])
})

t.test('control calls open, show and close them', async t => {
  const emulator = await startTestEmulator(t)
  const made = await controlCall(emulator, 'POST', '/sandboxes', { id: 'mine', seed: 'demo', clock: '2026-01-01T00:00:00Z' })
  t.match(made, {
    status: 201,
    body: { id: 'mine', restUrl: emulator.restUrl, pathUrl: `${emulator.url}/_s/mine/rest/`, controlUrl: `${emulator.controlUrl}/sandboxes/mine`, user: 'demo', password: 'demo' }
  })
  t.match(made.body.apiKey, /^[A-Z0-9]{10}$/)
  t.match(await controlCall(emulator, 'GET', '/sandboxes'), { body: { length: 1, 0: { id: 'mine' } } })
  t.match(await controlCall(emulator, 'GET', '/sandboxes/mine/accounts/lite'), { status: 200, body: { user: 'lite' } })
  t.match(await controlCall(emulator, 'POST', '/sandboxes', { id: 'mine' }), { status: 409, body: { hint: /choose another id/ } })
  t.match(await controlCall(emulator, 'POST', '/sandboxes', { id: 'a/b' }), { status: 400, body: { pointer: '/id' } })
  t.match(await controlCall(emulator, 'POST', '/sandboxes', { seed: '/etc/passwd' }), { status: 400, body: { pointer: '/seed' } }, 'no file of this machine')
  t.match(await controlCall(emulator, 'POST', '/sandboxes', { seed: { accounts: [{ user: 'x' }] } }), { status: 400, body: { pointer: '/accounts/0' } })
  t.match(await controlCall(emulator, 'POST', '/sandboxes/mine/sandboxes', {}), { status: 404 })
  t.match(await controlCall(emulator, 'DELETE', '/sandboxes/mine'), { status: 204 })
  t.match(await controlCall(emulator, 'GET', '/sandboxes/mine/accounts'), { status: 404 })
  t.strictSame((await controlCall(emulator, 'GET', '/sandboxes')).body, [])
})

t.test('the same snapshot in two sandboxes: an id that both know is refused, never guessed', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const id = await fileOf(emulator, key)
  await controlCall(emulator, 'POST', '/snapshots', { name: 's' })
  const tar = Buffer.from(await (await fetch(`${emulator.controlUrl}/snapshots/s`)).arrayBuffer())
  const sandboxes = [await emulator.sandbox({ id: 'a', seed: 'none' }), await emulator.sandbox({ id: 'b', seed: 'none' })]
  for (const { controlUrl } of sandboxes) {
    t.equal((await fetch(`${controlUrl}/snapshots/s`, { method: 'PUT', body: tar })).status, 201)
    t.equal((await fetch(`${controlUrl}/snapshots/s/restore`, { method: 'POST' })).status, 204)
  }
  const page = await fetch(`${emulator.url}/file/${id}`)
  t.equal(page.status, 409)
  t.match(await page.text(), /exists on more than one server of this emulator: put the path of its sandbox before the request/)
  for (const sandbox of sandboxes) {
    t.equal((await fetch(`${sandbox.url}/file/${id}`)).status, 200)
    t.equal(errorCode(await call(sandbox, 'files.getInfo', { session_key: await sessionOf(sandbox), file_id: id })), 0)
  }
})

t.test('a closed sandbox leaves no bytes, and does not affect others', async t => {
  // Its bytes are in a separate folder here.
  const folder = await temporaryFolder(t)
  const usual = process.env.TMPDIR
  t.teardown(() => {
    if (usual === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = usual
  })
  process.env.TMPDIR = folder
  const emulator = await startTestEmulator(t, { seed: 'none' })
  // Next to the lock of the emulator's folder.
  const files = () => readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile() && !entry.name.startsWith('emulator.lock')).length
  const [one, two] = [await emulator.sandbox(), await emulator.sandbox()] as const
  t.equal(files(), 6)
  await one.snapshots.save('s')
  await uploadFile(one, await sessionOf(one), 'a.txt', 'hello')
  const key = await sessionOf(two)
  t.equal(files(), 7, 'a snapshot copies nothing')
  await one.close()
  t.equal(files(), 3)
  t.equal(element(await call(two, 'auth.checkSession', { session_key: key }), 'session'), 'ok')
  await two.close()
  t.equal(files(), 0)
  await emulator.close()
  t.strictSame(readdirSync(folder), [])
})
