/** The pages for whoever runs the server, the way to become that, and what the security log keeps. */
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { hashKey } from '../../src/domain/accounts/credentials.ts'
import { offerSetUp } from '../../src/store/accounts/registration.ts'
import { logInByForm, navigate, openBrowser } from '../support/browser.ts'
import { API_KEY, call, errorCode, logIn, openSession, register, uploadFile } from '../support/client.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { mailSettings, smtpError, startMailServer } from '../support/mail-server.ts'
import { run, serveProgram } from '../support/cli-process.ts'
import { startServer, type ServerOptions, type Teardown, type TestServer } from '../support/server.ts'
import { logInOnPages } from '../support/page-session.ts'

const needsBrowser = { skip: skipWithout('chromium') }

const makeAdmin = (server: TestServer, name = 'alice') => server.app.ports.sql.run('update users set is_admin = 1 where user_name = $name', { name })

/** A server that alice runs. */
async function begin (t: Teardown, options: ServerOptions = {}) {
  const server = await startServer(t, options)
  await register(server)
  await makeAdmin(server)
  const admin = await logInOnPages(server)
  const text = async (path: string) => (await admin.visit(path)).text()
  return { server, admin, text }
}

const idOf = async (server: TestServer, name: string) => String((await server.app.ports.sql.get('select id from users where user_name = $name', { name }))?.id)

const FORMS = ['/admin/registration', '/admin/invitation', '/admin/invitation/revoke', '/admin/mail', '/admin/branding', '/admin/branding/logo', '/admin/branding/logo/remove', '/admin/users/1', '/admin/users/1/password', '/admin/users/1/delete', '/admin/users/1/end']
const PAGES = ['/admin', '/admin/users', '/admin/users/1', '/admin/users/1/password', '/admin/users/1/delete', '/admin/users/1/end', '/admin/files', '/admin/events', '/admin/branding', '/admin/settings']
/** Pages about one thing, of which there is none. */
const ABOUT_ONE = ['/admin/invitation/1']

t.test('for everybody else there is no such page', async t => {
  const { server, admin } = await begin(t)
  await register(server, 'bobby')
  const bob = await logInOnPages(server, 'secret1', 'bobby')
  for (const path of [...PAGES, ...ABOUT_ONE]) {
    t.equal((await admin.visit(path)).status, ABOUT_ONE.includes(path) ? 404 : 200, path)
    t.equal((await bob.visit(path)).status, 404, path)
    t.equal((await fetch(server.url + path, { redirect: 'manual' })).headers.get('location'), '/login?to=/admin', path)
  }
  for (const path of FORMS) {
    t.equal((await bob.visit(path, { mode: 'closed', disabled: 'yes' })).status, 404, path)
    t.equal((await fetch(server.url + path, { method: 'POST', body: 'mode=closed' })).status, 404, path)
    t.equal((await admin.visit(path, { form_token: 'x' })).status, 403, path)
  }
  t.match(await (await bob.visit('/admin')).text(), 'Page not found', 'the same as where there is nothing')
  t.equal(errorCode(await logIn(server)), 0)
  t.notMatch(await (await bob.visit('/account')).text(), 'Administration')
  await server.app.ports.sql.run('update users set is_admin = 0')
  t.equal((await admin.visit('/admin')).status, 404, 'rights are looked up at each request')
})

t.test('the routes of the administration are all among those tested', async t => {
  const { server } = await begin(t)
  const { readFileSync } = await import('node:fs')
  const source = ['admin', 'accounts', 'branding', 'sessions'].map(name => readFileSync(new URL(`../../src/http/pages/admin/${name}.ts`, import.meta.url), 'utf8')).join('')
  const found = [...source.matchAll(/(?:app\.get(?:<ById>)?\(|answerAdminForm\((?:app|scope), ports, )'(\/admin[^']*)'/g)].map(([, path = '']) => path.replace(':id', '1'))
  t.strictSame(found.sort(), [...PAGES, ...ABOUT_ONE, ...FORMS].sort())
  await server.close()
})

t.test('the first start prints a link, good once, that makes the account which runs the server', async t => {
  const server = await serveProgram(t)
  const link = /Set up {9}(\S+)/.exec(server.stdout())?.[1] ?? ''
  t.ok(link.startsWith(`${server.url}/setup/`))
  t.match(await (await fetch(link)).text(), 'becomes the administrator')
  const body = { user_name: 'alice', full_name: 'Alice Example', email: 'alice@example.org', password: 'longsecret' }
  t.match(await (await fetch(link, { method: 'POST', body: new URLSearchParams({ ...body, password: 'short' }) })).text(), 'The password must have 8 to 128 characters.')
  t.match(await (await fetch(link, { method: 'POST', body: new URLSearchParams({ ...body, email: 'x' }) })).text(), /value="alice"[^]*The e-mail address is not valid\./)
  t.equal((await fetch(`${server.url}/setup/${'a'.repeat(32)}`, { method: 'POST', body: new URLSearchParams(body) })).status, 404)
  const done = await fetch(link, { method: 'POST', body: new URLSearchParams(body), redirect: 'manual' })
  t.equal(done.headers.get('location'), '/admin')
  const cookie = done.headers.get('set-cookie')?.split(';')[0] ?? ''
  t.equal((await fetch(`${server.url}/admin`, { headers: { cookie } })).status, 200)
  for (const method of ['GET', 'POST']) t.equal((await fetch(link, { method })).status, 404, 'once')
  server.kill('SIGTERM')
  await server.ended
  const again = await serveProgram(t, [], { storage: server.storage })
  t.notMatch(again.stdout(), 'Set up')
})

t.test('registering first makes nobody an administrator, and each start without one ends the link of the last', async t => {
  const server = await startServer(t)
  const { sql } = server.app.ports
  await register(server)
  t.equal((await sql.get('select is_admin from users'))?.is_admin, 0)
  const [first, second] = ['a'.repeat(32), 'b'.repeat(32)]
  t.ok(await offerSetUp(sql, hashKey(first)))
  t.ok(await offerSetUp(sql, hashKey(second)))
  t.equal((await fetch(`${server.url}/setup/${first}`)).status, 404)
  const alice = await logInOnPages(server)
  t.match(await (await alice.visit(`/setup/${second}`)).text(), 'Make alice administrator')
  t.equal((await alice.visit(`/setup/${second}`, { form_token: 'x' })).status, 403)
  t.equal((await fetch(`${server.url}/setup/${second}`, { method: 'POST', headers: { origin: 'https://evil.example' } })).status, 403)
  const both = await Promise.all([alice.visit(`/setup/${second}`, {}), alice.visit(`/setup/${second}`, {})])
  t.strictSame(both.map(answer => answer.status).sort(), [303, 404])
  t.equal((await alice.visit('/admin')).status, 200)
  t.notOk(await offerSetUp(sql, hashKey(first)))
  t.notMatch(server.log(), second)
})

t.test('the link of a start is worth nothing once somebody runs the server, however he came to', async t => {
  const server = await startServer(t)
  const { sql } = server.app.ports
  await register(server)
  const code = 'a'.repeat(32)
  await offerSetUp(sql, hashKey(code))
  await register(server, 'bobby')
  // As `user set` does it.
  await makeAdmin(server)
  const bob = await logInOnPages(server, 'secret1', 'bobby')
  t.equal((await bob.visit(`/setup/${code}`)).status, 404)
  t.equal((await bob.visit(`/setup/${code}`, {})).status, 404)
  t.strictSame((await sql.all('select user_name from users where is_admin = 1')).map(row => row.user_name), ['alice'])
  await sql.run('update users set is_admin = 0')
  await makeAdmin(server)
  t.notOk(await offerSetUp(sql, hashKey('b'.repeat(32))))
  await sql.run('update users set is_admin = 0')
  t.equal((await bob.visit(`/setup/${code}`)).status, 404, 'a start with an administrator ended it')
})

t.test('whoever guesses on and on does not push everything else out of the log', async t => {
  const { server } = await begin(t)
  for (let i = 0; i < 60; i++) await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'bobby', password: 'x' }) })
  const failed = await server.app.ports.sql.all("select id from events where kind = 'login-failed'")
  t.ok(failed.length <= 11, `${failed.length} of 60`)
})

t.test('the command line makes administrators and takes their rights', async t => {
  const server = await serveProgram(t)
  const user = (...words: string[]) => run(['user', ...words, '--storage', server.storage])
  t.equal((await user('add', 'alice', '--email', 'alice@example.org', '--admin')).status, 0)
  t.match((await user('show', 'alice')).stdout, /^admin +yes$/m)
  t.equal((await user('set', 'alice', '--admin', 'no')).status, 0)
  t.match((await user('show', 'alice')).stdout, /^admin +no$/m)
})

t.test('accounts are found, changed, switched off, and given a new password', async t => {
  const { server, admin, text } = await begin(t)
  const key = await openSession(server, 'bobby')
  const bob = await idOf(server, 'bobby')
  t.match(await text('/admin/users'), /alice<\/a> <span class="tag">administrator[^]*bobby/)
  t.notMatch(await text('/admin/users?q=BOBB'), 'users/1"')
  t.match(await text('/admin/users?q=bobby%40EXAMPLE'), 'bobby@example.org')
  t.notMatch(await text('/admin/users?q=%25'), 'bobby')
  t.notMatch(await text('/admin/users?after=alice'), 'users/1"')
  const form = {
    plan: 'Max', quota: '5', quota_unit: '3', bandwidth_unit: 'plan', sessions: '2', sessions_unit: '0', contacts: '', contacts_unit: 'unlimited', capabilities: 'plan', plan_ends: '', https: '1'
  }
  const change = (fields: Readonly<Record<string, string>>) => admin.visit(`/admin/users/${bob}`, fields)
  t.equal((await change(form)).headers.get('location'), `/admin/users/${bob}?saved`)
  t.match(await text(`/admin/users/${bob}`), /value="Max" selected[^]*name="quota" value="5"[^]*value="3" selected>GB[^]*name="sessions" value="2"[^]*name="contacts" value=""[^]*value="unlimited" selected/)
  t.strictSame((await limitsOf(server, 'bobby')), [5 * 1024 ** 3, null, 2, -1, null, null])
  const wrong = await change({ ...form, plan: 'Lite', quota: 'much', plan_ends: '31.1.2027' })
  t.equal(wrong.status, 400)
  t.match(await wrong.text(), /see the marked fields[^]*value="31\.1\.2027" aria-invalid="true" aria-describedby="plan_ends_problem plan_ends-hint"[^]*Enter a date[^]*value="much"[^]*aria-invalid="true"[^]*Enter a number, 0 or more\./)
  t.match(await text(`/admin/users/${bob}`), 'value="Max" selected', 'nothing was changed')
  for (const [field, unit] of [['quota', 'plan'], ['bandwidth', 'unlimited'], ['sessions', 'plan'], ['contacts', 'unlimited']] as const) {
    const ignored = await change({ ...form, [field]: '6', [`${field}_unit`]: unit })
    t.equal(ignored.status, 400, `a number beside ${unit} is not passed over in silence`)
    t.match(await ignored.text(), new RegExp(`id="${field}" name="${field}" value="6"[^>]*aria-describedby="${field}_problem"[^]*Choose a unit for this number`))
  }
  t.match(await (await change({ ...form, can_upload: '1' })).text(), /aria-describedby="capabilities_problem"[^]*Choose “Only these”/)
  t.strictSame((await limitsOf(server, 'bobby')), [5 * 1024 ** 3, null, 2, -1, null, null], 'nothing was changed')
  await change({ ...form, disabled: '1' })
  t.equal(errorCode(await call(server, 'auth.checkSession', { session_key: key })), 6)
  await change(form)
  t.match(await text(`/admin/users/${bob}/password`), /Reset the password of bobby\?[^]*bobby@example\.org[^]*stops working at once[^]*Cancel/)
  t.equal(errorCode(await logIn(server, 'bobby')), 0, 'a question changes nothing')
  const said = await (await admin.visit(`/admin/users/${bob}/password`, {})).text()
  const password = /The new password of bobby is (\w+)\./.exec(said)?.[1] ?? ''
  t.equal(errorCode(await logIn(server, 'bobby', password)), 0)
  t.equal(errorCode(await logIn(server, 'bobby', 'secret1')), 8)
  for (const fields of [{ ...form, admin: '1', disabled: '1' }, form]) {
    t.match(await (await admin.visit(`/admin/users/${await idOf(server, 'alice')}`, fields)).text(), 'You cannot disable yourself')
  }
  for (const id of ['99', 'x', '1e3', '9'.repeat(30)]) t.equal((await admin.visit(`/admin/users/${id}`)).status, 404, id)
  t.notMatch(server.log(), password)
})

const limitsOf = async (server: TestServer, name: string) =>
  Object.values(await server.app.ports.sql.get('select disk_quota, bandwidth_limit, session_limit, contact_limit, capabilities, plan_ends_at from users where user_name = $name', { name }) ?? {})

t.test('what the form of an account shows is what it saves again, whatever the command line had set', async t => {
  const { server, admin, text } = await begin(t)
  await register(server, 'bobby')
  const path = `/admin/users/${await idOf(server, 'bobby')}`
  /** The form as a browser sends it when nothing was touched. */
  async function fieldsOf (): Promise<Record<string, string>> {
    const form = /<form method="post" action="\/admin\/users\/\d+" class="card">[^]*?<\/form>/.exec(await text(path))?.[0] ?? ''
    const inputs = [...form.matchAll(/<input ([^>]*)>/g)].map(([, attributes = '']) => attributes)
      .filter(attributes => !/type="(?:checkbox|radio)"(?!.* checked)/.test(attributes) && !attributes.includes('form_token'))
      .map(attributes => [/name="(\w+)"/.exec(attributes)?.[1] ?? '', /value="([^"]*)"/.exec(attributes)?.[1] ?? ''])
    const selects = [...form.matchAll(/<select[^>]*name="(\w+)"[^]*?<\/select>/g)].map(([all, name = '']) => [name, /value="(\w+)" selected/.exec(all)?.[1] ?? /<option value="(\w+)"/.exec(all)?.[1] ?? ''])
    return Object.fromEntries([...inputs, ...selects]) as Record<string, string>
  }
  const cases = [
    [null, null, null, null, null, null], [-1, -1, -1, -1, '', 0], [0, 1, 0, 5, 'upload,files', Date.UTC(2027, 0, 31, 12, 30)],
    [2147483647, 1500 * 1000 ** 2, 999_999_999, 1, 'upload,download,folders,files', Date.UTC(2027, 0, 31, 23, 59, 59, 999)], [1.25 * 1024 ** 4, 1023, 1, 2, 'download', null]
  ]
  for (const [disk = null, bandwidth = null, sessions = null, contacts = null, capabilities = null, ends = null] of cases) {
    await server.app.ports.sql.run(`update users set disk_quota = $disk, bandwidth_limit = $bandwidth, session_limit = $sessions, contact_limit = $contacts,
      capabilities = $capabilities, plan_ends_at = $ends where user_name = 'bobby'`, { disk, bandwidth, sessions, contacts, capabilities, ends })
    t.equal((await admin.visit(path, await fieldsOf())).status, 303)
    t.strictSame(await limitsOf(server, 'bobby'), [disk, bandwidth, sessions, contacts, capabilities, ends])
  }
  const fields = await fieldsOf()
  for (const [value, unit, bytes] of [['1.5', '3', 1.5 * 1024 ** 3], ['1,5', '2', 1.5 * 1024 ** 2], ['0', '4', 0], ['0.3', '1', 307]] as const) {
    t.equal((await admin.visit(path, { ...fields, quota: value, quota_unit: unit })).status, 303, value)
    t.equal((await limitsOf(server, 'bobby'))[0], bytes)
  }
  for (const [value, unit] of [['', '3'], ['-1', '3'], ['1e3', '3'], ['1', '5'], ['1', ''], ['9'.repeat(30), '0']] as const) {
    t.equal((await admin.visit(path, { ...fields, quota: value, quota_unit: unit })).status, 400, `${value} ${unit}`)
  }
  t.equal((await limitsOf(server, 'bobby'))[0], 307)
  t.equal((await admin.visit(path, { ...fields, plan_ends: '2027-02-30' })).status, 400)
  t.equal((await admin.visit(path, { ...fields, plan: 'Huge' })).status, 400)
  await admin.visit(path, { ...fields, plan_ends: '2027-02-28' })
  t.equal((await limitsOf(server, 'bobby'))[5], Date.UTC(2027, 1, 28, 23, 59, 59, 999))
})

t.test('all files are listed with size and owner, the newest or the largest first, page by page', async t => {
  const { server, text } = await begin(t)
  const key = await openSession(server, 'bobby')
  const first = await uploadFile(server, key, 'big.bin', Buffer.alloc(5000))
  server.clock.time += 1000
  await uploadFile(server, key, '<small>', 'x')
  t.match(await text('/admin/files'), /&lt;small&gt;[^]*bobby[^]*big\.bin[^]*4\.9 kB/)
  t.match(await text('/admin/files?order=largest'), /big\.bin[^]*&lt;small&gt;/)
  await server.app.ports.sql.batch([...Array(150).keys()].map(i => ({
    sql: `insert into files (id, owner_id, name, size, crc32, blob_id, delete_code, uploaded_at)
          select $id, null, $id, 100, 0, $id, delete_code, $at from files where id = $first`,
    params: { id: `x${String(i).padStart(5, '0')}`, at: server.clock.time + i, first }
  })))
  const seen: string[] = []
  for (const order of ['newest', 'largest']) {
    let path: string | undefined = `/admin/files?order=${order}`
    let rows = 0
    while (path !== undefined) {
      const page: string = await text(path)
      const found = [...page.matchAll(/href="\/file\/(\w{6})"/g)].map(([, id = '']) => id)
      seen.push(...found)
      rows += found.length
      path = /href="(\/admin\/files\?[^"]*after=[^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&')
    }
    t.equal(rows, 152, order)
  }
  t.equal(new Set(seen).size, 152)
  t.match(await text('/admin/files'), 'without an account')
})

t.test('the start tells sums, and the settings in force without secrets', async t => {
  const { server, text } = await begin(t, { settings: { smtpUrl: 'smtp://user:hunter2@mail.example.org', mailFrom: 'files@example.org', publicUrl: 'https://files.example.org' } })
  await uploadFile(server, await openSession(server), 'a.bin', Buffer.alloc(2048)).catch(() => undefined)
  const page = await text('/admin')
  t.match(page, /Accounts<\/dt><dd>1<[^]*Files<\/dt><dd>\d<[^]*Stored/)
  const settings = await text('/admin/settings')
  t.match(settings, /<code>public-url<\/code>[^]*<code>https:\/\/files\.example\.org<\/code>/)
  t.match(settings, /<code>smtp-url<\/code>[^]*<code>\*\*\*<\/code>/)
  t.notMatch(settings, 'hunter2')
})

const accountForm = (name: string, invitation = '') => new URLSearchParams({
  user_name: name, full_name: 'Some Body', email: `${name}@example.org`, password: 'longsecret', invitation
})

t.test('who may open an account is chosen on the page, beats the setting, and outlives a restart', async t => {
  const { server, admin, text } = await begin(t)
  const open = async (name: string, invitation = '') => (await fetch(`${server.url}/register`, { method: 'POST', body: accountForm(name, invitation), redirect: 'manual' }))
  const byProgram = async (name: string) => errorCode(await call(server, 'auth.register', { api_key: API_KEY, user_name: name, full_name: 'Some Body', email: `${name}@example.org` }))
  t.match(await text('/admin'), 'Default: Everyone')
  t.equal((await open('first')).status, 303)
  await admin.visit('/admin/registration', { mode: 'closed' })
  t.equal((await open('second')).status, 403)
  t.match(await text('/admin/settings'), /<code>registration<\/code>[^]*?<code>closed<\/code>/, 'what is in force, not what is written')
  t.equal(await byProgram('second'), 11)
  t.notMatch(await (await fetch(`${server.url}/login`)).text(), '/register')
  await admin.visit('/admin/registration', { mode: 'invitation' })
  t.match(await (await open('second')).text(), 'You need an invitation to sign up.')
  t.equal(await byProgram('second'), 11)
  const made = await (await admin.visit('/admin/invitation', {})).text()
  const link = /value="(http[^"]*\/register\?invitation=\w{32})"/.exec(made)?.[1] ?? ''
  const code = link.slice(-32)
  t.equal(made.match(/Created <time/g)?.length, 1)
  t.match(await (await fetch(link)).text(), `name="invitation" value="${code}"`)
  t.match(await (await open('al', code)).text(), /name="invitation"[^]*id="user_name"[^>]*aria-describedby="user_name_problem user_name_hint"[^]*The user name must/, 'one that failed can be tried again')
  const both = await Promise.all([open('second', code), open('third', code)])
  t.strictSame(both.map(answer => answer.status).sort(), [303, 403], 'one account')
  t.match(await (await fetch(link)).text(), 'This invitation has been used')
  const late = /invitation=(\w{32})"/.exec(await (await admin.visit('/admin/invitation', {})).text())?.[1] ?? ''
  server.clock.time += 7 * 24 * 3600_000
  t.equal((await open('fourth', late)).status, 403)
  t.notMatch(JSON.stringify(await server.app.ports.sql.all('select * from invitations')), late, 'kept hashed')
  await server.app.sweep()
  t.notMatch(JSON.stringify(await server.app.ports.sql.all('select * from invitations')), hashKey(late))
  await server.close()
  const again = await startServer(t, { storage: server.storage })
  t.equal((await fetch(`${again.url}/register`)).status, 403)
  const same = await logInOnPages(again)
  await same.visit('/admin/registration', { mode: '' })
  t.equal((await fetch(`${again.url}/register`)).status, 200)
})

t.test('open invitations are listed and revoked, and told what closing the registration does to them', async t => {
  const { server, admin, text } = await begin(t)
  await admin.visit('/admin/registration', { mode: 'invitation' })
  const invite = async () => /invitation=(\w{32})"/.exec(await (await admin.visit('/admin/invitation', {})).text())?.[1] ?? ''
  const [first, second] = [await invite(), await invite()]
  const page = await text('/admin')
  t.equal(page.match(/Created <time[^]*?valid until <time/g)?.length, 2)
  t.notMatch(page, first, 'only the hash is known')
  const question = await text(`/admin/invitation/${hashKey(first)}`)
  t.match(question, /Revoke this invitation\?[^]*valid until <time/)
  t.equal((await admin.visit('/admin/invitation/x')).status, 404)
  t.match(await (await admin.visit('/admin/invitation/revoke', { id: hashKey(first) })).text(), 'Invitation revoked.')
  t.match(await (await admin.visit('/admin/invitation/revoke', { id: hashKey(first) })).text(), 'has been used')
  t.equal((await fetch(`${server.url}/register?invitation=${first}`)).status, 403)
  t.equal((await fetch(`${server.url}/register?invitation=${second}`)).status, 200)
  await admin.visit('/admin/registration', { mode: 'closed' })
  const closed = await text('/admin')
  t.match(closed, 'These invitations are inactive')
  t.notMatch(closed, 'Create invitation')
  t.match(await (await fetch(`${server.url}/register?invitation=${second}`)).text(), 'Keep your invitation')
  t.notMatch(await (await fetch(`${server.url}/register?invitation=${first}`)).text(), 'Keep your invitation')
  t.equal((await fetch(`${server.url}/register`, { method: 'POST', body: accountForm('carol', second) })).status, 403)
  t.equal(await idOf(server, 'carol'), 'undefined', 'no account in secret')
  await admin.visit('/admin/registration', { mode: 'invitation' })
  t.equal((await fetch(`${server.url}/register`, { method: 'POST', body: accountForm('carol', second), redirect: 'manual' })).status, 303, 'good again')
  t.match(await (await admin.visit('/admin/invitation/revoke', { id: hashKey(second) })).text(), 'has been used')
  await admin.visit('/admin/registration', { mode: 'closed' })
  t.match(await text('/admin'), 'Invitations are inactive')
  const log = (await server.app.ports.sql.all("select about from events where kind in ('registration-changed', 'invitation-revoked') order by about")).map(row => row.about)
  t.strictSame(log, ['closed', 'closed, 1 open invitation waits', 'invitation', 'invitation', 'made 2026-01-02T03:04:05.000Z'])
})

t.test('a test mail tells what the mail server said', async t => {
  const mail = await startMailServer(t, {
    onRcptTo ({ address }, _session, callback) { callback(address === 'gone@example.org' ? smtpError(550, 'no such user') : undefined) }
  })
  const { admin } = await begin(t, { settings: mailSettings(mail) })
  t.match(await (await admin.visit('/admin/mail', { to: 'bob@example.org' })).text(), 'The mail server accepted the mail to bob@example.org.')
  t.match(await (await admin.visit('/admin/mail', { to: 'gone@example.org' })).text(), /The mail was not accepted: .*no such user/)
  t.match(await (await admin.visit('/admin/mail', { to: 'nobody' })).text(), 'An e-mail address is not valid.')
})

t.test('the log keeps who logged in, changed and deleted, and not what was downloaded, for ninety days', async t => {
  const { server, admin, text } = await begin(t)
  const key = await openSession(server, 'bobby')
  const id = await uploadFile(server, key, '<secret> plans.txt', 'x')
  await fetch(`${server.url}/file/${id}`)
  await call(server, 'files.delete', { session_key: key, file_id: id })
  await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'bobby', password: 'wrong' }) })
  await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'my-password-by-mistake', password: 'x' }) })
  await admin.visit(`/admin/users/${await idOf(server, 'bobby')}`, { plan: 'Max', quota_unit: 'plan', bandwidth_unit: 'plan', sessions_unit: 'plan', contacts_unit: 'plan', capabilities: 'plan', https: '1' })
  const events = (await server.app.ports.sql.all('select kind, who, about, address from events order by happened_at')).map(row => `${row.kind} ${row.who} ${row.about} ${row.address}`)
  t.strictSame(events.sort(), [
    'account-changed alice bobby 127.0.0.1', 'deleted bobby <secret> plans.txt 127.0.0.1', 'login alice  127.0.0.1', 'login-failed   127.0.0.1',
    'login-failed bobby  127.0.0.1', 'program-login bobby  127.0.0.1', 'registered alice  127.0.0.1', 'registered bobby  127.0.0.1'
  ])
  t.match(await text('/admin/events'), /deleted: &lt;secret&gt; plans\.txt/)
  t.notMatch(await text('/admin/events'), 'my-password-by-mistake')
  server.clock.time += 90 * 24 * 3600_000
  await server.app.sweep()
  t.equal((await server.app.ports.sql.all('select id from events')).length, 0)
})

t.test('the administration in a browser', needsBrowser, async t => {
  const { server } = await begin(t)
  const key = await openSession(server, 'bobby')
  await uploadFile(server, key, 'A rather long name of a file that must wrap on a phone.pdf', Buffer.alloc(3_000_000))
  const page = await openBrowser(t)
  await logInByForm(page, server, '/admin')
  await navigate(page, () => page.getByRole('button', { name: 'Create invitation' }).click())
  await page.getByLabel('Invitation link').waitFor()
  t.ok(await takeScreenshot(page, 'admin'), 'fits a phone')
  for (const name of ['Files', 'Security log', 'Settings', 'Accounts']) {
    await navigate(page, () => page.getByRole('link', { name, exact: true }).click())
    await page.getByRole('heading', { name, exact: true }).waitFor()
    t.ok(await takeScreenshot(page, `admin-${name.toLowerCase().replace(' ', '-')}`), `${name} fits a phone`)
  }
  await navigate(page, () => page.getByRole('link', { name: 'bobby' }).click())
  await page.getByRole('textbox', { name: 'Disk space' }).fill('much')
  await page.getByLabel('Disk space: unit').selectOption('GB')
  await navigate(page, () => page.getByRole('button', { name: 'Save' }).click())
  await page.getByText('Enter a number, 0 or more.').waitFor()
  t.ok(await takeScreenshot(page, 'admin-user-wrong'), 'fits a phone')
  await page.getByRole('textbox', { name: 'Disk space' }).fill('2.5')
  await page.getByLabel('Disabled:').check()
  await navigate(page, () => page.getByRole('button', { name: 'Save' }).click())
  await page.getByText('Saved.').waitFor()
  t.ok(await takeScreenshot(page, 'admin-user'), 'fits a phone')
  t.equal(errorCode(await call(server, 'auth.checkSession', { session_key: key })), 6)
  t.equal((await limitsOf(server, 'bobby'))[0], 2.5 * 1024 ** 3)
  await navigate(page, () => page.getByRole('link', { name: 'End all sessions' }).click())
  await page.getByRole('heading', { name: 'End all sessions of bobby?' }).waitFor()
  t.ok(await takeScreenshot(page, 'admin-end-sessions'), 'fits a phone')
  await navigate(page, () => page.getByRole('button', { name: 'End all sessions' }).click())
  await page.getByText('All sessions of bobby have ended.').waitFor()
  await navigate(page, () => page.getByRole('link', { name: 'Delete account' }).click())
  t.ok(await takeScreenshot(page, 'admin-delete-user'), 'fits a phone')
  await navigate(page, () => page.getByRole('button', { name: 'Delete' }).click())
  await page.getByText('Account deleted.').waitFor()
})
