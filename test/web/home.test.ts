/** The start page in a browser: what people do there, and what they see. */
// Runs on SQLite only.
import { randomBytes } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { dropFiles, navigate, openBrowser } from '../support/browser.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { startServer, temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const needsBrowser = { skip: skipWithout('chromium') }
const BYTES = randomBytes(200_000)
const PICTURE = { name: 'Été <b>.jpg', mimeType: 'image/jpeg', buffer: BYTES }

t.test('sharing takes a drop and one click to copy', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const problems: string[] = []
  page.on('console', message => { if (message.type() === 'error') problems.push(message.text()) })
  page.on('pageerror', error => { problems.push(error.message) })
  await page.goto(server.url)
  t.ok(await takeScreenshot(page, 'home'), 'fits 320 pixels')
  let actions = 0
  await dropFiles(page, [{ name: 'notes.txt', text: 'hello' }])
  actions++
  await page.locator('.share [data-copy]').first().click()
  actions++
  await page.getByText('Copied').waitFor()
  const link = String(await page.evaluate('navigator.clipboard.readText()'))
  t.match(link, new RegExp(`^${server.url}/file/[a-z0-9]{6}$`))
  t.equal(actions, 2)
  t.ok(await takeScreenshot(page, 'home-shared'), 'fits 320 pixels')
  await page.goto(link)
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#download_button').click()])
  t.equal(await readFile(await download.path(), 'utf8'), 'hello')
  t.strictSame(problems, [], 'nothing is complained of, the policy of the page included')
})

t.test('what the browser cannot read is named, and the rest is uploaded', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  const folder = await temporaryFolder(t)
  const path = join(folder, 'gone.txt')
  await page.goto(server.url)
  // Chosen, then deleted before it is read.
  await page.evaluate("document.getElementById('userfile').addEventListener('change', event => event.stopImmediatePropagation(), { capture: true, once: true })")
  await writeFile(path, 'hello')
  await writeFile(join(folder, 'good.txt'), 'good')
  await page.locator('#userfile').setInputFiles([path, join(folder, 'good.txt')])
  await rm(path)
  await page.locator('#userfile').dispatchEvent('change')
  await page.locator('.share .contents li', { hasText: 'good.txt' }).waitFor()
  await page.locator('#uploads li', { hasText: 'gone.txt' }).getByText('This file cannot be read.').waitFor()

  // Changed while it is sent: the browser reports that like a lost connection.
  await page.goto(server.url)
  const changing = join(folder, 'changing.txt')
  await writeFile(changing, 'before')
  let isChanged = false
  await page.route('**/tus/*', async route => {
    if (isChanged) return route.continue()
    isChanged = true
    await writeFile(changing, 'something else')
    return route.abort()
  })
  await page.locator('#userfile').setInputFiles(changing)
  await page.getByText('The file has changed or cannot be read. Choose it again.').waitFor()
  t.ok(await takeScreenshot(page, 'unreadable'), 'it fits 320 pixels')

  // A folder with a file and a subfolder that cannot be read: as a browser hands it over.
  const found = await page.evaluate(`(async () => {
    const { filesOfDrop } = await import(document.querySelector('script[src*="home.js"]').src.replace('home.js', 'incoming-files.js'))
    const file = (fullPath, text) => ({ isFile: true, fullPath, file: (resolve, reject) => text === undefined ? reject(new DOMException('no', 'NotReadableError')) : resolve(new File([text], fullPath.split('/').at(-1))) })
    const directory = (fullPath, pages) => ({ isDirectory: true, fullPath, createReader: () => ({ readEntries: (resolve, reject) => { const next = pages.shift(); next === undefined ? reject(new DOMException('no', 'NotReadableError')) : resolve(next) } }) })
    const top = directory('/top', [[file('/top/a.txt', 'a'), file('/top/locked.txt')], [directory('/top/locked', []), directory('/top/inner', [[file('/top/inner/b.txt', 'b')], []])], []])
    const { files, unreadable } = await filesOfDrop({ files: [], items: [{ webkitGetAsEntry: () => top }] })
    return { files: files.map(({ file, path }) => path + '|' + file.name), unreadable }
  })()`)
  t.strictSame(found, { files: ['top|a.txt', 'top/inner|b.txt'], unreadable: ['top/locked.txt', 'top/locked'] })
})

t.test('files are chosen, dropped and pasted, and what comes together gets one card', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  await page.goto(server.url)
  await page.locator('#userfile').setInputFiles([PICTURE, { ...PICTURE, name: 'second.jpg' }])
  await page.locator('.share .contents li').nth(1).waitFor()
  t.notOk(await page.locator('#all-links').isVisible(), 'there is one link')
  await dropFiles(page, ['a', 'b', 'c', 'd', 'e'].map(name => ({ name: `${name}.txt`, text: name })))
  await page.locator('.share .contents li').nth(6).waitFor()
  t.ok(await page.locator('#all-links').isVisible())
  await page.evaluate(`{
    const transfer = new DataTransfer()
    transfer.items.add(new File(['a picture'], 'pasted.png'))
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true }))
  }`)
  await page.locator('.share[data-name="pasted.png"]').waitFor()
  const names = await page.locator('.share .contents li a').allTextContents()
  t.strictSame(names.sort(), ['Été <b>.jpg', 'a.txt', 'b.txt', 'c.txt', 'd.txt', 'e.txt', 'second.jpg'].sort())
  t.equal((await server.app.ports.sql.all('select id from files')).length, 8)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy all links' }).click()
  await page.getByText('Copied').waitFor()
  const links = String(await page.evaluate('navigator.clipboard.readText()')).split(/\r?\n/)
  t.strictSame(links, await page.evaluate('[...document.querySelectorAll(".share .link input")].map(({ value }) => value)'))
  t.equal(new Set(links).size, 3)
  t.ok(await takeScreenshot(page, 'home-several'), 'fits 320 pixels')
  t.notOk(await page.locator('#progress').isVisible(), 'nothing is under way any more')
})

t.test('a file that was chosen before the scripts have loaded is sent', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  let letLoad = (): void => undefined
  const isAllowed = new Promise<void>(resolve => { letLoad = resolve })
  await page.route('**/home.js', async route => {
    await isAllowed
    await route.continue()
  })
  await page.goto(server.url, { waitUntil: 'commit' })
  await page.locator('#userfile').setInputFiles({ name: 'early.txt', mimeType: 'text/plain', buffer: Buffer.from('x') })
  letLoad()
  await page.locator('.share', { hasText: 'early.txt' }).waitFor()
})

t.test('settings can be changed on the card after the upload', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  await page.goto(server.url)
  await dropFiles(page, [{ name: 'notes.txt', text: 'hello' }])
  await page.locator('.share').waitFor()
  t.notOk(await page.locator('#all-links').isVisible(), 'one has its own')
  await page.getByText('Password, expiry, description').click()
  await page.getByLabel('Password', { exact: true }).fill('sésame')
  await page.getByLabel('Expires').selectOption('After a week')
  await page.getByLabel('Downloads allowed').fill('3')
  await page.getByLabel('After expiry').selectOption('Delete the file')
  await page.getByLabel('Description', { exact: true }).fill('<i>mine</i>')
  t.ok(await takeScreenshot(page, 'home-settings'), 'fits 320 pixels')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  t.equal(await page.getByLabel('Password', { exact: true }).inputValue(), 'sésame')
  t.equal(await page.getByLabel('Expires').inputValue(), 'keep')
  const row = await server.app.ports.sql.get('select description, expires_at, download_limit, limit_action from files')
  t.strictSame({ ...row }, { description: '<i>mine</i>', expires_at: server.clock.time + 7 * 86_400_000, download_limit: 3, limit_action: 2 })
  // What was said of the first time may still be there.
  await Promise.all([page.waitForResponse(answer => answer.request().method() === 'POST'), page.getByRole('button', { name: 'Save' }).click()])
  await page.getByText('Saved.').waitFor()
  t.equal((await server.app.ports.sql.get('select expires_at from files'))?.expires_at, server.clock.time + 7 * 86_400_000, 'kept')
  await page.getByLabel('Downloads allowed').fill('')
  await page.getByRole('button', { name: 'Save' }).click()
  await until('the limit is gone', async () => (await server.app.ports.sql.get('select download_limit from files'))?.download_limit === null)
  t.equal(await page.evaluate('{ const qr = document.querySelector(".qr"); qr.decode().then(() => qr.naturalWidth > 0) }'), true)
})

t.test('the browser remembers what was shared, until it is deleted or forgotten', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  await page.goto(server.url)
  await dropFiles(page, [{ name: 'one.txt', text: '1' }])
  await page.locator('.share').waitFor()
  await dropFiles(page, [{ name: 'two.txt', text: '2' }])
  await page.locator('.share').nth(1).waitFor()
  await page.reload()
  t.strictSame((await page.locator('#recent a.grow').allTextContents()).sort(), ['one.txt', 'two.txt'])
  t.ok(await takeScreenshot(page, 'home-recent'), 'fits 320 pixels')
  await navigate(page, () => page.getByRole('link', { name: 'Change one.txt' }).click())
  await page.getByText('Manage links').click()
  t.ok(await takeScreenshot(page, 'edit'), 'fits 320 pixels')
  await navigate(page, () => page.getByRole('link', { name: 'Delete…' }).click())
  await navigate(page, () => page.getByRole('button', { name: 'Delete' }).click())
  await page.getByText('one.txt is deleted.').waitFor()
  await page.goto(server.url)
  t.strictSame(await page.locator('#recent a.grow').allTextContents(), ['two.txt'])
  const other = await page.context().newPage()
  await other.goto(server.url)
  const clear = other.locator('#forget-all')
  await clear.click()
  await other.getByText('This browser forgets the edit links in it (1).').waitFor()
  t.ok(await takeScreenshot(other, 'home-question'), 'fits 320 pixels')
  await other.keyboard.press('Enter')
  await other.locator('dialog').waitFor({ state: 'detached' })
  t.equal(await other.locator('#recent li').count(), 1, 'Enter means no')
  await other.getByRole('button', { name: 'Remove two.txt from this list' }).click()
  await other.getByRole('heading', { name: 'Remove two.txt from this list?' }).waitFor()
  await other.keyboard.press('Escape')
  t.equal(await other.locator('#recent li').count(), 1)
  await clear.click()
  await other.locator('dialog').getByRole('button', { name: 'Clear list' }).click()
  await page.locator('#recent').waitFor({ state: 'hidden' })
  t.equal((await server.app.ports.sql.all('select id from files')).length, 1, 'forgetting deletes nothing')
})

t.test('an upload shows how far it is, can be cancelled and tried again', needsBrowser, async t => {
  const server = await startServer(t, { settings: { maxFileSize: '20 MB' } })
  const page = await openBrowser(t)
  await page.goto(server.url)
  const network = await page.context().newCDPSession(page)
  await network.send('Network.enable')
  await network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 100_000 })
  await page.locator('#userfile').setInputFiles({ name: 'large.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(4_000_000) })
  await page.locator('#uploads .state', { hasText: /left/ }).waitFor()
  t.match(await page.locator('#total-state').textContent(), /of 3\.8 .*MB/)
  t.equal(await page.evaluate('document.getElementById("total-bar").value < 1'), true)
  t.ok(await takeScreenshot(page, 'home-uploading'), 'fits 320 pixels')
  await page.getByRole('button', { name: 'Cancel: large.bin' }).click()
  await page.getByText('Cancelled').waitFor()
  t.equal((await server.app.ports.sql.all('select id from files')).length, 0)
  await network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 })
  await page.getByRole('button', { name: 'Try again: large.bin' }).click()
  await page.locator('.share').waitFor()
  await page.locator('#userfile').setInputFiles({ name: 'huge.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(20_000_001) })
  await page.getByText('The file is too large.').waitFor()
  t.equal((await server.app.ports.sql.all('select id from files')).length, 1)
})

t.test('without scripts the page uploads, changes and deletes', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t, { javaScriptEnabled: false })
  await page.goto(server.url)
  t.ok(await takeScreenshot(page, 'home-no-script'), 'fits 320 pixels')
  await page.locator('#userfile').setInputFiles(PICTURE)
  await page.getByLabel('Description').fill('from a form')
  await navigate(page, () => page.getByRole('button', { name: 'Upload', exact: true }).click())
  t.match(await page.getByLabel(/^Link to/).inputValue(), `${server.url}/file/`)
  t.ok(await takeScreenshot(page, 'uploaded-no-script'), 'fits 320 pixels')
  await page.getByText('Password, expiry, description').click()
  t.equal(await page.getByRole('textbox', { name: 'Description' }).inputValue(), 'from a form')
  await page.getByLabel('Password', { exact: true }).fill('pw')
  await navigate(page, () => page.getByRole('button', { name: 'Save' }).click())
  await page.getByText('Saved.').waitFor()
  await navigate(page, () => page.getByRole('link', { name: 'Open' }).click())
  await page.getByLabel('This file needs a password').fill('pw')
  await navigate(page, () => page.getByRole('button', { name: 'Continue' }).click())
  t.equal(await page.locator('#download_button').count(), 1)
  await page.goBack()
  await page.goBack()
  await page.getByText('Manage links').click()
  await navigate(page, () => page.getByRole('link', { name: 'Delete…' }).click())
  await navigate(page, () => page.getByRole('button', { name: 'Delete' }).click())
  await page.getByText('is deleted.').waitFor()
  t.equal((await server.app.ports.sql.all('select id from files')).length, 0)
})
