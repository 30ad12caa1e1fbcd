/** Pages in a browser: scripts of another origin, a plain form, and a click on the download button. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { openSession, uploadFile, userTicket } from '../support/client.ts'
import { openBrowser, servePage } from '../support/browser.ts'
import { downloadFrom, storedFile } from '../support/client-program.ts'
import { startServer } from '../support/server.ts'
import { html } from '../../src/web/html.ts'

const needsBrowser = { skip: skipWithout('chromium') }
const BYTES = randomBytes(300_000)
const PICTURE = { name: 'holiday – été.jpg', mimeType: 'image/jpeg', buffer: BYTES }

t.test('a script of another origin reads responseXML of the call, the upload and the progress', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  await page.goto(await servePage(t, await readFile(join(import.meta.dirname, 'browser-xml.html'), 'utf8')))
  await page.locator('#file').setInputFiles(PICTURE)
  await page.evaluate(`upload(${JSON.stringify(server.url)})`)
  const log = page.locator('#log', { hasText: /end|forbade/ })
  const said = await log.textContent() ?? ''
  t.match(said, /^progress=done 100$/m)
  t.ok((await downloadFrom(/^download_url=(.*)$/m.exec(said)?.[1] ?? '')).equals(BYTES))
})

t.test('a plain form uploads and is led back to its redirect_url', needsBrowser, async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const { url, id, proof } = await userTicket(server, key)
  const done = await servePage(t, 'Thank you')
  const form = await servePage(t, html`<!DOCTYPE html><meta charset="utf-8">
<form method="post" action="${url}" enctype="multipart/form-data">
<input type="hidden" name="MAX_FILE_SIZE" value="314572800">
<input type="hidden" name="UPLOAD_IDENTIFIER" value="${id}">
<input type="hidden" name="extra_info" value="${proof}">
<input type="hidden" name="redirect_url" value="${done}/done?from=form">
<input type="file" name="userfile">
<input type="text" name="description" value="from a form">
<input type="submit" value="Send">
</form>`.text)
  const page = await openBrowser(t)
  await page.goto(form)
  await page.locator('[name=userfile]').setInputFiles(PICTURE)
  await page.locator('[type=submit]').click()
  await page.waitForURL(`${done}/**`)
  const answer = new URL(page.url()).searchParams
  t.strictSame([...answer.keys()], ['from', 'upload_status', 'file_id'])
  t.equal(answer.get('upload_status'), 'ok')
  const stored = await storedFile(server, key, answer.get('file_id') ?? '')
  t.match(stored, { name: PICTURE.name, description: 'from a form' })
  t.ok(stored.bytes.equals(BYTES))
})

t.test('who follows a#download_button gets the file', needsBrowser, async t => {
  const server = await startServer(t)
  const id = await uploadFile(server, await openSession(server), PICTURE.name, BYTES)
  const page = await openBrowser(t)
  await page.goto(`${server.url}/file/${id}`)
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a#download_button').click()])
  t.equal(download.suggestedFilename(), PICTURE.name)
  t.ok((await readFile(await download.path())).equals(BYTES))
})
