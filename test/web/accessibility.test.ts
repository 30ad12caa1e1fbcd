/** Pages for everybody: no rule of axe is broken, the keyboard is enough, and the start is light. */
// Runs on SQLite only.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import t from 'tap'
import type { Page } from 'playwright-core'
import { skipWithout } from '../../scripts/bring-components.ts'
import { logInByForm, navigate, openBrowser } from '../support/browser.ts'
import { call, attribute, openSession, uploadFile } from '../support/client.ts'
import { copyFile } from '../support/insert-files.ts'
import { startServer } from '../support/server.ts'

const needsBrowser = { skip: skipWithout('chromium') }
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Names of the rules that a page breaks and where, by day and by night. */
async function brokenRules (page: Page): Promise<string[]> {
  const broken: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.evaluate(AXE)
    const found = await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(node => node.target).join(" ")))')
    broken.push(...(found as string[]).map(rule => `${colorScheme} ${rule}`))
  }
  return broken
}

t.test('no page breaks a rule of axe', needsBrowser, async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'Photos', shared: 1 }), 'id')
  await call(server, 'folders.create', { session_key: key, name: '2026', shared: 1, parent_folder_id: folder })
  const text = await uploadFile(server, key, 'a.txt', 'hello', { folder_id: folder, description: 'A text' })
  const locked = await uploadFile(server, key, 'b.mp3', 'x', { folder_id: folder, password: 'pw' })
  const limited = await uploadFile(server, key, 'c.txt', 'hello')
  await call(server, 'files.setInfo', { session_key: key, file_id: limited, downloads_limit: 2 })
  const long = attribute(await call(server, 'folders.create', { session_key: key, name: 'Long', shared: 1 }), 'id')
  await copyFile(server, await uploadFile(server, key, 'd.txt', 'hello', { folder_id: long }), 201, i => `${i}.txt`)
  const row = await server.app.ports.sql.get('select delete_code from files where id = $id', { id: text })
  const page = await openBrowser(t)
  const paths = [
    '/', '/text', '/login', '/register', `/file/${text}`, `/file/${locked}`, `/file/${limited}`, '/file/zzzzzz', '/nothing', `/folder/${folder}`, `/folder/${long}?page=2`,
    `/edit/${text}/${row?.delete_code}`, `/edit/${text}/${row?.delete_code}?saved`, `/delete/${text}/${row?.delete_code}`, '/docs'
  ]
  for (const path of paths) {
    await page.goto(server.url + path)
    for (const summary of await page.locator('summary').all()) await summary.click()
    t.strictSame(await brokenRules(page), [], path)
  }
  await page.goto(server.url)
  await page.locator('#userfile').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('x') })
  await page.locator('.share').waitFor()
  await page.locator('#forget-all').click()
  await page.locator('dialog').waitFor()
  t.strictSame(await brokenRules(page), [], 'the question before a list is forgotten')
  await page.keyboard.press('Escape')
  await logInByForm(page, server, '/account')
  await page.getByRole('heading', { name: 'Account of alice' }).waitFor()
  await call(server, 'addressbook.add', { session_key: key, email: 'carol@example.org', name: 'Carol' })
  await server.app.ports.sql.run("insert into upload_keys (key_hash, user_id, kind, created_at) values ('key', 1, 'sharex', 0)")
  for (const path of ['/account', '/account?tab=security', '/account?tab=programs', '/account?tab=delete', '/account/key/key']) {
    await page.goto(server.url + path)
    t.strictSame(await brokenRules(page), [], path)
  }
  await page.goto(`${server.url}/account?tab=security`)
  await page.locator('#password-now').fill('wrong')
  await page.locator('#new_password').fill('password1')
  await navigate(page, () => page.getByRole('button', { name: 'Change password' }).click())
  t.equal(await page.evaluate('document.activeElement.id'), 'password-now', 'the first wrong field has the focus')
  t.strictSame(await brokenRules(page), [], 'a password that was not changed')
  await page.locator('.languages summary').click()
  t.strictSame(await brokenRules(page), [], 'the open menu of languages')
  await call(server, 'addressbook.add', { session_key: key, email: 'bob@example.org', name: 'Bob' })
  await server.app.ports.sql.run(`insert into file_requests (id, owner_id, folder_id, title, message, types, sealed_password, is_notified, created_at)
    values ('${'a'.repeat(32)}', 1, '0', 'Pictures', 'Please', 'txt', $password, 1, 0)`, { password: server.app.ports.vault.seal('pw', 'file password') })
  for (const path of ['/my/requests', `/request/${'a'.repeat(32)}`, `/request/${'a'.repeat(32)}?done=2`, '/my', `/my?folder=${folder}`, `/my?folder=${long}&page=2`, '/my?q=a', '/my?view=grid', '/my?view=list&q=nothing', '/my/shared', '/my/contacts', `/?folder=${folder}`]) {
    await page.goto(server.url + path)
    for (const summary of await page.locator('summary').all()) await summary.click()
    t.strictSame(await brokenRules(page), [], path)
  }
  await page.goto(`${server.url}/my/requests`)
  await page.getByLabel('Title').fill('Pictures')
  await page.getByLabel('Types').fill('<')
  await navigate(page, () => page.getByRole('button', { name: 'Create request' }).click())
  await page.getByText('Please enter file extensions').first().waitFor()
  t.strictSame(await brokenRules(page), [], 'a request that cannot be')
  await page.goto(`${server.url}/request/${'a'.repeat(32)}`)
  await page.getByLabel('Password').fill('x')
  await page.locator('#userfile').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('x') })
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.locator('#uploads .is-failed').waitFor()
  t.strictSame(await brokenRules(page), [], 'a request that took nothing')
  await server.app.ports.sql.run('update users set is_admin = 1')
  for (const path of ['/admin', '/admin/users', '/admin/users/1', '/admin/users/1/password', '/admin/users/1/delete', '/admin/users/1/end', '/admin/files', '/admin/events', '/admin/settings']) {
    await page.goto(server.url + path)
    t.strictSame(await brokenRules(page), [], path)
  }
  await page.goto(`${server.url}/my?folder=${folder}`)
  await page.getByLabel('Select all on this page').check()
  t.strictSame(await brokenRules(page), [], 'selected items')
  await page.getByLabel('Actions for a.txt').click()
  t.strictSame(await brokenRules(page), [], 'the menu of a row')
  for (const name of ['Rename…', 'Move…']) {
    await page.getByLabel('Actions for a.txt').click()
    await page.getByRole('menuitem', { name }).click()
    t.strictSame(await brokenRules(page), [], name)
    await page.getByRole('button', { name: 'Cancel' }).click()
  }
  await navigate(page, () => page.getByRole('button', { name: 'Send by e-mail' }).click())
  await page.getByText('From the address book').click()
  t.strictSame(await brokenRules(page), [], '/my/mail')
  await page.goBack()
  await navigate(page, () => page.getByRole('button', { name: 'Delete' }).click())
  await page.getByRole('heading', { name: 'Delete these items?' }).waitFor()
  t.strictSame(await brokenRules(page), [], 'the question before deleting')
  await page.goto(server.url)
  await page.locator('#userfile').setInputFiles([{ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('x') }, { name: 'b.png', mimeType: 'image/png', buffer: Buffer.from('x') }])
  await page.locator('.share .contents li').nth(1).waitFor()
  t.strictSame(await brokenRules(page), [], 'after an upload')
  await page.goto(`${server.url}/my/contacts`)
  await page.getByText('Change', { exact: true }).first().click()
  await navigate(page, () => page.getByRole('button', { name: 'Remove…' }).first().click())
  t.strictSame(await brokenRules(page), [], 'the question before a contact is removed')
})

t.test('the keyboard is enough to choose, copy and change', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  // Asked for first: the browser is told to hand over the dialog by then, however busy the machine is.
  const dialog = page.waitForEvent('filechooser')
  await page.goto(server.url)
  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('document.activeElement.id'), 'userfile')
  await page.keyboard.press('Space')
  const chooser = await dialog
  await chooser.setFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('x') })
  await page.locator('.share').waitFor()
  const isAtCopy = () => page.evaluate('document.activeElement.matches(".share [data-copy]")')
  for (let presses = 0; presses < 20 && !await isAtCopy(); presses++) await page.keyboard.press('Tab')
  t.ok(await isAtCopy(), 'a few steps lead to the button that copies')
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.keyboard.press('Enter')
  await page.getByText('Copied').waitFor()
  t.match(await page.evaluate('navigator.clipboard.readText()'), '/file/')
})

t.test('the start page is at most 60 KB, asks nobody else, and is read before any script', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  const foreign: string[] = []
  const sizes: Array<Promise<number>> = []
  page.on('response', response => {
    if (!response.url().startsWith(server.url)) foreign.push(response.url())
    sizes.push(response.allHeaders().then(headers => Number(headers['content-length'] ?? 0)))
  })
  await page.goto(server.url, { waitUntil: 'networkidle' })
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  t.strictSame(foreign, [])
  t.ok(bytes > 10_000 && bytes <= 60_000, `${bytes} bytes`)
  t.notMatch(await page.content(), /<script(?! type="module")/, 'modules wait for the page')
})
