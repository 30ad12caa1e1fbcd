/** The account's page, and the files it gives to programs: each is used here as its program uses it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { logInByForm, navigate, openBrowser } from '../support/browser.ts'
import { downloadFrom } from '../support/client-program.ts'
import { attribute, call, element, errorCode, logIn, openSession, register, uploadFile } from '../support/client.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { startServer, temporaryFolder } from '../support/server.ts'
import { logInOnPages, type Visitor } from '../support/page-session.ts'

const needsBrowser = { skip: skipWithout('chromium') }

async function uploaderOf (visitor: Visitor, kind: string): Promise<string> {
  const answer = await visitor.visit('/account/uploader', { kind })
  t.match(answer.headers.get('content-disposition'), /^attachment; filename="[\w.-]+"$/)
  return answer.text()
}

interface Told {
  readonly url?: string
  readonly deleteUrl?: string
  readonly error?: string
  readonly files?: ReadonlyArray<{ readonly id: string, readonly name: string, readonly size: number }>
}

/** What ShareX reads of its file. */
interface Sxcu {
  readonly Body: string
  readonly FileFormName: string
  readonly RequestURL: string
  readonly RequestMethod: string
  readonly Headers: Readonly<Record<string, string>>
  readonly URL: string
  readonly DeletionURL: string
  readonly ErrorMessage: string
}

/** As ShareX does it: the request of the file, and what its expressions take out of the answer. */
async function uploadLikeSharex (text: string, name: string, bytes: string) {
  const sxcu = JSON.parse(text) as Sxcu
  t.equal(sxcu.Body, 'MultipartFormData')
  const body = new FormData()
  body.append(sxcu.FileFormName, new Blob([bytes], { type: 'image/png' }), name)
  const answer = await fetch(sxcu.RequestURL, { method: sxcu.RequestMethod, headers: sxcu.Headers, body })
  const told = await answer.json() as Told
  const fill = (expression: string) => expression.replace(/\{json:(\w+)\}/g, (_all, key: keyof Told) => String(told[key] ?? ''))
  return { status: answer.status, url: fill(sxcu.URL), deletion: fill(sxcu.DeletionURL), problem: fill(sxcu.ErrorMessage), told }
}

t.test('the file for ShareX uploads into the account until its key is ended, and can do nothing else', async t => {
  const server = await startServer(t)
  await register(server)
  const visitor = await logInOnPages(server)
  const file = await uploaderOf(visitor, 'sharex')
  const done = await uploadLikeSharex(file, 'Screen & shot.png', 'pixels')
  t.equal(done.problem, '')
  t.match(await (await fetch(done.url)).text(), 'Screen &amp; shot.png')
  t.match(await (await fetch(done.deletion)).text(), 'Screen &amp; shot.png')
  const sessionKey = element(await logIn(server), 'session_key')
  const info = await call(server, 'files.getInfo', { session_key: sessionKey, file_id: done.told.files?.[0]?.id ?? '' })
  t.equal(attribute(info, 'name'), 'Screen & shot.png', 'it lies in the account')

  const secret = /Bearer (\w+)/.exec(file)?.[1] ?? ''
  t.equal(errorCode(await call(server, 'auth.checkSession', { session_key: secret })), 6, 'it is no session')
  t.equal((await fetch(`${server.url}/account`, { headers: { cookie: `respace_session=${secret}` }, redirect: 'manual' })).status, 303, 'nor a cookie')
  t.notMatch(JSON.stringify(await server.app.ports.sql.all('select * from upload_keys')), secret, 'stored unreadable')
  t.notMatch(server.log(), secret)

  const page = await (await visitor.visit('/account?tab=programs')).text()
  t.match(page, /ShareX, created/)
  t.match(page, /Last used/)
  const id = /href="\/account\/key\/(\w{64})"/.exec(page)?.[1] ?? ''
  const question = await (await visitor.visit(`/account/key/${id}`)).text()
  t.match(question, /Revoke this upload key\?[^]*name="what" value="key">[^]*ShareX, created[^]*Cancel/)
  t.equal((await visitor.visit('/account/key/x')).status, 404)
  t.equal((await server.app.ports.sql.all('select * from upload_keys')).length, 1, 'a question revokes nothing')
  t.equal((await visitor.visit('/account/end', { what: 'key', id })).headers.get('location'), '/account?done=key')
  t.match(await (await visitor.visit('/account?done=key')).text(), /aria-current="page">Programs[^]*Key revoked\./)
  const refused = await uploadLikeSharex(file, 'a.png', 'x')
  t.strictSame([refused.status, refused.url, refused.problem], [401, '', 'The upload key is invalid or was revoked.'])
  t.equal((await server.app.ports.sql.all('select id from files')).length, 1)
})

t.test('a program with a key is told why there is no upload', async t => {
  const server = await startServer(t)
  await register(server)
  const visitor = await logInOnPages(server)
  const file = await uploaderOf(visitor, 'sharex')
  const change = (set: string) => server.app.ports.sql.run(`update users set ${set} where user_name = 'alice'`)
  await change('disk_quota = 3')
  const full = await uploadLikeSharex(file, 'a.png', 'four')
  t.strictSame([full.status, full.url], [403, ''])
  t.match(full.problem, 'space')
  t.equal((await uploadLikeSharex(file, 'a.png', 'ten')).status, 200, 'what fits is taken')
  await change('disk_quota = null, capabilities = \'download\'')
  t.match((await uploadLikeSharex(file, 'a.png', 'x')).problem, 'may not use: upload')
  await change('capabilities = null, is_disabled = 1')
  t.equal((await uploadLikeSharex(file, 'a.png', 'x')).status, 401)
  for (const authorization of ['', 'Bearer', 'Bearer x', `Basic ${'a'.repeat(32)}`, `Bearer ${'a'.repeat(32)}`, `Bearer ${'A'.repeat(5000)}`]) {
    const answer = await fetch(`${server.url}/upload/key`, { method: 'POST', body: 'x', headers: authorization === '' ? {} : { authorization } })
    t.strictSame([answer.status, answer.headers.get('www-authenticate')], [401, 'Bearer'], authorization.slice(0, 20))
  }
})

/** A program's exit code and what it said. */
async function run (command: string, words: readonly string[]): Promise<{ code: number, said: string, problems: string }> {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let problems = ''
  child.stdout.on('data', (text: Buffer) => { said += text })
  child.stderr.on('data', (text: Buffer) => { problems += text })
  const [code] = await once(child, 'close') as [number]
  return { code, said, problems }
}

t.test('the shell script uploads files of any name and prints their links', async t => {
  const server = await startServer(t)
  await register(server)
  const visitor = await logInOnPages(server)
  const folder = await temporaryFolder(t)
  const script = join(folder, 'respace-upload.sh')
  await writeFile(script, await uploaderOf(visitor, 'script'))
  const names = ['plain.txt', 'Cat & "dog", one; two.png', 'back\\slash.txt', '-dash $HOME `id`.txt', 'größe 漢字.txt']
  await mkdir(join(folder, 'files'))
  for (const name of names) await writeFile(join(folder, 'files', name), `bytes of ${name}`)
  const done = await run('sh', [script, ...names.map(name => join(folder, 'files', name))])
  t.strictSame([done.code, done.problems], [0, ''])
  const links = done.said.trim().split('\n')
  t.equal(links.length, names.length)
  for (const [i, link] of links.entries()) t.equal((await downloadFrom(link)).toString(), `bytes of ${names[i]}`, names[i] ?? '')
  const absent = await run('sh', [script, join(folder, 'absent'), join(folder, 'files', 'plain.txt')])
  t.strictSame([absent.code, absent.said.trim().split('\n').length], [1, 1], 'the others are uploaded all the same')
  t.match(absent.problems, 'no such file')
  t.equal((await run('sh', [script])).code, 2)
  await server.app.ports.sql.run('delete from upload_keys')
  const ended = await run('sh', [script, join(folder, 'files', 'plain.txt')])
  t.equal(ended.code, 1)
  t.match(ended.problems, 'plain.txt: The upload key is invalid or was revoked.')
})

t.test('below a path and behind https the files lead to where their user is', async t => {
  const server = await startServer(t, { settings: { publicUrl: 'https://files.example.org/share' } })
  await register(server)
  const login = await fetch(`${server.url}/share/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'alice', password: 'secret1' }), redirect: 'manual' })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  const page = await (await fetch(`${server.url}/share/account`, { headers: { cookie } })).text()
  const token = /name="form_token" value="(\w+)"/.exec(page)?.[1] ?? ''
  const file = await (await fetch(`${server.url}/share/account/uploader`, { method: 'POST', headers: { cookie }, body: new URLSearchParams({ form_token: token, kind: 'sharex' }) })).text()
  t.equal((JSON.parse(file) as Sxcu).RequestURL, 'https://files.example.org/share/upload/key')
})

t.test('a new password needs the old one and logs the other browsers out', async t => {
  const server = await startServer(t)
  await register(server)
  const visitor = await logInOnPages(server)
  const other = await logInOnPages(server)
  const change = (password: string, next: string) => visitor.visit('/account/password', { password, new_password: next })
  const wrong = await (await change('wrong', 'short')).text()
  t.match(wrong, /aria-current="page">Security/, 'the tab of the form that failed')
  t.match(wrong, /id="password-now"[^>]*aria-invalid="true" aria-describedby="password-now_problem" autofocus><span class="hint wrong" id="password-now_problem">Wrong password\./)
  t.match(wrong, /id="new_password"[^>]*aria-describedby="new_password_problem new_password_hint" autofocus><span class="hint wrong" id="new_password_problem">The password must have/, 'all that is wrong at once')
  for (const bad of ['', 'seven77', 'x'.repeat(129)]) t.match(await (await change('secret1', bad)).text(), 'The password must have 8 to 128 characters.')
  t.equal((await change('secret1', 'eight888')).headers.get('location'), '/account?done=password')
  t.match(await visitor.page(), 'Account of alice', 'this browser stays')
  t.equal((await other.visit('/account')).status, 303)
  t.equal(errorCode(await logIn(server, 'alice', 'secret1')), 8)
  t.match(await logIn(server, 'alice', 'eight888'), 'status="ok"', 'programs log in by it')
  t.notMatch(server.log(), 'eight888')
})

t.test('a new e-mail needs the password, and one that nobody else has', async t => {
  const server = await startServer(t)
  await register(server)
  await register(server, 'bobby')
  const visitor = await logInOnPages(server)
  const change = async (email: string, password = 'secret1') => visitor.visit('/account/email', { email, password })
  t.match(await (await change('new@example.org', 'wrong')).text(), /name="email" type="email" value="new@example.org"[^>]*>\s*<\/div>[^]*id="password-email_problem">Wrong password\./, 'what was typed stays')
  t.match(await (await change('no address')).text(), /value="no address"[^>]*aria-describedby="email_problem"[^>]*><span[^>]*>The e-mail address is not valid\./)
  t.match(await (await change('BOBBY@example.org')).text(), 'The e-mail address is already in use.')
  t.equal((await change('New@example.org')).headers.get('location'), '/account?done=email')
  t.match(await logIn(server, 'new@example.org'), '<email>New@example.org</email>')
  t.equal(errorCode(await logIn(server, 'alice@example.org')), 8)
  t.match(await logIn(server, 'alice'), 'status="ok"')
})

t.test('whose name is the e-mail logs in by the new one', async t => {
  const server = await startServer(t)
  await call(server, 'auth.register', { api_key: 'RESPACE001', api_version: '1.1', full_name: 'Carol Example', email: 'carol@example.org', password: 'secret1' })
  const visitor = await logInOnPages(server, 'secret1', 'carol@example.org')
  await visitor.visit('/account/email', { email: 'new@example.org', password: 'secret1' })
  t.match(await logIn(server, 'new@example.org'), 'status="ok"')
  t.equal(errorCode(await logIn(server, 'carol@example.org')), 8)
})

t.test('browsers and programs are logged out one by one or all at once', async t => {
  const server = await startServer(t)
  const sessionKey = await openSession(server)
  const visitor = await logInOnPages(server)
  const second = await logInOnPages(server)
  const third = await logInOnPages(server)
  t.match(await (await visitor.visit('/account?tab=programs')).text(), '1 program is logged in.')
  const page = await (await visitor.visit('/account?tab=security')).text()
  t.equal([...page.matchAll(/value="session"/g)].length, 2)
  const id = /name="id" value="(\w{64})"><button type="submit" name="what" value="session"/.exec(page)?.[1] ?? ''
  await visitor.visit('/account/end', { what: 'session', id })
  const alive = async () => (await Promise.all([second, third].map(async each => (await each.visit('/account')).status))).filter(status => status === 200).length
  t.equal(await alive(), 1)
  await visitor.visit('/account/end', { what: 'others' })
  t.equal(await alive(), 0)
  await visitor.visit('/account/end', { what: 'programs' })
  t.equal(errorCode(await call(server, 'auth.checkSession', { session_key: sessionKey })), 6)
  t.equal((await visitor.visit('/account')).status, 200)
})

t.test('no form of the account is taken without its token, nor from strangers, nor for things of others', async t => {
  const server = await startServer(t)
  await register(server)
  await register(server, 'bobby')
  const visitor = await logInOnPages(server)
  const bob = await logInOnPages(server, 'secret1', 'bobby')
  await uploaderOf(visitor, 'script')
  const id = /href="\/account\/key\/(\w{64})"/.exec(await (await visitor.visit('/account?tab=programs')).text())?.[1] ?? ''
  t.equal((await bob.visit(`/account/key/${id}`)).status, 404)
  await bob.visit('/account/end', { what: 'key', id })
  t.equal((await server.app.ports.sql.all('select * from upload_keys')).length, 1)
  for (const path of ['/account/password', '/account/email', '/account/name', '/account/end', '/account/uploader']) {
    t.equal((await visitor.visit(path, { form_token: 'x' })).status, 403, path)
    t.equal((await fetch(server.url + path, { method: 'POST', body: new URLSearchParams({ kind: 'script' }), redirect: 'manual' })).headers.get('location'), '/login?to=/account', path)
  }
  t.equal((await server.app.ports.sql.all('select * from upload_keys')).length, 1)
})

t.test('who shares a file is told where its owner wants that, and nowhere else', async t => {
  const server = await startServer(t)
  const id = await uploadFile(server, await openSession(server), 'a.txt', 'a')
  const visitor = await logInOnPages(server)
  const page = async () => (await fetch(`${server.url}/file/${id}`)).text()
  t.notMatch(await page(), 'Alice')
  t.equal((await visitor.visit('/account/name', { show: '1' })).headers.get('location'), '/account?done=name')
  t.match(await page(), 'Shared by Alice Example')
  await visitor.visit('/account/name', {})
  t.notMatch(await page(), 'Alice')
})

t.test('the page tells how much is used', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.bin', Buffer.alloc(1536))
  await server.app.ports.sql.run("update users set disk_quota = 2048, bandwidth_limit = 4096 where user_name = 'alice'")
  const visitor = await logInOnPages(server)
  t.match(await visitor.page(), /1\.5 kB of 2 kB[^]*value="0\.750"[^]*0 bytes of 4 kB/)
  await downloadFrom(`${server.url}/file/${id}`)
  t.match(await visitor.page(), '1.5 kB of 4 kB')
})

t.test('the account in a browser: a file for ShareX, a new password, another browser logged out', needsBrowser, async t => {
  const server = await startServer(t)
  await register(server)
  await logInOnPages(server)
  const page = await openBrowser(t)
  await logInByForm(page, server, '/account')
  await page.getByRole('heading', { name: 'Account of alice' }).waitFor()
  t.ok(await takeScreenshot(page, 'account'), 'it fits 320 pixels')
  await navigate(page, () => page.getByRole('link', { name: 'Programs' }).click())
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'File for ShareX' }).click()
  t.equal((await download).suggestedFilename(), 'respace-alice.sxcu')
  await page.reload()
  await page.getByText('ShareX, created').waitFor()
  t.ok(await takeScreenshot(page, 'account-programs'), 'it fits 320 pixels')
  await navigate(page, () => page.getByRole('link', { name: 'Revoke…' }).click())
  t.ok(await takeScreenshot(page, 'account-key'), 'it fits 320 pixels')
  await navigate(page, () => page.getByRole('link', { name: 'Cancel' }).click())
  await navigate(page, () => page.getByRole('link', { name: 'Security' }).click())
  t.ok(await takeScreenshot(page, 'account-security'), 'it fits 320 pixels')
  await navigate(page, () => page.getByRole('button', { name: 'Log out all others' }).click())
  await page.getByText('Revoked.').waitFor()
  const form = page.locator('form[action="/account/password"]')
  await form.getByLabel('Current password').fill('secret1')
  await form.getByLabel('New password').fill('eight888')
  await navigate(page, () => form.getByRole('button').click())
  await page.getByText('Password changed.').waitFor()
})
