/** Times and sizes as scripts write them: like the server does, in the reader's time zone, and right however long a page is open. */
// Runs on SQLite only.
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { isLanguage } from '../../src/web/i18n/languages.ts'
import { wordsOf } from '../../src/web/i18n/translations.ts'
import { logInByForm, openBrowser } from '../support/browser.ts'
import { register } from '../support/client.ts'
import { startServer } from '../support/server.ts'

const needsBrowser = { skip: skipWithout('chromium') }
const SIZES = [0, 1, 2, 1023, 1024, 1025, 1536, 12_595, 1024 ** 2 - 1, 1024 ** 2 - 100, 1024 ** 2, 1.5 * 1024 ** 2, 1023.94 * 1024 ** 2, 1023.95 * 1024 ** 2, 1024 ** 3, 1234567890123, 1024 ** 5]

t.test('a size has one spelling: that of the server', needsBrowser, async t => {
  const server = await startServer(t)
  const page = await openBrowser(t)
  for (const language of ['en', 'de', 'fr', 'es', 'pt', 'zh', 'ja']) {
    if (!isLanguage(language)) continue
    await page.context().addCookies([{ name: 'respace_language', value: language, url: server.url }])
    await page.goto(server.url)
    const locale = String(await page.evaluate("import(document.querySelector('script[src$=\"site.js\"]').src.replace('site.js', 'words.js')).then(({ LOCALE }) => LOCALE)"))
    const written = await page.evaluate(`import(document.querySelector('script[src$="site.js"]').src.replace('site.js', 'amounts.js')).then(({ sizeText }) => ${JSON.stringify(SIZES)}.map(sizeText))`)
    const words = await wordsOf({ language, locale })
    t.strictSame(written, SIZES.map(size => words.size(size)), language)
  }
  const english = await wordsOf({ language: 'en', locale: 'en' })
  t.strictSame([1024 ** 2 - 1, 1023.94 * 1024, 1024 ** 5].map(size => english.size(size)), ['1 MB', '1,023.9 kB', '1,024 TB'], 'no 1,024 kB')
})

t.test('a time is said relative to now while that is short, and the whole of it is the title', needsBrowser, async t => {
  const server = await startServer(t)
  await register(server)
  const page = await openBrowser(t, { timezoneId: 'America/New_York' })
  await page.clock.install({ time: server.clock.time })
  await logInByForm(page, server, '/account?tab=security')
  const time = page.locator('time[data-ago]').first()
  t.equal(await time.textContent(), 'now')
  t.match(await time.getAttribute('title'), /Thursday, January 1, 2026.*10:04:05.PM EST/)
  const after = async (milliseconds: number) => {
    await page.clock.setFixedTime(server.clock.time + milliseconds)
    await page.evaluate('document.dispatchEvent(new Event("visibilitychange"))')
    return time.textContent()
  }
  const MINUTE = 60_000
  t.equal(await after(59_999), 'now')
  t.equal(await after(MINUTE), '1 minute ago')
  t.equal(await after(119_999), '1 minute ago')
  t.equal(await after(60 * MINUTE), '1 hour ago')
  t.equal(await after(24 * 60 * MINUTE), 'yesterday')
  t.equal(await after(3 * 24 * 60 * MINUTE), '3 days ago')
  t.equal(await after(7 * 24 * 60 * MINUTE), 'Jan 1, 2026')
  t.equal(await after(-2 * MINUTE), 'now', 'a clock that is a little late')
  t.equal(await after(-60 * MINUTE), 'Jan 1, 2026, 10:04 PM', 'a wrong clock makes no nonsense')
})

t.test('nobody has to come back for it: an open page renews its times', needsBrowser, async t => {
  const server = await startServer(t)
  await register(server)
  const page = await openBrowser(t)
  await page.clock.install({ time: server.clock.time })
  await logInByForm(page, server, '/account?tab=security')
  await page.clock.runFor(5 * 60_000 + 15_000)
  t.equal(await page.locator('time[data-ago]').first().textContent(), '5 minutes ago')
})

t.test('without scripts a time is whole and in UTC', async t => {
  const server = await startServer(t)
  await register(server)
  const login = await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'alice', password: 'secret1' }), redirect: 'manual' })
  const page = await (await fetch(`${server.url}/account?tab=security`, { headers: { cookie: login.headers.get('set-cookie')?.split(';')[0] ?? '', 'accept-language': 'en' } })).text()
  t.match(page, /<time datetime="2026-01-02T03:04:05\.000Z" data-ago>Jan 2, 2026, 3:04.AM UTC<\/time>/)
})
