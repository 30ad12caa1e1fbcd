/** The look of a site: name, logo, colours, note and links, by the settings and by administrators. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { MAX_LOGO_BYTES, readBrandingText, readLogo } from '../../src/domain/branding.ts'
import { contrastIn, contrastOf, LEAST_CONTRAST, nearestReadable, readColor, THEMES } from '../../src/domain/color.ts'
import { logInByForm, navigate, openBrowser } from '../support/browser.ts'
import { attribute, call, openSession, register, uploadFile } from '../support/client.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { startServer, temporaryFolder, type ServerOptions, type Teardown, type TestServer } from '../support/server.ts'
import { logInOnPages, type Visitor } from '../support/page-session.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const needsBrowser = { skip: skipWithout('chromium') }

/** A picture of one colour; its checksums are not looked at. */
function pngOf (size: number): Buffer {
  const chunk = (type: string, bytes: Buffer) => {
    const head = Buffer.alloc(8)
    head.writeUInt32BE(bytes.length)
    head.write(type, 4, 'latin1')
    return Buffer.concat([head, bytes, Buffer.alloc(4)])
  }
  const header = Buffer.from([0, 0, 0, size, 0, 0, 0, size, 8, 2, 0, 0, 0])
  const rows = Buffer.concat(Array.from({ length: size }, () => Buffer.concat([Buffer.from([0]), Buffer.alloc(size * 3, 120)])))
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

const SVG = '<?xml version="1.0"?>\n<!-- made by hand -->\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20"><script>document.title = "run"</script><rect width="60" height="20" fill="#0a6847"/></svg>'

/** A server that alice runs. */
async function begin (t: Teardown, options: ServerOptions = {}) {
  const server = await startServer(t, options)
  await register(server)
  await server.app.ports.sql.run('update users set is_admin = 1')
  return { server, admin: await logInOnPages(server) }
}

const get = async (server: Pick<TestServer, 'url'>, path: string): Promise<string> => (await fetch(server.url + path)).text()
const save = async (admin: Visitor, form: Readonly<Record<string, string>>) => admin.visit('/admin/branding', { act: 'save', ...form })

/** Sends a logo as a browser does. */
async function sendLogo (server: TestServer, bytes: Buffer | string): Promise<Response> {
  const login = await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'alice', password: 'secret1' }), redirect: 'manual' })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  const page = await (await fetch(`${server.url}/admin/branding`, { headers: { cookie } })).text()
  const form = new FormData()
  form.set('form_token', /name="form_token" value="(\w+)"/.exec(page)?.[1] ?? '')
  form.set('logo', new Blob([new Uint8Array(Buffer.from(bytes))]), 'logo.png')
  return fetch(`${server.url}/admin/branding/logo`, { method: 'POST', body: form, headers: { cookie }, redirect: 'manual' })
}

t.test('contrast is that of WCAG, and what is refused comes with a colour that passes', async t => {
  t.equal(contrastOf('#000000', '#ffffff'), 21)
  t.equal(contrastOf('#ffffff', '#ffffff'), 1)
  t.match(contrastOf('#767676', '#ffffff').toFixed(2), '4.54')
  t.strictSame(['#ABC', 'aabbcc', '#12345', 'red', '#gggggg', '', '#aabbccdd'].map(readColor), ['#aabbcc', '#aabbcc', undefined, undefined, undefined, undefined, undefined])
  for (const theme of ['light', 'dark'] as const) {
    for (const color of ['#ffc24b', '#ff0000', '#00ff00', '#0000ff', '#777777', '#ffffff', '#000000', '#0a6847', '#aea8ff']) {
      const nearest = nearestReadable(theme, color)
      t.ok(contrastIn(theme, nearest) >= LEAST_CONTRAST, `${theme} ${color} ${nearest}`)
      if (contrastIn(theme, color) >= LEAST_CONTRAST) t.equal(nearest, color)
      t.equal(readBrandingText(theme === 'light' ? 'color' : 'darkColor', nearest), nearest, 'it is taken')
    }
  }
  const css = readFileSync(join(import.meta.dirname, '../../src/web/public/style.css'), 'utf8')
  const [light = '', dark = ''] = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, body = '']) => body)
  t.match(light, `--ground: ${THEMES.light.ground}; --sheet: #fff;`, 'the grounds are those of the style sheet')
  t.match(dark, `--sheet: ${THEMES.dark.sheet};`)
  t.match(dark, `--on-accent: ${THEMES.dark.onAccent};`)
  for (const [body, theme] of [[light, 'light'], [dark, 'dark']] as const) t.ok(contrastIn(theme, /--accent: (#\w+)/.exec(body)?.[1] ?? '') >= LEAST_CONTRAST)
})

t.test('the settings give a site its look', async t => {
  const folder = await temporaryFolder(t)
  writeFileSync(join(folder, 'logo.png'), pngOf(20))
  const server = await startServer(t, {
    settings: {
      siteName: 'Müller & Söhne', siteLogo: join(folder, 'logo.png'), siteColor: '#0A6847', siteNote: 'Closed on Sunday.\\nSee https://example.org/news.', imprintUrl: 'https://example.org/imprint', abuseUrl: 'mailto:abuse@example.org', termsUrl: '/docs'
    }
  })
  const home = await get(server, '/')
  t.match(home, '<title>Müller &amp; Söhne – share files</title>')
  t.match(home, 'Closed on Sunday.\nSee <a href="https://example.org/news" rel="nofollow noopener">https://example.org/news</a>.')
  for (const path of ['/', '/login', '/nothing', '/docs', '/file/zzzzzz']) {
    const page = await get(server, path)
    t.match(page, /<a class="brand" href="\/"><img src="\/branding\/logo\/[0-9a-f]{12}" alt="" class="own">Müller &amp; Söhne<\/a>/, path)
    t.match(page, '<a href="https://example.org/imprint">Imprint</a><a href="/docs">Terms of use</a><a href="mailto:abuse@example.org">Report abuse</a>', path)
    t.notMatch(page, 'Privacy')
    t.match(page, /<link rel="stylesheet" href="\/branding\/colors\/0a6847-[0-9a-f]{6}\.css">/)
  }
  t.notMatch(await get(server, '/login'), 'Closed on Sunday', 'the note is for the start page')
  const css = await fetch(server.url + (/\/branding\/colors\/[^"]+/.exec(home)?.[0] ?? ''))
  t.equal(css.headers.get('content-type'), 'text/css; charset=utf-8')
  t.match(await css.text(), '--accent: #0a6847;')
  for (const bad of ['x', '0a6847', '0a6847-zzzzzz.css', '0a6847-0a6847.css}']) t.equal((await fetch(`${server.url}/branding/colors/${bad}`)).status, 404, bad)
  const german = await (await fetch(server.url, { headers: { 'accept-language': 'de' } })).text()
  t.match(german, '>Impressum</a>')
})

t.test('settings that cannot be are refused at the start, with the reason', async t => {
  const folder = await temporaryFolder(t)
  writeFileSync(join(folder, 'note.txt'), 'text')
  const refused: ReadonlyArray<readonly [Readonly<Record<string, string>>, RegExp]> = [
    [{ siteColor: '#ffc24b' }, /--site-color: its contrast on a light page is 1\.4:1, and 4\.5:1 is needed; the nearest that passes is #[0-9a-f]{6}, got "#ffc24b"/],
    [{ siteDarkColor: '#0a6847' }, /--site-dark-color: its contrast on a dark page is/],
    [{ siteColor: 'green' }, /expected a colour such as/],
    [{ siteName: 'x'.repeat(41) }, /at most 40 characters/],
    [{ siteName: 'a<b' }, /without < and >/],
    [{ siteLogo: join(folder, 'note.txt') }, /expected an image: PNG, JPEG, WEBP, SVG/],
    [{ siteLogo: join(folder, 'none.png') }, /expected a readable file/],
    [{ imprintUrl: 'javascript:alert(1)' }, /expected https/]
  ]
  for (const [settings, reason] of refused) await t.rejects(startServer(t, { settings }), { message: reason })
})

t.test('links lead to web pages, mailboxes and this server, and to nothing that runs', async t => {
  for (const good of ['https://example.org', 'https://example.org/a?b=c#d', 'mailto:abuse@example.org', 'mailto:abuse@example.org?subject=Abuse', '/imprint', '/a/b?c']) t.equal(readBrandingText('imprint', good), good)
  for (const bad of ['http://example.org', 'javascript:alert(1)', ' JaVaScRiPt:alert(1)', 'data:text/html,x', '//evil.example', '/\\evil.example', 'https:', 'https:///x', 'example.org', 'mailto:nobody', 'https://a b', 'https://a\nb', `https://example.org/${'x'.repeat(500)}`]) {
    t.strictSame(readBrandingText('imprint', bad), { kind: 'bad link' }, bad)
  }
})

t.test('an administrator changes all of it, at once and for every server, and the security log tells', async t => {
  const { server, admin } = await begin(t, { settings: { siteName: 'By the settings', privacyUrl: 'https://example.org/privacy' } })
  t.match(await get(server, '/'), '<title>By the settings – share files</title>')
  const answer = await save(admin, { name: ' Our <files>', note: 'x' })
  t.equal(answer.status, 400)
  t.match(await answer.text(), /value=" Our &lt;files&gt;"[^]*One line, without angle brackets\./, 'the input stays, the problem is at its field')
  t.match(await get(server, '/'), 'By the settings')
  t.equal((await save(admin, { name: 'Our files', color: '#0a6847', note: '<b>Hello</b>', terms: 'https://example.org/terms' })).status, 303)
  const home = await get(server, '/')
  t.match(home, '<title>Our files – share files</title>')
  t.match(home, '&lt;b&gt;Hello&lt;/b&gt;', 'a note is text')
  t.match(home, '<a href="https://example.org/terms">Terms of use</a><a href="https://example.org/privacy">Privacy</a>', 'what was not chosen is as the settings say')
  const page = await (await admin.visit('/admin/branding')).text()
  t.match(page, /id="name" name="name" placeholder="By the settings"[^>]* value="Our files"/)
  t.match(await (await admin.visit('/admin/settings')).text(), /site-name<\/code>[^]*?<code>Our files<\/code>/)
  t.match(await (await admin.visit('/admin/events')).text(), 'changed the branding: name, color, note, terms')
  t.equal((await save(admin, {})).status, 303, 'all empty')
  t.match(await get(server, '/'), 'By the settings')
  t.strictSame(await server.app.ports.sql.all("select name from site_settings where name = 'branding'"), [])
})

t.test('a preview shows what is typed, and saves nothing', async t => {
  const { server, admin } = await begin(t)
  const answer = await admin.visit('/admin/branding', { act: 'preview', name: 'Trial', color: '#123456', imprint: '/imprint' })
  const page = await answer.text()
  t.equal(answer.status, 200)
  t.match(page, 'This is a preview: nothing is saved yet.')
  t.match(page, /<p class="brand"><img [^>]*>Trial<\/p>/)
  t.match(page, /<link rel="stylesheet" href="\/branding\/preview\/123456-[0-9a-f]{6}\.css">/)
  t.notMatch(await get(server, '/'), 'Trial')
  const pale = await admin.visit('/admin/branding', { act: 'save', color: '#ffc24b' })
  const text = await pale.text()
  const nearest = /The nearest that passes is (#[0-9a-f]{6})\./.exec(text)?.[1] ?? ''
  t.match(text, `/branding/preview/${nearest.slice(1)}-`, 'the preview has the colour that would pass')
  t.equal((await save(admin, { color: nearest })).status, 303)
})

t.test('a logo is an image by its bytes, has a limit, and cannot run scripts', async t => {
  for (const [bytes, type] of [[pngOf(4), 'image/png'], [Buffer.from('ffd8ffe000104a46', 'hex'), 'image/jpeg'], [Buffer.from('RIFFxxxxWEBPVP8 '), 'image/webp'], [Buffer.from(SVG), 'image/svg+xml'], [Buffer.from('\ufeff  <svg>'), 'image/svg+xml']] as const) {
    t.match(readLogo(bytes), { type })
  }
  for (const bad of ['', 'GIF89a', '<html><svg>', '<!DOCTYPE html><svg>', 'text', '<svgx>', '<?xml version="1.0"?><feed>']) t.strictSame(readLogo(Buffer.from(bad)), { kind: 'bad logo' }, bad)
  const full = Buffer.concat([pngOf(4), Buffer.alloc(MAX_LOGO_BYTES - pngOf(4).length)])
  t.match(readLogo(full), { type: 'image/png' }, 'the limit itself fits')
  t.strictSame(readLogo(Buffer.concat([full, Buffer.alloc(1)])), { kind: 'large logo' })

  const { server, admin } = await begin(t)
  t.equal((await sendLogo(server, Buffer.concat([full, Buffer.alloc(1)]))).status, 400)
  t.match(await (await sendLogo(server, 'no image')).text(), 'This is not a PNG, JPEG, WebP or SVG image.')
  t.match(await (await sendLogo(server, '')).text(), 'No file selected.')
  t.equal((await sendLogo(server, SVG)).status, 303)
  const path = /<img src="(\/branding\/logo\/\w+)"/.exec(await get(server, '/'))?.[1] ?? ''
  const logo = await fetch(server.url + path)
  t.equal(logo.headers.get('content-type'), 'image/svg+xml')
  t.equal(logo.headers.get('content-security-policy'), "default-src 'none'; style-src 'unsafe-inline'; sandbox")
  t.equal(logo.headers.get('x-content-type-options'), 'nosniff')
  t.match(logo.headers.get('cache-control'), 'immutable')
  t.equal(await logo.text(), SVG)
  t.equal((await fetch(`${server.url}/branding/logo/old`)).headers.get('cache-control'), 'no-store')
  t.equal((await sendLogo(server, full)).status, 303)
  t.notMatch(await get(server, '/'), path, 'another logo has another address')
  t.equal((await admin.visit('/admin/branding/logo/remove', {})).status, 303)
  t.match(await get(server, '/'), /<img src="\/public\/\w+\/icon\.svg"/)
  t.match(await (await admin.visit('/admin/events')).text(), 'changed the branding: logo removed')
  t.equal((await fetch(server.url + path)).status, 404)
})

t.test('a feed has the name and the logo, and programs find what they look for', async t => {
  const { server, admin } = await begin(t)
  const key = await openSession(server)
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'Photos', shared: 1 }), 'id')
  const file = await uploadFile(server, key, 'a.txt', 'a', { folder_id: folder })
  await save(admin, { name: 'Files & more' })
  t.equal((await sendLogo(server, pngOf(9))).status, 303)
  const feed = await get(server, `/folder/${folder}/rss`)
  t.match(feed, '<generator>Files &amp; more</generator>')
  t.match(feed, new RegExp(`<image>\\s*<url>${server.url}/branding/logo/\\w+</url>`))
  const manifest = JSON.parse(await get(server, '/manifest.webmanifest')) as { readonly name: string, readonly icons: readonly unknown[] }
  t.match(manifest, { name: 'Files & more', short_name: 'Files & more' })
  t.match(manifest.icons, [{ src: /^branding\/logo\/\w+$/, type: 'image/png' }])
  t.match(await get(server, `/file/${file}`), /og:site_name" content="Files &amp; more"[^]*og:image" content="[^"]*\/branding\/logo\/\w+"/)
  for (const language of ['', 'en', 'de']) {
    const page = await (await fetch(`${server.url}/file/${file}`, { headers: { 'accept-language': language } })).text()
    t.equal(/<title>Download ([^<>]*?) from /.exec(page)?.[1], 'a.txt', language)
  }
})

t.test('the page of the branding, in a browser', needsBrowser, async t => {
  const { server } = await begin(t)
  const page = await openBrowser(t)
  await logInByForm(page, server, '/admin/branding')
  const look = async (name: string) => {
    t.ok(await takeScreenshot(page, name), `${name} fits a phone`)
    await page.evaluate(AXE)
    t.strictSame(await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(node => node.html).join(" ")))'), [], name)
  }
  await page.getByLabel('Name of the site').fill('Gemeindebücherei Oberammergau')
  await page.getByLabel('Colour of buttons and links', { exact: true }).fill('#ffc24b')
  await page.getByLabel('Note on the start page').fill('Files of more than 2 GB? Write to us: https://example.org/contact.')
  await page.getByLabel('Imprint').fill('https://example.org/imprint')
  await page.getByLabel('Privacy').fill('javascript:alert(1)')
  await navigate(page, () => page.getByRole('button', { name: 'Save' }).click())
  await page.getByText('Not saved: see the marked fields.').waitFor()
  await look('branding-wrong')
  await page.locator('[data-picks=color]').fill('#0a6847')
  t.equal(await page.locator('#color').inputValue(), '#0a6847', 'the palette fills the field')
  await page.getByLabel('Privacy').fill('https://example.org/privacy')
  await navigate(page, () => page.getByRole('button', { name: 'Save' }).click())
  await page.getByText('Saved.').waitFor()
  await page.locator('#logo').setInputFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(SVG) })
  await navigate(page, () => page.getByRole('button', { name: 'Upload' }).click())
  await page.getByRole('button', { name: 'Remove' }).waitFor()
  t.equal(await page.evaluate("document.querySelector('.brand img.own').naturalWidth > 0"), true, 'the logo is shown')
  await look('branding')
  t.equal(await page.evaluate("getComputedStyle(document.querySelector('.look-light .button')).backgroundColor"), 'rgb(10, 104, 71)')
  await page.goto(server.url)
  await look('home-branded')
  await page.goto(`${server.url}/branding/logo/x`)
  t.not(await page.title(), 'run', 'a script in the logo does not run')
})
