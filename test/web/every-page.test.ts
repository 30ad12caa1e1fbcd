/** Every page in every state, for the eye: pictures of those that no other test takes, each of which fits a narrow phone. */
// Runs on SQLite only.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { PATHS } from '../../src/domain/url-paths.ts'
import { hashKey, sealUserPassword } from '../../src/domain/accounts/credentials.ts'
import { offerSetUp } from '../../src/store/accounts/registration.ts'
import { changeUser, findUser } from '../../src/store/accounts/users.ts'
import { logInByForm, navigate, openBrowser } from '../support/browser.ts'
import { attribute, call, openSession, uploadFile } from '../support/client.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { startServer } from '../support/server.ts'

const needsBrowser = { skip: skipWithout('chromium') }
const HTTP = join(import.meta.dirname, '../../src/http')
const TESTS = join(import.meta.dirname, '..')

/** Pages by route: the names of their pictures here and in other tests. */
const PICTURES: Readonly<Record<string, readonly string[]>> = {
  '/': ['home', 'home-shared', 'home-logged-in', 'home-no-script'],
  '/login': ['login', 'login-wrong', 'login-disabled'],
  '/register': ['register', 'register-wrong', 'register-invited', 'register-needs-invitation', 'register-bad-invitation', 'register-closed', 'register-invitation-rests'],
  '/password': ['password-forgotten', 'password-sent'],
  '/password/:code': ['password-new', 'password-short', 'password-changed', 'password-link-old'],
  '/setup/:code': ['setup', 'setup-wrong', 'setup-take', 'setup-gone'],
  '/account': ['account', 'account-security', 'account-programs', 'account-wrong', 'account-deleted'],
  '/account/key/:id': ['account-key'],
  '/admin/invitation/:id': ['admin-revoke'],
  '/admin/users/:id/password': ['admin-reset'],
  '/admin': ['admin', 'admin-closed'],
  '/admin/users': ['admin-accounts'],
  '/admin/users/:id': ['admin-user', 'admin-user-wrong', 'admin-user-password'],
  '/admin/users/:id/delete': ['admin-delete-user'],
  '/admin/users/:id/end': ['admin-end-sessions'],
  '/admin/files': ['admin-files'],
  '/admin/events': ['admin-security-log'],
  '/admin/branding': ['branding', 'branding-wrong'],
  '/admin/settings': ['admin-settings'],
  '/my': ['my-files', 'my-found', 'my-question', 'my-empty', 'my-grid', 'my-menu', 'my-move', 'my-hidden'],
  '/my/shared': ['my-shared'],
  '/my/contacts': ['my-contacts', 'my-contacts-question'],
  '/my/requests': ['requests', 'requests-empty', 'request-question'],
  '/request/:id': ['request', 'request-thanks', 'request-over'],
  '/text': ['text', 'text-wrong'],
  '/file/:id': ['file', 'file-private', 'locked', 'locked-wrong', 'missing', 'paused'],
  '/folder/:id': ['folder', 'folder-empty'],
  '/pro/dl/:id': ['expired', 'limit', 'bandwidth', 'link-old'],
  '/bundle/:id/:code': ['bundle', 'bundle-shared', 'bundle-locked', 'bundle-delete'],
  '/edit/:id/:code': ['edit'],
  '/delete/:id/:code': ['delete', 'deleted'],
  '/docs': ['docs'],
  '/nothing': ['not-found', 'foreign-form', 'maintenance', 'upload-failed']
}
/** What is no page, or a page that is one of the above. */
/** Pictures that one statement takes of several pages: `admin.test.ts` makes their names. */
const TAKEN_IN_A_LOOP = ['admin-files', 'admin-security-log', 'admin-settings', 'admin-accounts']
const NO_PAGES = ['/handed-back/:handed', '/progressapiupload.html', '/healthz', '/metrics', '/readyz', '/robots.txt', '/manifest.webmanifest', '/public/:version/:name', '/branding/logo/:version', '/file/:id/qr.svg', '/file/:id/thumbnail', '/folder/:id/qr.svg', '/folder/:id/rss', '/folder/:id/zip']

t.test('every route that answers a page has pictures', async t => {
  const source = readdirSync(HTTP, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts')).map(name => readFileSync(join(HTTP, name), 'utf8')).join('\n')
    .replace(/\bPATHS\.(\w+)/g, (_, name: keyof typeof PATHS) => `'${PATHS[name]}'`)
  const routes = [...source.matchAll(/app\.get(?:<[^(]*>)?\('(\/[^']*)'/g)].map(([, route = '']) => route)
  t.ok(routes.length > 20)
  for (const route of routes.filter(route => !NO_PAGES.includes(route))) t.ok(PICTURES[route]?.length, route)
  const tests = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.test.ts')).map(name => readFileSync(join(TESTS, name), 'utf8')).join('\n')
  for (const name of Object.values(PICTURES).flat()) t.ok(tests.includes(`look('${name}'`) || tests.includes(`takeScreenshot(page, '${name}'`) || TAKEN_IN_A_LOOP.includes(name), name)
  t.ok(tests.includes("of ['Files', 'Security log', 'Settings', 'Accounts']"))
})

t.test('each of them fits a phone', needsBrowser, async t => {
  // Nobody listens there: mails wait.
  const server = await startServer(t, { settings: { smtpUrl: 'smtp://127.0.0.1:1?tls=none', mailFrom: 'files@example.org' } })
  const { sql } = server.app.ports
  const page = await openBrowser(t)
  const look = async (name: string, path?: string) => {
    if (path !== undefined) await page.goto(server.url + path)
    t.ok(await takeScreenshot(page, name), name)
    t.not(await page.getByRole('heading', { level: 1 }).textContent(), 'Something went wrong', name)
  }
  const fill = async (fields: Readonly<Record<string, string>>) => {
    for (const [id, text] of Object.entries(fields)) await page.locator(`#${id}`).fill(text)
    await navigate(page, () => page.locator('main button[type=submit]').click())
  }

  const code = 'a'.repeat(32)
  await offerSetUp(sql, hashKey(code))
  await look('setup', `/setup/${code}`)
  await page.evaluate('document.querySelector("form.card").noValidate = true')
  await fill({ user_name: 'alice', full_name: 'Alice Example', email: 'nobody', password: 'longsecret' })
  await page.getByText('The e-mail address is not valid.').waitFor()
  await look('setup-wrong')
  const key = await openSession(server)
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'Photos of the summer', shared: 1 }), 'id')
  const empty = attribute(await call(server, 'folders.create', { session_key: key, name: 'Empty', shared: 1, parent_folder_id: folder }), 'id')
  const open = await uploadFile(server, key, 'A rather long name of a picture that was taken in the mountains.jpeg', 'x'.repeat(5000), { folder_id: folder, description: 'The lake in the evening' })
  const locked = await uploadFile(server, key, 'secret.txt', 'hush', { password: 'pw' })
  const link = async (id: string) => {
    const { pathname, search } = new URL(attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url'))
    return pathname + search
  }

  await look('file', `/file/${open}`)
  await sql.run('update users set is_name_shown = 1')
  await look('locked', `/file/${locked}`)
  await fill({ filepassword: 'wrong' })
  await look('locked-wrong')
  await look('missing', '/file/zzzzzz')
  await look('not-found', '/nowhere')
  await look('docs', '/docs')
  await look('folder-empty', `/folder/${empty}`)
  const form = new FormData()
  for (const [name, value] of Object.entries({ title: 'Pictures of the summer', description: 'All of them.' })) form.append(name, value)
  for (const name of ['The lake in the evening.jpeg', 'notes.txt']) form.append('userfile', new Blob(['x']), name)
  const bundle = (await fetch(`${server.url}/upload`, { method: 'POST', body: form, redirect: 'manual' })).headers.get('location') ?? ''
  await look('bundle', bundle)
  await look('bundle-delete', `${bundle}/delete`)
  await look('bundle-shared', `/folder/${bundle.split('/')[2]}`)
  form.append('password', 'pw')
  const closed = (await fetch(`${server.url}/upload`, { method: 'POST', body: form, redirect: 'manual' })).headers.get('location') ?? ''
  await look('bundle-locked', `/folder/${closed.split('/')[2]}`)
  await look('link-old', `/dl/1/1/${open}/1`)
  const [expired, full, small] = [await uploadFile(server, key, 'old.txt', 'x'), await uploadFile(server, key, 'few.txt', 'x'), await uploadFile(server, key, 'b.txt', 'x')]
  await sql.run('update files set expires_at = 1, limit_action = 1 where id = $expired', { expired })
  await look('expired', await link(expired))
  await sql.run('update files set download_limit = 1, downloads = 1, limit_action = 1 where id = $full', { full })
  await look('limit', await link(full))
  await sql.run('update users set bandwidth_limit = 0')
  await look('bandwidth', await link(small))
  await sql.run('update users set bandwidth_limit = null')
  await sql.run("insert into pauses (name, paused_at) values ('downloads', 0)")
  await look('paused', await link(small))
  await sql.run("update pauses set name = 'maintenance'")
  await look('maintenance', '/')
  await sql.run('delete from pauses')
  await page.setContent(`<form method="post" action="${server.url}/upload" enctype="multipart/form-data"><button>Send</button></form>`)
  await navigate(page, () => page.locator('button').click())
  await page.waitForURL(`${server.url}/upload`)
  await look('upload-failed')

  await page.goto(`${server.url}/register`)
  await fill({ user_name: 'bobby', full_name: 'Bob Example', email: 'alice@example.org', password: 'longsecret' })
  await look('register-wrong')
  const row = await sql.get('select delete_code from files where id = $small', { small })
  await look('delete', `/delete/${small}/${row?.delete_code}`)
  await navigate(page, () => page.getByRole('button', { name: 'Delete' }).click())
  await look('deleted')
  await sql.run("insert into site_settings (name, value) values ('registration', 'invitation')")
  await sql.run('insert into invitations (code_hash, created_at, expires_at) values ($hash, 0, 4e12)', { hash: hashKey(code) })
  await look('register-invited', `/register?invitation=${code}`)
  await look('register-needs-invitation', '/register')
  await look('register-bad-invitation', '/register?invitation=x')
  await sql.run("update site_settings set value = 'closed' where name = 'registration'")
  await look('register-closed', '/register')
  await look('register-invitation-rests', `/register?invitation=${code}`)

  await look('password-forgotten', '/password')
  await fill({ user_name: 'alice' })
  await look('password-sent')
  const mail = await sql.get('select sealed_text from mails where recipient = $to order by created_at desc limit 1', { to: 'alice@example.org' })
  const [resetLink = ''] = /\/password\/\S+/.exec(server.app.ports.vault.open(String(mail?.sealed_text), 'mail')) ?? []
  await look('password-new', resetLink)
  await page.evaluate('document.querySelector("form.card").noValidate = true')
  await fill({ new_password: 'short' })
  await look('password-short')
  await fill({ new_password: 'a-whole-new-one' })
  await look('password-changed')
  await look('password-link-old', resetLink)
  const user = await findUser(sql, 'alice')
  if (user) await changeUser(sql, user, { sealedPassword: sealUserPassword(server.app.ports.vault, 'secret1') })

  await sql.run('update users set is_disabled = 1')
  await page.goto(`${server.url}/login`)
  await fill({ user_name: 'alice', password: 'secret1' })
  await look('login-disabled')
  await sql.run('update users set is_disabled = 0')
  await logInByForm(page, server, '/account')
  await look('setup-take', `/setup/${code}`)
  await navigate(page, () => page.locator('main button').click())
  await page.getByText('These invitations are inactive').waitFor()
  await look('admin-closed')
  await navigate(page, () => page.getByRole('link', { name: 'Revoke…' }).click())
  await look('admin-revoke')
  await look('setup-gone', `/setup/${code}`)
  await sql.run("insert into users (id, user_name, user_name_key, full_name, email, email_key, sealed_password, plan, is_admin, created_at) values (2, 'b', 'b', 'B', 'b', 'b', '', 'Lite', 1, 0)")
  await page.goto(`${server.url}/admin/users/2`)
  await navigate(page, () => page.getByRole('link', { name: 'Reset password' }).click())
  await look('admin-reset')
  await navigate(page, () => page.getByRole('button', { name: 'Reset password' }).click())
  await look('admin-user-password')
  await page.goto(`${server.url}/account`)
  await page.evaluate('document.querySelector("form[action=\'/account/name\'] [name=form_token]").value = "x"')
  await navigate(page, () => page.locator('form[action="/account/name"] button').click())
  await page.getByText('This form came from another site').waitFor()
  await look('foreign-form')
  await look('file-private', `/file/${open}`)
  await look('my-found', '/my?q=a')
  await page.getByRole('checkbox').first().check()
  await navigate(page, () => page.getByRole('button', { name: 'Delete' }).click())
  await look('my-question')
  await look('requests-empty', '/my/requests')
  await sql.run("insert into file_requests (id, owner_id, folder_id, title, message, types, max_files, is_notified, created_at) values ($code, 1, '0', 'Pictures of the party', 'All of them, please.', 'jpg,png', 5, 1, 0)", { code })
  await look('request', `/request/${code}`)
  await page.goto(`${server.url}/my/requests`)
  await navigate(page, () => page.getByRole('button', { name: 'Remove…' }).click())
  await look('request-question')
  await sql.run("insert into contacts (user_id, email, email_key, name, description, type, created_at) values (1, 'bob@example.org', 'bob@example.org', 'Bob', 'A friend', 0, 0)")
  await page.goto(`${server.url}/my/contacts`)
  await page.getByText('Change', { exact: true }).click()
  await navigate(page, () => page.getByRole('button', { name: 'Remove…' }).click())
  await look('my-contacts-question')
  await look('request-thanks', `/request/${code}?done=2`)
  await sql.run('update file_requests set is_closed = 1')
  await look('request-over', `/request/${code}`)
  await page.goto(`${server.url}/account?tab=delete`)
  await page.locator('#password-delete').fill('wrong')
  await navigate(page, () => page.getByRole('button', { name: 'Delete account' }).click())
  await look('account-wrong')
  await page.locator('#password-delete').fill('secret1')
  await navigate(page, () => page.getByRole('button', { name: 'Delete account' }).click())
  await page.getByText('and everything in it have been deleted').waitFor()
  await look('account-deleted')
})
