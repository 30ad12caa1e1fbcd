/** Looking at a file in its page: what can be shown, what it counts, and that nothing in it acts as ours. */
// Runs on SQLite only.
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { openBrowser } from '../support/browser.ts'
import { call, openSession, uploadFile } from '../support/client.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const needsBrowser = { skip: skipWithout('chromium') }

const ATTACK = '<svg xmlns="http://www.w3.org/2000/svg"><script>top.isTaken = true; fetch("/taken")</script></svg><script>top.isTaken = true; fetch("/taken")</script>'
const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64')

async function viewLink (server: TestServer, id: string): Promise<string | undefined> {
  return / src="(\/view\/[^"?]+)/.exec(await (await fetch(`${server.url}/file/${id}`)).text())?.[1]
}

t.test('pictures, sound, films, text and PDF are shown by their names, and nothing else is', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const shown = async (name: string, bytes: Buffer | string = 'x', fields = {}) => {
    const link = await viewLink(server, await uploadFile(server, key, name, bytes, fields))
    if (link === undefined) return undefined
    const { status, headers } = await fetch(server.url + link)
    t.equal(status, 200)
    t.equal(headers.get('x-content-type-options'), 'nosniff', name)
    t.match(headers.get('content-disposition'), /^inline/)
    t.match(headers.get('content-security-policy'), name.endsWith('.pdf') ? "default-src 'none'" : "sandbox; default-src 'none'")
    return headers.get('content-type')
  }
  t.equal(await shown('a.PNG'), 'image/png')
  t.equal(await shown('a.mp3'), 'audio/mpeg')
  t.equal(await shown('a.webm'), 'video/webm')
  t.equal(await shown('a.pdf'), 'application/pdf')
  t.equal(await shown('a.txt'), 'text/plain; charset=utf-8')
  t.equal(await shown('a.html'), 'text/plain; charset=utf-8', 'as it is written')
  for (const name of ['a.svg', 'a.exe', 'a', 'png', 'a.xhtml', 'a.png.zip']) t.equal(await shown(name), undefined, name)
  t.equal(await shown('empty.txt', ''), undefined)
  t.equal(await shown('a.txt', Buffer.alloc(1024 * 1024)), 'text/plain; charset=utf-8')
  t.equal(await shown('a.txt', Buffer.alloc(1024 * 1024 + 1)), undefined, 'too long to read')
})

t.test('looking is no download, though its bytes count; where downloads are counted there is nothing to look at', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.png', PICTURE)
  const link = await viewLink(server, id) ?? ''
  await (await fetch(server.url + link)).arrayBuffer()
  await until('the bytes counted', async () => (await server.app.ports.sql.get('select bytes from traffic'))?.bytes === PICTURE.length)
  t.equal((await server.app.ports.sql.get('select downloads from files'))?.downloads, 0)
  t.equal((await fetch(server.url + link.replace('/view/', '/dl/'), { headers: { range: 'bytes=0-3' } })).headers.get('content-disposition')?.startsWith('attachment'), true)
  t.equal((await fetch(server.url + link.replace(/\/view\/\w/, '/view/0').replace(/^(\/view\/)0/, '$1g'))).status, 410, 'a forged link')
  await call(server, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 5 })
  t.equal(await viewLink(server, id), undefined)
  const page = async (file: string) => (await fetch(`${server.url}/file/${file}`)).text()
  t.match(await page(id), 'No preview: downloads of this file are limited')
  const other = await uploadFile(server, key, 'b.exe', PICTURE)
  await call(server, 'files.setInfo', { session_key: key, file_id: other, downloads_limit: 5 })
  t.notMatch(await page(other), 'No preview', 'of which there never was one')
  t.equal((await fetch(server.url + link)).status, 410)
  const secret = await uploadFile(server, key, 'b.png', PICTURE, { password: 'pw' })
  t.equal(await viewLink(server, secret), undefined, 'nor before the password')
})

t.test('every direct link is sent as what can act nowhere', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'evil.html', ATTACK)
  const { headers } = await fetch(`${server.url}/pro/dl/${id}`)
  t.strictSame(['content-type', 'x-content-type-options', 'content-security-policy'].map(name => headers.get(name)),
    ['application/octet-stream', 'nosniff', "sandbox; default-src 'none'; frame-ancestors 'self'"])
  t.match(headers.get('content-disposition'), /^attachment/)
})

t.test('a file full of scripts runs none of them, however it is called and opened', needsBrowser, async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const page = await openBrowser(t)
  const asked: string[] = []
  let previewed = 0
  page.context().on('request', request => { asked.push(request.url()) })
  for (const name of ['evil.html', 'evil.png', 'evil.mp4', 'evil.mp3', 'evil.pdf', 'evil.js', 'evil.xml']) {
    const id = await uploadFile(server, key, name, ATTACK)
    await page.goto(`${server.url}/file/${id}`)
    const summary = page.getByText('Preview', { exact: true })
    if (await summary.isVisible()) {
      previewed++
      if (await page.locator('details[open]').count() === 0) await summary.click()
      await page.frameLocator('iframe').locator(':root').waitFor({ state: 'attached' })
    }
    t.equal(await page.evaluate('window.isTaken'), undefined, name)
    const link = await viewLink(server, id) ?? ''
    t.not(link, '', name)
    await page.goto(server.url + link).catch(() => undefined)
    t.equal(await page.evaluate('window.isTaken'), undefined, `${name}, opened by itself`)
  }
  t.ok(previewed > 2 && asked.length > 14, `${previewed} previews, ${asked.length} requests`)
  t.strictSame(asked.filter(url => url.endsWith('/taken')), [])
})

const HOSTILE = `# Notes <script>top.isTaken = true; fetch("/taken")</script>

<img src="/taken" onerror="top.isTaken = true"> ![seen](/taken) ![seen](http://other.invalid/taken.png)

[run](javascript:top.isTaken=true) [inside](/logout) [out](https://example.org/) [![badge](http://other.invalid/taken)](https://example.org/badge)

| left | right |
|:-----|------:|
| 1 | 2 |

\`\`\`html" onload="top.isTaken=true
<script>top.isTaken = true</script>
\`\`\`

\`\`\`js
const a = '</code><script>top.isTaken = true</script>'
\`\`\`
`

t.test('Markdown is rendered and code has colours, by a document that may do nothing but open links', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const open = async (name: string, bytes: string | Buffer) => {
    const link = await viewLink(server, await uploadFile(server, key, name, bytes)) ?? ''
    const answer = await fetch(`${server.url}${link}?formatted`)
    return { link, headers: answer.headers, status: answer.status, text: await answer.text() }
  }
  const markdown = await open('a.md', HOSTILE)
  t.match(markdown.headers.get('content-security-policy'), /^sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'$/)
  t.strictSame(['content-type', 'x-content-type-options', 'cache-control', 'referrer-policy'].map(name => markdown.headers.get(name)), ['text/html; charset=utf-8', 'nosniff', 'private, no-cache', 'no-referrer'])
  t.match(markdown.text, '<h1>Notes &lt;script&gt;')
  t.match(markdown.text, '<a href="https://example.org/" rel="noopener noreferrer nofollow ugc" target="_blank">out</a>')
  t.match(markdown.text, '<span class="hljs-keyword">const</span>')
  t.match(markdown.text, '<td class="right">2</td>')
  for (const bad of ['<script', '<img', 'href="javascript', 'href="/', 'style="', ' onload']) t.notMatch(markdown.text, bad, bad)
  t.equal((await fetch(`${server.url}${markdown.link}?formatted`, { headers: { 'if-none-match': markdown.headers.get('etag') ?? '' } })).status, 304)
  t.equal(await (await fetch(server.url + markdown.link)).text(), HOSTILE, 'and as it is')

  t.match((await open('a.py', 'def f():\n    return "</code>"\n')).text, /<pre class="numbers" aria-hidden="true">1\n2<\/pre>.*<span class="hljs-keyword">def<\/span>/s)
  t.match((await open('a.txt', '<b>plain</b>')).text, '<pre class="plain">&lt;b&gt;plain&lt;/b&gt;</pre>')
  t.match((await open('old.txt', Buffer.from('Gr\xfc\xdfe', 'latin1'))).text, 'Grüße', 'as Windows wrote it')
  t.match((await open('wide.txt', Buffer.from('\ufeffGrüße', 'utf16le'))).text, 'Grüße')
  t.match((await open('"><script>x</script>.md', 'x')).text, /<title>[^<]*<\/title>/)
  t.equal((await open('a.png', PICTURE)).headers.get('content-type'), 'image/png', 'of others there is no such view')
  const traffic = Number((await server.app.ports.sql.get('select sum(bytes) as bytes from traffic'))?.bytes)
  t.ok(traffic > HOSTILE.length, 'reading counts bytes')
  t.equal((await server.app.ports.sql.get('select sum(downloads) as downloads from files'))?.downloads, 0)
})

t.test('a text that takes too long to format is shown as it is, and the next one is formatted', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const read = async (name: string, bytes: string) => (await fetch(`${server.url}${await viewLink(server, await uploadFile(server, key, name, bytes))}?formatted`)).text()
  t.match(await read('slow.md', '['.repeat(1_000_000)), '<pre class="plain">[[[')
  t.match(server.log(), 'a text is shown as it is')
  t.match(await read('quick.md', '*quick*'), '<em>quick</em>')
})

t.test('nothing in Markdown or in a name runs or is loaded in a browser', needsBrowser, async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const page = await openBrowser(t)
  const asked: string[] = []
  page.context().on('request', request => { asked.push(request.url()) })
  for (const name of ['<img src=x onerror=top.isTaken=true>.md', '"><script>top.isTaken=true</script>.html', 'a.js']) {
    const id = await uploadFile(server, key, name, name.endsWith('.md') ? HOSTILE : ATTACK)
    await page.goto(`${server.url}/file/${id}`)
    const text = page.frameLocator('iframe').locator('main')
    await text.waitFor()
    t.match(await text.innerText(), 'isTaken')
    t.equal(await page.evaluate('window.isTaken'), undefined, name)
    await page.goto(`${server.url}${await viewLink(server, id)}?formatted`)
    t.equal(await page.evaluate('window.isTaken'), undefined, `${name}, by itself`)
    t.equal(await page.evaluate('window.origin'), 'null', 'it has no rights of ours')
  }
  t.strictSame(asked.filter(url => /taken|other\.invalid|\/x$/.test(url)), [])
  const id = await uploadFile(server, key, 'links.md', '[out](https://example.invalid/there)')
  await page.goto(`${server.url}/file/${id}`)
  const opened = page.context().waitForEvent('page')
  await page.frameLocator('iframe').getByText('out').click()
  t.equal(await (await opened).evaluate('window.opener'), null, 'a link opens a tab that knows nothing of ours')
})

t.test('each state of a file has a page that says what is the matter', needsBrowser, async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const page = await openBrowser(t)
  const look = async (id: string, name: string) => {
    await page.goto(`${server.url}/file/${id}`)
    t.ok(await takeScreenshot(page, name), `${name} fits 320 pixels`)
    return page.locator('main').innerText()
  }
  const change = (id: string, fields: Record<string, string | number>) => call(server, 'files.setInfo', { session_key: key, file_id: id, ...fields })
  const picture = await uploadFile(server, key, 'a.png', PICTURE, { description: 'A small one' })
  t.match(await look(picture, 'file-picture'), 'A small one')
  t.equal(await page.evaluate('document.querySelector(".preview img").decode().then(() => true)'), true)
  const text = await uploadFile(server, key, 'notes – long name that goes on and on and on.txt', 'Grüße\n')
  await change(text, { time_limit: 86_400 })
  t.match(await look(text, 'file-text'), 'Available until')
  await page.frameLocator('iframe').getByText('Grüße').waitFor()
  t.match(await look(await uploadFile(server, key, 'b.bin', 'x', { password: 'pw' }), 'file-password'), 'needs a password')
  t.match(await look('zzzzzz', 'file-missing'), 'is not available')
  await change(text, { time_limit: 1 })
  server.clock.time += 1000
  t.match(await look(text, 'file-expired'), 'has expired')
  const limited = await uploadFile(server, key, 'c.bin', 'x')
  await change(limited, { downloads_limit: 2 })
  t.match(await look(limited, 'file-limited'), /Downloads left\s+2/)
  await server.app.ports.sql.run('update files set downloads = 2 where id = $id', { id: limited })
  t.match(await look(limited, 'file-blocked'), 'limit set by its owner')
})
