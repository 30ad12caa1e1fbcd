/** How the emulator describes itself: the page for people, the description for programs. */
// Runs on SQLite only.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { CALLS } from '../../src/emulator/control/calls.ts'
import { openBrowser } from '../support/browser.ts'
import { call, uploadFile } from '../support/client.ts'
import { controlCall, startTestEmulator, sessionOf } from '../support/emulator.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

t.test('the description has every control call and no other', async t => {
  const emulator = await startTestEmulator(t)
  const { status, body } = await controlCall(emulator, 'GET', '/openapi.json')
  t.equal(status, 200)
  const described = Object.entries(body.paths as Readonly<Record<string, object>>).flatMap(([path, verbs]) => Object.keys(verbs).map(verb => `${verb.toUpperCase()} ${path.replace(/\{(\w+)\}/, ':$1')}`))
  t.strictSame(described.sort(), CALLS.map(({ verb, path }) => `${verb} ${path}`).sort())
  t.match(body, {
    openapi: '3.1.0',
    servers: [{ url: emulator.controlUrl }],
    paths: { '/accounts/{user}': { patch: { parameters: [{ name: 'user', in: 'path', required: true }], requestBody: { content: { 'application/json': { example: { https: 'forbidden' }, schema: { $ref: '#/components/schemas/AccountState' } } } } } } },
    components: { schemas: { AccountState: { properties: { https: { enum: ['allowed', 'forbidden'] } } } } }
  })
})

t.test('every example of the description is accepted', async t => {
  const emulator = await startTestEmulator(t)
  const { body } = await controlCall(emulator, 'GET', '/openapi.json')
  const operations = body.paths as Record<string, Record<string, { requestBody?: { content: Record<string, { example?: unknown }> }, responses: Record<string, unknown> }>>
  await emulator.snapshots.save('before')
  const tried: string[] = []
  for (const [path, verbs] of Object.entries(operations)) {
    for (const [verb, { requestBody, responses }] of Object.entries(verbs)) {
      const example = requestBody?.content['application/json']?.example
      // These wait for something that never happens, or report that it has not.
      if (example === undefined || /verify|wait/.test(path)) continue
      await emulator.reset()
      const answer = await controlCall(emulator, verb.toUpperCase(), path.replace('{user}', 'lite').replace('{name}', 'before').replace('{id}', await aFile()), example)
      t.ok(answer.status < 300 && String(answer.status) in responses, `${verb} ${path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`)
      tried.push(path)
    }
  }
  t.ok(tried.length >= 12, tried.join(' '))

  async function aFile (): Promise<string> {
    return (await controlCall(emulator, 'GET', '/files')).body[0 as unknown as string]?.['id' as never] ?? 'mine'
  }
})

t.test('files and sessions are listed, without keys', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const id = await uploadFile(emulator, key, 'new.txt', 'hello')
  const files = await controlCall(emulator, 'GET', '/files')
  t.equal(files.body.length, 4)
  t.match(files.body, [{ id, name: 'new.txt', size: 5, owner: 'demo', available: true }])
  const sessions = await controlCall(emulator, 'GET', '/sessions')
  t.equal(sessions.body.length, 1)
  t.match(sessions.body, [{ user: 'demo', version: '1.0', expired: false }])
  t.notOk(JSON.stringify(sessions.body).includes(key))
})

t.test('serve has none of it', async t => {
  const server = await startServer(t)
  for (const path of ['/_emulator/', '/_emulator/v1/openapi.json', '/_s/one/', '/_s/one/rest/']) t.equal((await fetch(server.url + path)).status, 404, path)
})

t.test('the page shows the current state, and changes while it is open', { skip: skipWithout('chromium') }, async t => {
  const emulator = await startTestEmulator(t)
  const sandbox = await emulator.sandbox({ id: 'mine', seed: { accounts: [{ user: 'carol' }] } })
  const key = await sessionOf(emulator)
  emulator.faults.add({ match: { method: 'auth.logout' }, times: 1, answer: { error: 12 } })
  const page = await openBrowser(t)
  const problems: string[] = []
  page.on('console', message => { if (message.type() === 'error') problems.push(message.text()) }).on('pageerror', error => { problems.push(error.message) })
  await page.goto(`${emulator.url}/_emulator/`)
  const shows = (text: string) => until(`the page shows ${text}`, async () => (await page.innerText('main')).includes(text))
  for (const text of ['diskfull', 'hello.txt', 'auth.login', '"method":"auth.logout"', 'Sessions (1)', 'Mails (0)']) await shows(text)
  t.notMatch(await page.innerText('main'), /<b>bold|bob@example\.org|spent|carol/, 'what follows is not there yet')
  t.notOk(await page.isVisible('#token'), 'no token is needed')
  t.notOk((await page.content()).includes(key), 'no key')
  await uploadFile(emulator, key, '<b>bold</b>.txt', 'hello', { recipient_email: 'bob@example.org' })
  await shows('<b>bold</b>.txt')
  await shows('bob@example.org')
  await call(emulator, 'auth.logout', { session_key: key })
  await shows('spent')

  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
  t.strictSame(await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(node => node.target).join(" ")))'), [])
  await page.selectOption('#server', 'mine')
  await shows('carol')
  t.notMatch(await page.innerText('main'), /diskfull/)
  t.strictSame(problems, [])
  await sandbox.close()
})

t.test('the page asks for a token if one is needed', { skip: skipWithout('chromium') }, async t => {
  const emulator = await startTestEmulator(t, { controlToken: 'secret-token' })
  const page = await openBrowser(t)
  await page.goto(`${emulator.url}/_emulator/`)
  await page.waitForSelector('#token', { state: 'visible' })
  t.match(await page.innerText('#problem'), /token is missing/)
  t.notMatch(await page.innerText('main'), /diskfull/)
  await page.fill('#token', 'secret-token')
  await page.waitForSelector('text=diskfull')
})
