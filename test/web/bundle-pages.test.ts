/** Bundles in a browser: thirty files, a folder, additions, an interrupted upload, and what the receiver sees. */
// Runs on SQLite only.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Page } from 'playwright-core'
import { skipWithout } from '../../scripts/bring-components.ts'
import { dropFiles, openBrowser } from '../support/browser.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { startServer, temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const needsBrowser = { skip: skipWithout('chromium') }
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8Dwn4EIAAAlOgH/5XU7SwAAAABJRU5ErkJggg==', 'base64')

const countIn = (page: Page, selector: string): Promise<number> => page.locator(selector).count()

t.test('thirty files are a drop and a click: one card, one link', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  const problems: string[] = []
  page.on('pageerror', error => { problems.push(error.message) })
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto(server.url)
  await dropFiles(page, Array.from({ length: 30 }, (_, i) => ({ name: `photo ${i + 1}.jpg`, text: `picture ${i}` })))
  await page.locator('.share .contents li').nth(29).waitFor()
  t.equal(await countIn(page, '.share'), 1)
  t.ok(Number(await page.evaluate('document.documentElement.scrollHeight')) < 4000, 'the page stays short')
  await page.locator('.share .link [data-copy]').click()
  await page.getByText('Copied').waitFor()
  const link = String(await page.evaluate('navigator.clipboard.readText()'))
  t.match(link, new RegExp(`^${server.url}/folder/[a-z0-9]{6}$`))
  t.notMatch(await page.locator('.share').textContent(), 'Downloaded 0')
  t.ok(await takeScreenshot(page, 'bundle-card'), 'fits 320 pixels')

  // One is taken out again, another is added.
  await page.getByRole('button', { name: 'Remove photo 1.jpg' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await until('a row is gone', async () => await countIn(page, '.share .contents li') === 29)
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('[data-add=files]').click()])
  await chooser.setFiles({ name: 'late.png', mimeType: 'image/png', buffer: PIXEL })
  await page.getByRole('link', { name: 'late.png' }).waitFor()
  t.equal(await countIn(page, '.share'), 1)

  await page.locator('.share details', { hasText: 'Title, message' }).locator('summary').click()
  await page.getByLabel('Title').fill('Summer')
  await page.getByLabel('Message').fill('All of them.')
  await page.locator('.settings button[type=submit]').click()
  await page.getByText('Saved.').waitFor()
  await page.reload()
  await page.locator('#recent').getByRole('link', { name: '30 files' }).first().waitFor()

  await page.goto(link)
  await page.getByRole('heading', { name: 'Summer' }).waitFor()
  await page.getByText('All of them.').waitFor()
  await page.getByRole('link', { name: /^Download all \(30 files, / }).waitFor()
  t.ok(await takeScreenshot(page, 'bundle-received'), 'fits 320 pixels')
  await page.getByLabel('Select for the ZIP: late.png').check()
  await page.getByText(/1 selected, \d+ bytes/).waitFor()
  await page.getByRole('link', { name: 'Grid' }).click()
  await page.locator('.grid li').nth(29).waitFor()
  t.ok(await takeScreenshot(page, 'bundle-grid'), 'fits 320 pixels')
  await page.getByRole('link', { name: 'late.png' }).first().click()
  await page.locator('dialog.gallery img').waitFor()
  await page.keyboard.press('ArrowRight')
  await page.getByText('1 of 30').or(page.getByText('2 of 30')).waitFor()
  await page.screenshot({ path: join(import.meta.dirname, '../../../screenshots/gallery.png') }).catch(() => undefined)
  await page.keyboard.press('Escape')
  t.equal(await countIn(page, 'dialog[open]'), 0)
  t.strictSame(problems, [])
})

t.test('a folder keeps its shape, and equal names stay apart', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  const folder = join(await temporaryFolder(t), 'Trip')
  for (const day of ['One', 'Two']) {
    await mkdir(join(folder, day), { recursive: true })
    await writeFile(join(folder, day, 'notes.txt'), day)
  }
  await writeFile(join(folder, 'top.txt'), 'top')
  await page.goto(server.url)
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('#choose-folder').click()])
  await chooser.setFiles(folder)
  await page.locator('.share .contents li').nth(2).waitFor()
  t.strictSame((await page.locator('.share .contents li .grow').allTextContents()).sort(), ['One / notes.txt', 'Two / notes.txt', 'top.txt'])
  t.equal(await page.locator('.share h2').textContent(), 'Trip')
})

t.test('an upload that a reload ended goes on with the same files', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  await page.goto(server.url)
  const files = ['a.txt', 'b.txt', 'c.txt', 'd.txt'].map(name => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) }))
  const folder = await temporaryFolder(t)
  for (const { name, buffer } of files) await writeFile(join(folder, name), buffer)
  const paths = files.map(({ name }) => join(folder, name))
  let sent = 0
  await page.route('**/tus/*', async route => ++sent > 2 ? undefined : route.continue())
  await page.locator('#userfile').setInputFiles(paths)
  await until('uploads have begun', () => sent > 2)
  page.on('dialog', dialog => { void dialog.accept() })
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await page.reload()
  await page.getByText(/was interrupted. Choose the same files again/).waitFor()
  t.ok(await takeScreenshot(page, 'home-interrupted'), 'fits 320 pixels')
  await page.locator('#userfile').setInputFiles(paths)
  await page.locator('.share .contents li').nth(3).waitFor()
  t.equal((await server.app.ports.sql.all('select folder_id from bundles')).length, 1, 'into the same bundle')
  t.equal((await server.app.ports.sql.all('select id from files')).length, 4, 'nothing twice')
  t.equal(await page.getByText('was interrupted').count(), 0)
})

t.test('where uploads need an account the page says so before anything is chosen', needsBrowser, async t => {
  const config = join(await temporaryFolder(t), 'respace.yaml')
  await writeFile(config, 'plans: { anonymous: { capabilities: none } }')
  const server = await startServer(t, { settings: { config } })
  const page = await openBrowser(t)
  await page.goto(server.url)
  await page.getByText('You need an account to upload here.').waitFor()
  t.equal(await countIn(page, 'input[type=file]'), 0)
  t.ok(await takeScreenshot(page, 'home-closed'), 'fits 320 pixels')
})
