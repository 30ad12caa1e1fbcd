/** Texts that are written or pasted on the pages: the way of every upload, and nothing that was typed is lost. */
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { languageOfName, nameOfText, TEXT_LANGUAGES } from '../../src/domain/files/text-language.ts'
import { DEFAULT_PLANS } from '../../src/domain/accounts/plan.ts'
import { logInByForm, navigate, openBrowser } from '../support/browser.ts'
import { register } from '../support/client.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { START, startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const needsBrowser = { skip: skipWithout('chromium') }
const MiB = 1024 * 1024

/** Sends the form as a browser without scripts does. */
function send (server: Pick<TestServer, 'url'>, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return fetch(`${server.url}/text`, { method: 'POST', body: form, redirect: 'manual', headers })
}

/** A new session of the pages, as a header. */
async function logInToPages (server: TestServer): Promise<{ readonly cookie: string }> {
  const answer = await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'alice', password: 'secret1' }), redirect: 'manual' })
  return { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' }
}

/** The file that a text has become. */
async function shared (server: TestServer, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) {
  const answer = await send(server, fields, headers)
  const id = /\/edit\/(\w{6})\/[0-9a-f]{32}$/.exec(answer.headers.get('location') ?? '')?.[1] ?? ''
  const row = await server.app.ports.sql.get('select * from files where id = $id', { id })
  const bytes = row && await (await fetch(`${server.url}/pro/dl/${id}`)).text()
  return { status: answer.status, id, row: row ?? {}, bytes }
}

t.test('a text becomes a file in UTF-8, called by its name and language', async t => {
  const server = await startServer(t)
  const text = 'Grüße,\n\ttab 😀\n'
  const { status, row, bytes } = await shared(server, { text: text.replaceAll('\n', '\r\n'), name: '', language: 'plain' })
  t.equal(status, 303)
  t.equal(bytes, text, 'with the line breaks of its writer')
  t.match(row, { name: 'text.txt', owner_id: null, size: Buffer.byteLength(text), sealed_password: null, limit_action: 2 })
  t.equal(Number(row.expires_at), START + 30 * 24 * 3600 * 1000, 'as any file without an account')
  t.match((await shared(server, { text: '# A', name: 'notes', language: 'markdown' })).row, { name: 'notes.md' })
  t.match((await shared(server, { text: 'x', name: 'main.py', language: 'plain' })).row, { name: 'main.py' })
  t.match((await shared(server, { text: 'x', name: '../../etc/passwd', language: 'nonsense' })).row, { name: 'passwd.txt' })
  t.match((await shared(server, { text: 'x', name: '' }, { 'accept-language': 'fr' })).row, { name: 'texte.txt' })
  const long = String((await shared(server, { text: 'x', name: 'n'.repeat(255), language: 'go' })).row.name)
  t.ok(long.endsWith('.go') && long.length === 255, 'the extension is kept')
  const disguised = '--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nsecret\r\n--x--\r\n'
  t.equal((await shared(server, { text: disguised })).bytes, disguised.replaceAll('\r\n', '\n'), 'one that looks like a form is a text')
})

t.test('names by language', async t => {
  t.equal(nameOfText('', 'json', 'text'), 'text.json')
  t.equal(nameOfText('a.ts', 'typescript', 'text'), 'a.ts')
  t.equal(nameOfText('a.txt', 'rust', 'text'), 'a.txt.rs')
  t.equal(nameOfText('a.exe', 'plain', 'text'), 'a.exe.txt')
  for (const { id, extensions: [first = ''] } of TEXT_LANGUAGES) t.equal(languageOfName(`a.${first}`), id)
  t.strictSame(TEXT_LANGUAGES.slice(0, 2).map(({ id }) => id), ['plain', 'markdown'])
})

t.test('password and expiry hold from the beginning, and an account has its texts', async t => {
  const server = await startServer(t)
  const { id, row } = await shared(server, { text: 'x', password: 'pw', time_limit: '3600' })
  t.equal(Number(row.expires_at), START + 3600_000)
  t.match(await (await fetch(`${server.url}/file/${id}`)).text(), 'needs a password')
  t.equal(Number((await shared(server, { text: 'x', time_limit: '7' })).row.expires_at), START + 30 * 24 * 3600 * 1000, 'a time that nobody can choose')
  await register(server)
  const { cookie } = await logInToPages(server)
  const own = await shared(server, { text: 'mine', time_limit: '86400' }, { cookie })
  t.match(own.row, { expires_at: START + 86_400_000, limit_action: null })
  t.not(own.row.owner_id, null)
  t.match(await (await fetch(`${server.url}/my`, { headers: { cookie } })).text(), 'text.txt')
})

t.test('what cannot be shared is said at its field, and the text stays', async t => {
  const server = await startServer(t)
  const refused = async (fields: Readonly<Record<string, string>>, field: string, sentence: string) => {
    const answer = await send(server, { text: 'kept <b>text</b>', language: 'go', ...fields })
    const page = await answer.text()
    t.equal(answer.status, 400)
    t.ok(new RegExp(`name="${field}"[^>]* aria-invalid="true" aria-describedby="${field}_problem"`).test(page), field)
    t.ok(page.includes(sentence), sentence)
    t.ok(page.includes('<option value="go" selected>'))
    return page
  }
  t.match(await refused({ name: 'ü'.repeat(128) }, 'name', 'too long'), '>\nkept &lt;b&gt;text&lt;/b&gt;</textarea>')
  t.match(await refused({ password: 'p'.repeat(1025) }, 'password', 'too long'), 'kept &lt;b&gt;')
  await refused({ text: ' \n ' }, 'text', 'Write or paste something first.')
  t.ok((await refused({ text: 'x'.repeat(MiB + 1) }, 'text', '1 MB at most')).includes('x'.repeat(MiB + 1)))
  t.equal((await server.app.ports.sql.all('select id from files')).length, 0)
  for (const size of [MiB - 1, MiB]) t.equal((await send(server, { text: 'x'.repeat(size) })).status, 303)
  t.equal((await send(server, { text: 'x'.repeat(3 * MiB) })).status, 413)
})

t.test('the rules of uploads hold for texts', async t => {
  const small = await startServer(t, { settings: { maxFileSize: '10' } })
  t.equal((await send(small, { text: 'x'.repeat(10) })).status, 303)
  const tooLarge = await send(small, { text: 'y'.repeat(11) })
  t.equal(tooLarge.status, 400)
  t.match(await tooLarge.text(), /aria-invalid="true"[^]*yyyyyyyyyyy<\/textarea>/)
  const { sql } = small.app.ports
  await sql.run("insert into pauses (name, paused_at) values ('uploads', 0)")
  t.equal((await fetch(`${small.url}/text`)).status, 503, 'said before anything is typed')
  const paused = await send(small, { text: 'kept' })
  t.equal(paused.status, 503)
  t.match(await paused.text(), '>\nkept</textarea>')
  await sql.run('delete from pauses')
  const full = await startServer(t, { settings: { anonymousStorage: '5' } })
  const refused = await send(full, { text: 'kept, for it is too much' })
  t.equal(refused.status, 503)
  t.match(await refused.text(), '>\nkept, for it is too much</textarea>')
  t.strictSame(await full.app.ports.sql.all('select id from files'), [])
})

t.test('where uploads need an account the page leads to the login', async t => {
  const server = await startServer(t, { overrides: { policy: { plans: { ...DEFAULT_PLANS, anonymous: { ...DEFAULT_PLANS.anonymous, capabilities: new Set() } } } } })
  const page = await fetch(`${server.url}/text`, { redirect: 'manual' })
  t.strictSame([page.status, page.headers.get('location')], [303, '/login?to=/text'])
  const sent = await send(server, { text: 'kept' })
  t.equal(sent.status, 403)
  t.match(await sent.text(), '>\nkept</textarea>')
})

t.test('a text that was begun with an account is not shared without one', async t => {
  const server = await startServer(t)
  await register(server)
  const { cookie } = await logInToPages(server)
  t.match(await (await fetch(`${server.url}/text`, { headers: { cookie } })).text(), 'name="for_account" value="alice"')
  t.equal((await send(server, { text: 'of somebody else', for_account: 'bob' }, { cookie })).status, 401)
  await server.app.ports.sql.run('delete from page_sessions')
  const answer = await send(server, { text: 'mine alone', for_account: 'alice' }, { cookie })
  t.equal(answer.status, 401)
  const page = await answer.text()
  t.match(page, 'no longer logged in')
  t.match(page, '>\nmine alone</textarea>')
  t.match(page, 'name="for_account" value="alice"', 'and does not become anonymous the second time')
  t.strictSame(await server.app.ports.sql.all('select id from files'), [])
  const again = await logInToPages(server)
  t.equal((await send(server, { text: 'mine alone', for_account: 'alice' }, again)).status, 303)
  t.equal((await server.app.ports.sql.all('select id from files where owner_id is not null')).length, 1)
})

t.test('the page works without scripts', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t, { javaScriptEnabled: false })
  await page.goto(server.url)
  await navigate(page, () => page.getByRole('link', { name: 'Share a text' }).click())
  await page.getByLabel('Text', { exact: true }).fill('\n# Heading\n\n*soft*')
  await page.getByLabel('Format').selectOption('Markdown')
  await navigate(page, () => page.getByRole('button', { name: 'Share' }).click())
  t.match(page.url(), /\/edit\//)
  await navigate(page, () => page.getByRole('link', { name: 'Open', exact: true }).click())
  await page.frameLocator('iframe').getByRole('heading', { name: 'Heading' }).waitFor()
  await navigate(page, () => page.getByRole('link', { name: 'Raw text' }).click())
  t.match(page.url(), '/view/')
  t.equal(await (await fetch(page.url())).text(), '\n# Heading\n\n*soft*')
})

t.test('a draft stays until it is shared, whatever happens in between', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  await page.goto(server.url)
  await page.evaluate(`{
    const transfer = new DataTransfer()
    transfer.setData('text/plain', 'a thought')
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true }))
  }`)
  await page.waitForURL(`${server.url}/text`)
  const text = page.getByLabel('Text', { exact: true })
  await until('the page shows it', () => page.evaluate("document.getElementById('text').value === 'a thought'"))
  await text.fill('a thought, longer')
  await page.getByLabel('Format').selectOption('Rust')
  await page.reload()
  await until('the page shows it', () => page.evaluate("document.getElementById('text').value === 'a thought, longer'"))
  t.equal(await page.getByLabel('Format').inputValue(), 'rust')
  t.ok(await takeScreenshot(page, 'text'), 'fits 320 pixels')

  await page.getByLabel('Name').fill('ü'.repeat(200))
  await text.press('Control+Enter')
  await page.locator('#name[aria-invalid]').waitFor()
  t.ok(await takeScreenshot(page, 'text-wrong'), 'fits 320 pixels')
  t.equal(await text.inputValue(), 'a thought, longer')
  t.equal(await page.evaluate('document.activeElement.id'), 'name')

  await page.getByLabel('Name').fill('thought')
  await page.context().setOffline(true)
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByText('Your text is still here').waitFor()
  await page.context().setOffline(false)
  await page.getByRole('button', { name: 'Share' }).click()
  await page.waitForURL(/\/edit\//)
  t.match(await server.app.ports.sql.get('select name from files'), { name: 'thought.rs' })
  await page.goto(`${server.url}/text`)
  t.equal(await page.getByLabel('Text', { exact: true }).inputValue(), '', 'it is shared')
})

t.test('a logged-in person shares into his account', needsBrowser, async t => {
  const server = await startServer(t)
  await register(server)
  const page = await openBrowser(t)
  await logInByForm(page, server, '/text')
  await page.getByLabel('Text', { exact: true }).fill('for me')
  await page.getByRole('button', { name: 'Share' }).click()
  await page.waitForURL(/\/edit\//)
  t.equal((await server.app.ports.sql.all('select id from files where owner_id is not null')).length, 1)
})
