/** One's own files in a browser: uploading in place, keys, menus, dragging, taking back. */
// Runs on SQLite only.
import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'
import { skipWithout } from '../../scripts/bring-components.ts'
import { logInByForm, navigate, openBrowser } from '../support/browser.ts'
import { attribute, call, openSession, uploadFile } from '../support/client.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const needsBrowser = { skip: skipWithout('chromium') }

const createFolder = async (server: TestServer, key: string, name: string, more: Readonly<Record<string, string>> = {}): Promise<string> =>
  attribute(await call(server, 'folders.create', { session_key: key, name, ...more }), 'id')

/** A logged-in browser on the page of one's own files. */
async function begin (t: Test, fill: (server: TestServer, key: string) => Promise<void> = async () => undefined) {
  const server = await startServer(t)
  const key = await openSession(server)
  await fill(server, key)
  const page = await openBrowser(t)
  page.on('pageerror', error => { t.fail(error.message) })
  await logInByForm(page, server, '/my')
  const row = (name: string) => page.locator('#my-list tbody tr', { hasText: name })
  const chosen = async () => page.evaluate('[...document.querySelectorAll("tbody tr:has(:checked) .entry a")].map(({ textContent }) => textContent)')
  const one = async (sql: string, params: Readonly<Record<string, string>> = {}) => server.app.ports.sql.get(sql, params)
  return { server, key, page, row, chosen, one }
}

/** Drops a tree of files as a browser hands it over: a text is a file, null an unreadable one, an object a folder. */
interface Tree { readonly [name: string]: string | null | Tree }

async function drop (page: Page, tree: Tree, at = '#my-list'): Promise<void> {
  await page.evaluate(`{
    const entryOf = (name, value, above) => {
      const fullPath = above + '/' + name
      if (value === null || typeof value === 'string') return { isFile: true, name, fullPath, file: (resolve, reject) => value === null ? reject(new DOMException('no', 'NotReadableError')) : resolve(new File([value], name)) }
      const pages = [Object.entries(value).map(([inner, content]) => entryOf(inner, content, fullPath)), []]
      return { isDirectory: true, name, fullPath, createReader: () => ({ readEntries: resolve => { resolve(pages.shift()) } }) }
    }
    const tree = ${JSON.stringify(tree)}
    const transfer = { types: ['Files'], files: [], items: Object.entries(tree).map(([name, value]) => ({ webkitGetAsEntry: () => entryOf(name, value, '') })) }
    for (const [name, value] of Object.entries(tree)) if (typeof value === 'string') transfer.files.push(new File([value], name))
    const target = document.querySelector(${JSON.stringify(at)})
    for (const type of ['dragenter', 'dragover', 'drop']) {
      const event = new DragEvent(type, { bubbles: true, cancelable: true })
      Object.defineProperty(event, 'dataTransfer', { value: transfer })
      if (!target.dispatchEvent(event)) continue
      if (type !== 'dragenter') throw new Error('the browser would open the file')
    }
  }`)
}

/** Every file of the server, with the names of the folders around it. */
async function filesOf ({ app }: TestServer): Promise<string[]> {
  const folders = new Map((await app.ports.sql.all('select id, parent_id, name from folders')).map(row => [row.id, row]))
  const pathOf = (id: unknown): string => {
    const folder = folders.get(String(id))
    return folder === undefined ? '' : `${pathOf(folder.parent_id)}${folder.name}/`
  }
  return (await app.ports.sql.all('select folder_id, name from files')).map(row => pathOf(row.folder_id) + row.name).sort()
}

t.test('files are uploaded in place, and the list shows them without losing what is selected', needsBrowser, async t => {
  const { server, page, row, chosen } = await begin(t)
  t.ok(await takeScreenshot(page, 'my-empty'), 'fits a phone')
  await page.getByRole('heading', { name: 'No files yet' }).waitFor()
  await page.locator('#chosen-files').setInputFiles([{ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') }, { name: 'b.txt', mimeType: 'text/plain', buffer: Buffer.from('bb') }])
  await row('b.txt').waitFor()
  await page.getByLabel('Select a.txt').check()
  await page.getByLabel('Select b.txt').check()
  await drop(page, { 'c.txt': 'ccc' })
  await row('c.txt').waitFor()
  t.strictSame(await chosen(), ['a.txt', 'b.txt'])
  t.match(await page.locator('#chosen').textContent(), /^2 of 3 selected · 3 bytes$/)
  t.equal(await page.evaluate('document.activeElement.ariaLabel'), 'Select b.txt', 'the focus stays')
  t.notOk(await page.locator('#progress').isVisible())
  t.strictSame(await filesOf(server), ['a.txt', 'b.txt', 'c.txt'])
})

t.test('a folder that is dropped keeps its shape, also on the row of a folder', needsBrowser, async t => {
  const { server, page, row } = await begin(t, async (server, key) => {
    const photos = await createFolder(server, key, 'Photos')
    await createFolder(server, key, 'Inner', { parent_folder_id: photos })
  })
  await page.evaluate(`{
    const event = new DragEvent('dragover', { bubbles: true, cancelable: true })
    Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'] } })
    document.querySelector('tbody tr').dispatchEvent(event)
  }`)
  t.match(await page.locator('#drop-target').textContent(), 'Upload to Photos')
  t.ok(await page.locator('tbody tr.is-target').isVisible())
  await drop(page, { trip: { 'a.txt': 'a', day: { 'a.txt': 'A', 'b.txt': 'b' }, 'locked.txt': null } }, 'tbody tr')
  await page.getByText('This file cannot be read.').waitFor()
  t.ok(await page.locator('#drop-target').isHidden())
  await until('all have come', async () => (await filesOf(server)).length === 3)
  t.strictSame(await filesOf(server), ['Photos/trip/a.txt', 'Photos/trip/day/a.txt', 'Photos/trip/day/b.txt'])
  await row('Photos').getByText('2 folders').waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  await page.locator('#progress').waitFor({ state: 'hidden' })
  await drop(page, { 'top.txt': 'x' })
  await row('top.txt').waitFor()
  await page.goto(`${server.url}/my?folder=${String((await server.app.ports.sql.get("select id from folders where name = 'Photos'"))?.id)}`)
  await drop(page, { 'up.txt': 'x' }, '.crumbs a')
  await until('it is above', async () => (await filesOf(server)).includes('up.txt'))
})

t.test('hidden files are asked about once for a drop, and not when there are none', needsBrowser, async t => {
  const { server, page } = await begin(t)
  const tree = { app: { 'a.txt': 'a', '.env': 'secret', '.git': { config: 'x' } } }
  await drop(page, tree)
  await page.getByRole('heading', { name: 'Hidden files' }).waitFor()
  t.match(await page.locator('dialog[open]').textContent(), /are 2 that your system hides/)
  t.ok(await takeScreenshot(page, 'my-hidden'), 'fits a phone')
  await page.getByRole('button', { name: 'Leave out' }).click()
  await until('one has come', async () => (await filesOf(server)).length === 1)
  await drop(page, { app2: tree.app })
  await page.getByRole('button', { name: 'Upload them too' }).click()
  await until('all have come', async () => (await filesOf(server)).length === 4)
  t.strictSame(await filesOf(server), ['app/a.txt', 'app2/.env', 'app2/.git/config', 'app2/a.txt'])
  await drop(page, { plain: { 'b.txt': 'b' } })
  await until('it has come', async () => (await filesOf(server)).length === 5)
  t.equal(await page.locator('dialog[open]').count(), 0)
})

t.test('keys work wherever the focus is in a row', needsBrowser, async t => {
  const { server, page, chosen, one } = await begin(t, async (server, key) => {
    for (const name of ['alpha.txt', 'beta.txt', 'bright.txt', 'gamma.txt']) await uploadFile(server, key, name, name)
  })
  const focused = () => page.evaluate('document.activeElement.closest("tr").querySelector(".entry a").textContent')
  await page.getByRole('link', { name: 'alpha.txt' }).focus()
  await page.keyboard.press('ArrowDown')
  t.strictSame([await focused(), await page.evaluate('document.activeElement.localName')], ['beta.txt', 'a'], 'from link to link')
  await page.keyboard.press(' ')
  t.strictSame(await chosen(), ['beta.txt'])
  await page.keyboard.press('End')
  t.equal(await focused(), 'gamma.txt')
  await page.keyboard.press('Shift+Home')
  t.strictSame(await chosen(), ['alpha.txt', 'beta.txt'], 'a range from what was chosen last')
  await page.keyboard.press('Control+a')
  t.equal((await chosen() as string[]).length, 4)
  await page.keyboard.press('Escape')
  t.strictSame(await chosen(), [])
  await page.keyboard.type('br')
  t.equal(await focused(), 'bright.txt')
  await page.getByLabel('Actions for gamma.txt').focus()
  await page.keyboard.press('F2')
  await page.keyboard.type('delta')
  await navigate(page, () => page.keyboard.press('Enter'))
  t.equal((await one("select count(*) as files from files where name = 'delta.txt'"))?.files, 1, 'what follows the dot stays')
  await navigate(page, () => page.keyboard.press('Control+z'))
  await page.getByText('Undone.', { exact: true }).waitFor()
  t.equal((await one("select count(*) as files from files where name = 'gamma.txt'"))?.files, 1)
  await page.getByLabel('Select alpha.txt').focus()
  await navigate(page, () => page.keyboard.press('Delete'))
  await page.getByRole('heading', { name: 'Delete these items?' }).waitFor()
  t.match(await page.locator('form.card').textContent(), /alpha\.txt[^]*1 file, 9 bytes/)
  await page.goto(`${server.url}/my?view=grid`)
  await page.getByRole('link', { name: 'alpha.txt' }).focus()
  await page.keyboard.press('ArrowRight')
  t.equal(await focused(), 'beta.txt')
  t.ok(await takeScreenshot(page, 'my-grid'), 'fits a phone')
  await page.goto(`${server.url}/my`)
  t.equal(await page.locator('.as-grid').count(), 1, 'the choice is remembered')
})

t.test('clicks select one row, a range, or one more', needsBrowser, async t => {
  const { page, row, chosen } = await begin(t, async (server, key) => {
    for (const name of ['a.txt', 'b.txt', 'c.txt', 'd.txt']) await uploadFile(server, key, name, name)
  })
  const size = (name: string) => row(name).locator('td.number').first()
  t.notOk(await page.locator('#bulk').isVisible(), 'nothing is selected')
  await size('a.txt').click()
  t.strictSame(await chosen(), ['a.txt'])
  t.ok(await page.locator('#bulk').isVisible())
  await size('c.txt').click({ modifiers: ['Shift'] })
  await until('a range is selected', async () => (await chosen() as string[]).length > 1)
  t.strictSame(await chosen(), ['a.txt', 'b.txt', 'c.txt'])
  await size('b.txt').click({ modifiers: ['Control'] })
  t.strictSame(await chosen(), ['a.txt', 'c.txt'])
  await page.getByLabel('Select a.txt').click()
  await page.getByLabel('Select d.txt').click({ modifiers: ['Shift'] })
  await until('the page shows it', () => page.evaluate('document.querySelectorAll("tbody :checked").length === 4'))
  await page.getByRole('button', { name: 'Clear selection' }).click()
  t.strictSame(await chosen(), [])
  t.notOk(await page.locator('#bulk').isVisible())
})

t.test('the menu of a row copies its link first, and everything in it is reached by keys', needsBrowser, async t => {
  const { server, page, one } = await begin(t, async (server, key) => {
    await createFolder(server, key, 'Photos')
    await createFolder(server, key, 'Shown', { shared: '1' })
    await uploadFile(server, key, 'a.txt', 'a')
  })
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const items = async (name: string) => {
    await page.getByLabel(`Actions for ${name}`).click()
    return (await page.locator('#row-menu').getByRole('menuitem').allTextContents()).map(text => text.trim())
  }
  t.strictSame(await items('a.txt'), ['Copy link', 'Open', 'Settings', 'Rename…', 'Move…', 'Send by e-mail…', 'Delete…'])
  t.ok(await takeScreenshot(page, 'my-menu'), 'fits a phone')
  await page.keyboard.press('Enter')
  const id = String((await one('select id from files'))?.id)
  await until('the page shows it', () => page.evaluate('document.querySelector("#announcer").textContent.startsWith("Link copied")'))
  t.equal(await page.evaluate('navigator.clipboard.readText()'), `${server.url}/file/${id}`)
  t.strictSame(await items('Photos'), ['Open', 'Rename…', 'Move…', 'Send by e-mail…', 'Make public', 'Delete…'], 'nobody else could open its link')
  await page.keyboard.press('Escape')
  t.equal(await page.evaluate('document.activeElement.ariaLabel'), 'Actions for Photos')
  t.strictSame(await items('Shown'), ['Copy link', 'Open', 'Rename…', 'Move…', 'Send by e-mail…', 'Make private', 'Delete…'])
  await page.keyboard.press('End')
  await page.keyboard.press('ArrowUp')
  await navigate(page, () => page.keyboard.press('Enter'))
  await page.getByText('Folder is private.').waitFor()
  await page.goto(`${server.url}/my/shared`)
  t.ok(await takeScreenshot(page, 'my-shared'), 'fits a phone')
  await page.goto(`${server.url}/my`)
  await page.getByLabel('Actions for a.txt').focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('m')
  await page.keyboard.press('Enter')
  await page.locator('#move-dialog select').selectOption('Photos')
  t.ok(await takeScreenshot(page, 'my-move'), 'fits a phone')
  await navigate(page, () => page.locator('#move-dialog').getByRole('button', { name: 'Move' }).click())
  t.strictSame(await filesOf(server), ['Photos/a.txt'])
  await navigate(page, () => page.getByRole('button', { name: 'Undo' }).click())
  t.strictSame(await filesOf(server), ['a.txt'])
  t.strictSame(await items('a.txt').then(async () => page.locator('#row-menu [data-do=open]').getAttribute('href')), `${server.url}/file/${id}`)
})

t.test('a name that is taken is asked for again, with what was typed', needsBrowser, async t => {
  const { page, one } = await begin(t, async (server, key) => {
    for (const name of ['One', 'Two']) await createFolder(server, key, name)
  })
  const rename = async (name: string) => {
    await page.locator('#rename-dialog [name=name]').fill(name)
    await navigate(page, () => page.keyboard.press('Enter'))
  }
  await page.getByLabel('Select Two').focus()
  await page.keyboard.press('F2')
  await rename('one')
  await page.getByText('A folder with this name already exists here.').waitFor()
  t.equal(await page.locator('#rename-dialog [name=name]').inputValue(), 'one')
  await rename('Three')
  await page.getByText('Renamed.').waitFor()
  t.equal((await one("select count(*) as folders from folders where name = 'Three'"))?.folders, 1)
})

t.test('many files in folders are uploaded a few at a time, with few rows, though requests are lost', needsBrowser, async t => {
  const { server, page } = await begin(t)
  const folders = 10
  const each = 8
  const tree = { big: Object.fromEntries([...Array(folders).keys()].map(i => [`f${i}`, Object.fromEntries([...Array(each).keys()].map(j => [`${j}.txt`, `${i} ${j}`]))])) }
  let most = 0
  let running = 0
  let cut = 0
  await page.route('**/tus/**', async route => {
    running++
    most = Math.max(most, running)
    // Each twentieth request is lost.
    if (++cut % 20 === 0) await route.abort()
    else await route.continue()
    running--
  })
  await page.evaluate(`{
    window.longest = 0
    let last = performance.now()
    setInterval(() => { const now = performance.now(); window.longest = Math.max(window.longest, now - last); last = now }, 10)
  }`)
  await drop(page, tree)
  await page.locator('#total-state', { hasText: /of 80 files/ }).waitFor()
  t.ok(Number(await page.evaluate('document.querySelectorAll("#uploads li").length')) <= 10, 'not a row for each')
  await page.getByText(/… and \d+ more/).waitFor()
  await until('all have come', async () => (await server.app.ports.sql.get('select count(*) as files from files'))?.files === folders * each)
  await page.locator('#progress').waitFor({ state: 'hidden' })
  t.equal((await server.app.ports.sql.get('select count(*) as folders from folders'))?.folders, folders + 1, 'no folder is there twice')
  t.ok(most <= 3, `at most 3 at a time, not ${most}`)
  t.comment(`the longest pause of the page: ${Math.round(Number(await page.evaluate('window.longest')))} ms`)
})

t.test('whoever is no longer logged in is told so, and nothing becomes nobody\'s', needsBrowser, async t => {
  const { server, page } = await begin(t)
  await page.context().clearCookies()
  await drop(page, { 'a.txt': 'a' })
  await page.locator('#uploads .state', { hasText: 'no longer logged in' }).waitFor()
  t.equal((await server.app.ports.sql.get('select count(*) as files from files'))?.files, 0)
  const other = await page.context().newPage()
  await logInByForm(other, server, '/my')
  await page.getByRole('button', { name: 'Try again: a.txt' }).click()
  await page.locator('#my-list tbody tr', { hasText: 'a.txt' }).waitFor()
})
