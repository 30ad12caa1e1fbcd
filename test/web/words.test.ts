/** The pages in seven languages: the files fit each other and the code, each reader gets his own, programs get English. */
// Runs on SQLite only.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Page } from 'playwright-core'
import { skipWithout } from '../../scripts/bring-components.ts'
import { LANGUAGES, type Language } from '../../src/web/i18n/languages.ts'
import { wordsOf } from '../../src/web/i18n/translations.ts'
import type { Translation } from '../../src/web/i18n/words.ts'
import { de } from '../../src/web/i18n/words/de.ts'
import { en } from '../../src/web/i18n/words/en.ts'
import { es } from '../../src/web/i18n/words/es.ts'
import { fr } from '../../src/web/i18n/words/fr.ts'
import { ja } from '../../src/web/i18n/words/ja.ts'
import { pt } from '../../src/web/i18n/words/pt.ts'
import { zh } from '../../src/web/i18n/words/zh.ts'
import { navigate, openBrowser } from '../support/browser.ts'
import { attribute, call, openSession, uploadFile } from '../support/client.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { startServer, type TestServer } from '../support/server.ts'

const needsBrowser = { skip: skipWithout('chromium') }
const TRANSLATIONS: Readonly<Record<Language, Translation>> = { en, de, fr, es, pt, zh, ja }
const CODES = Object.keys(TRANSLATIONS) as Language[]
const KEYS = Object.keys(en) as Array<keyof Translation>
const SRC = join(import.meta.dirname, '../../src')

const placeholders = (text: string): string[] => (text.match(/\{[^}]*\}/g) ?? []).sort()

t.test('every language says every sentence, with the same placeholders and without markup', async t => {
  t.strictSame(CODES.sort(), Object.keys(LANGUAGES).sort())
  for (const [code, translation] of Object.entries(TRANSLATIONS)) {
    t.strictSame(Object.keys(translation), KEYS, `${code} has the keys of English in their order`)
    for (const key of KEYS) {
      t.strictSame(placeholders(translation[key]), placeholders(en[key]), `${code} ${key}`)
      t.match(translation[key], /^[^<>&\s](?:[^<>&]*[^<>&\s])?$/, `${code} ${key} is text`)
    }
  }
})

t.test('every sentence is used, and scripts say only what there is', async t => {
  const names = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(name => /\.(?:ts|js)$/.test(name) && !name.startsWith('web/i18n/words/'))
  const sources = new Map(names.map(name => [name, readFileSync(join(SRC, name), 'utf8')]))
  const all = [...sources.values()].join('\n')
  for (const key of KEYS) t.ok(all.includes(`'${key.replace(/^script\.|\.(?:one|other)$/g, '')}'`), key)
  const groups = [...new Set(KEYS.filter(key => key.startsWith('script.')).map(key => key.split('.')[1]))]
  const said = [...sources].filter(([name]) => name.startsWith('web/public/'))
    .flatMap(([, source]) => [...source.matchAll(new RegExp(`'((?:${groups.join('|')})\\.\\w+)'`, 'g'))].map(([, key]) => `script.${key}`))
  t.ok(said.length > 20)
  for (const key of said) t.ok(KEYS.some(each => each === key), key)
})

t.test('numbers, sizes, times and plurals are written as the reader does', async t => {
  const german = await wordsOf({ language: 'de', locale: 'de-AT' })
  t.equal(german.size(12_595), '12,3 kB')
  t.match(german.size(1023), /^1\D?023 Byte$/)
  t.match(german.time(Date.UTC(2026, 0, 2, 3, 4)), /2026.*03:04 UTC/)
  t.equal(german.count('home.ready', 1).text, 'Ihre Datei kann geteilt werden')
  t.equal(german.count('home.ready', 2).text, 'Ihre Dateien können geteilt werden')
  const french = await wordsOf({ language: 'fr', locale: 'fr' })
  t.equal(french.size(1024 ** 3).replace(/\s/, ' '), '1 Go')
  t.equal(french.say('card.link', { name: '<b>' }).text, 'Lien vers &lt;b&gt;', 'values are text')
})

async function get (server: TestServer, path: string, headers: Readonly<Record<string, string>> = {}): Promise<{ body: string, lang: string | undefined }> {
  const body = await (await fetch(server.url + path, { headers: { 'accept-language': '', ...headers } })).text()
  return { body, lang: /<html lang="([^"]+)">/.exec(body)?.[1] }
}

t.test('a reader gets the first language he asks for that there is, a program English', async t => {
  const server = await startServer(t)
  const langOf = async (acceptLanguage: string) => (await get(server, '/', { 'accept-language': acceptLanguage })).lang
  t.equal(await langOf('de'), 'de')
  t.equal(await langOf('de-CH,de;q=0.9,en;q=0.8'), 'de')
  t.equal(await langOf('en;q=0.5, ja;q=0.7'), 'ja')
  t.equal(await langOf('ru,PT-BR;q=0.8'), 'pt')
  t.equal(await langOf('zh-CN'), 'zh-Hans')
  for (const none of ['', '*', 'ru', 'de;q=0', 'xx-constructor', 'constructor', '__proto__', ';;,,q=', 'de;q=x', 'a'.repeat(5000)]) t.equal(await langOf(none), 'en', none)
  for (const path of ['/', '/login', '/file/zzzzzz', '/nothing']) t.equal((await get(server, path)).lang, 'en', path)
  t.match(await call(server, 'files.getInfo', { file_id: 'zzzzzz' }), 'text="Session key parameter missing"')
})

t.test('a choice is kept beyond what the browser asks for, and leads back to the page', async t => {
  const server = await startServer(t)
  const choose = (fields: Record<string, string>, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${server.url}/language`, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' })
  const page = await get(server, '/login?to=/my')
  t.match(page.body, '<input type="hidden" name="to" value="/login?to=/my">')
  const answer = await choose({ language: 'fr', to: '/login?to=/my' })
  t.strictSame([answer.status, answer.headers.get('location')], [303, '/login?to=/my'])
  t.match(answer.headers.get('set-cookie'), /^respace_language=fr; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax$/)
  t.equal((await get(server, '/', { cookie: 'respace_language=fr', 'accept-language': 'de' })).lang, 'fr')
  t.equal((await get(server, '/', { cookie: 'respace_language=xx', 'accept-language': 'de' })).lang, 'de')
  t.equal((await choose({ language: 'xx', to: '//example.org' })).headers.get('location'), '/')
  t.equal((await choose({ language: 'xx' })).headers.get('set-cookie'), null)
  const foreign = await choose({ language: 'de' }, { origin: 'http://example.org' })
  t.strictSame([foreign.status, foreign.headers.get('set-cookie')], [403, null])
  const failed = await fetch(`${server.url}/upload`, { method: 'POST', body: 'x' })
  t.match(await failed.text(), '<input type="hidden" name="to" value="/">', 'a page that no GET shows leads to the start')
})

t.test('programs that send the language of their user find what they look for in every page', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a--b->.txt', 'x'.repeat(12_595))
  const PATTERNS = [
    /<title>Download ([^<>]*?) from /, /<h2 class="bgray">\s*<(?:b|strong)>(.+?)<\//,
    /<div class="file_description reverse margin_center">\s*<b>File Size:<\/b>\s*([\d.,]+[A-Za-z]+)\s*<\/div>/,
    /<a id="download_button" class="download_page_button button1" href="(.+?)"/, /<a id="download_button" href="(https?:\/\/.*?)"/
  ]
  for (const code of CODES) {
    const { body } = await get(server, `/file/${id}`, { 'accept-language': code })
    const [title, heading, size, ...links] = PATTERNS.map(pattern => pattern.exec(body)?.[1])
    t.strictSame([title, heading, size], ['a--b-&gt;.txt', 'a--b-&gt;.txt', '12.3KB'], code)
    t.ok(links.every(link => link?.startsWith('http')))
    t.match((await get(server, '/file/zzzzzz', { 'accept-language': code })).body, '<div class="msg error" style="cursor: default">Sorry, the file you requested is not available.</div>')
  }
})

/** Opens every page that there is, in the state `server` is in. */
async function visitAll (server: TestServer, page: Page, look: (name: string) => Promise<void>): Promise<void> {
  const key = await openSession(server)
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: '1', shared: 1 }), 'id')
  await call(server, 'folders.create', { session_key: key, name: '2', shared: 1, parent_folder_id: folder })
  const open = await uploadFile(server, key, '1.txt', '1', { folder_id: folder })
  const locked = await uploadFile(server, key, '2.txt', '2', { folder_id: folder, password: '1' })
  await call(server, 'files.setInfo', { session_key: key, file_id: locked, time_limit: 1000 })
  const full = await uploadFile(server, key, '3.txt', '3')
  await call(server, 'files.setInfo', { session_key: key, file_id: full, downloads_limit: 1 })
  await server.app.ports.sql.run('update files set downloads = 1 where id = $id', { id: full })
  const limited = await uploadFile(server, key, '4.txt', '4')
  await call(server, 'files.setInfo', { session_key: key, file_id: limited, downloads_limit: 2 })
  await server.app.ports.sql.run(`insert into file_requests (id, owner_id, folder_id, title, message, types, sealed_password, max_files, is_notified, created_at)
    values ('${'1'.repeat(32)}', 1, '0', '1', '2', 'txt', 'x', 3, 1, 0) on conflict do nothing`)
  const code = (await server.app.ports.sql.get('select delete_code from files where id = $id', { id: open }))?.delete_code
  const paths: Readonly<Record<string, string>> = {
    home: '/',
    login: '/login',
    register: '/register',
    file: `/file/${open}`,
    locked: `/file/${locked}`,
    full: `/file/${full}`,
    limited: `/file/${limited}`,
    request: `/request/${'1'.repeat(32)}`,
    nothing: '/1',
    missing: '/file/zzzzzz',
    old: `/dl/1/1/${open}/1`,
    folder: `/folder/${folder}`,
    edit: `/edit/${open}/${code}?saved`,
    delete: `/delete/${open}/${code}`
  }
  for (const [name, path] of Object.entries(paths)) {
    await page.goto(server.url + path)
    for (const summary of await page.locator('main summary').all()) await summary.click()
    await look(name)
  }
}

t.test('nothing on any page stays English, and Japanese and German fit a narrow screen', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  const FOREIGN = /\b(?!(?:Respace|sendspace|API|ZIP|RSS|QR|UTC|MB|kB|byte|txt|http|rest|file|edit|delete|folder)\b)[a-z]{3,}\b/i
  for (const code of ['ja', 'de'] as const) {
    await page.context().clearCookies()
    await page.context().addCookies([{ name: 'respace_language', value: code, url: server.url }])
    await visitAll(server, page, async name => {
      t.ok(await takeScreenshot(page, `${code}-${name}`), `${code} ${name} fits 320 pixels`)
      if (code === 'de') return
      const texts = await page.evaluate(`[document.title, document.querySelector('main').innerText, document.querySelector('header').innerText,
        ...[...document.querySelectorAll('[aria-label], [alt], [placeholder]')].map(e => e.ariaLabel ?? e.alt ?? e.placeholder)]`)
      for (const text of texts as string[]) t.equal(FOREIGN.exec(text.replace(/https?:\S+|alice/g, ''))?.[0], undefined, `${name}: ${text}`)
    })
  }
})

t.test('a click at the foot of a page changes its language, and that of its scripts', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  await page.goto(server.url)
  t.equal(await page.evaluate('document.documentElement.lang'), 'en')
  await page.locator('.languages summary').click()
  await navigate(page, () => page.getByRole('button', { name: 'Deutsch' }).click())
  await page.getByRole('heading', { name: 'Dateien teilen' }).waitFor()
  t.equal(await page.evaluate('document.documentElement.lang'), 'de')
  await page.locator('#userfile').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('x') })
  await page.getByRole('button', { name: 'Link kopieren' }).click()
  await page.getByText('Kopiert').waitFor()
  await page.getByRole('link', { name: 'a.txt ändern' }).waitFor()
  t.match(await page.locator('#announcer').textContent(), 'Link bereit')
  await page.getByText('Passwort, Ablauf, Beschreibung').click()
  await page.getByLabel('Läuft ab').selectOption('Nach einer Woche')
  await page.getByRole('button', { name: 'Speichern' }).click()
  await page.getByText('Gespeichert.').waitFor()
  t.match(await page.getByLabel('Läuft ab').innerText(), /Beibehalten: 09\.01\.2026, 03:04 UTC/)
})
