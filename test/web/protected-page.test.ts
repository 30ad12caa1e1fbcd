/** A file with a password tells nothing of itself before it: not on its page, nor in what is made of it. And what public links show of themselves. */
// Runs on SQLite only.
import t from 'tap'
import { attribute, call, openSession, uploadFile } from '../support/client.ts'
import { startServer } from '../support/server.ts'

const LANGUAGES = ['', 'en', 'de', 'fr', 'es', 'pt', 'zh', 'ja']

t.test('nothing of a protected file is told before its password, by no answer to anybody', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  await server.app.ports.sql.run('update users set is_name_shown = 1')
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'Public', shared: 1 }), 'id')
  const id = await uploadFile(server, key, 'Kündigung <Meier>.pdf', 'x'.repeat(4321), { password: 'seaside', description: 'Personal matters', folder_id: folder })
  const SECRETS = /ndigung|Meier|Personal matters|4321|4\.2 ?kB|4,2|4\.2KB|Alice Example/i
  const paths = [`/file/${id}`, `/pro/dl/${id}`, `/dl/1/1/${id}/x`, `/view/1/1/${id}/x`, `/file/${id}/qr.svg`, `/file/${id}/thumbnail`, `/edit/${id}/wrong`, `/delete/${id}/wrong`, `/file/${id}?password=x`]
  for (const path of paths) {
    for (const method of ['GET', 'HEAD']) {
      for (const language of LANGUAGES) {
        const answer = await fetch(server.url + path, { method, headers: { 'accept-language': language } })
        t.notMatch(`${JSON.stringify([...answer.headers])}${await answer.text()}`, SECRETS, `${method} ${path} ${language}`)
      }
    }
  }
  const send = async (password: string) => fetch(`${server.url}/file/${id}`, { method: 'POST', body: new URLSearchParams({ filepassword: password }) })
  const wrong = await send('wrong')
  t.equal(wrong.status, 403)
  const page = await wrong.text()
  t.notMatch(page, SECRETS)
  t.match(page, /id="filepassword"[^>]*aria-invalid="true" aria-describedby="filepassword_problem"[^>]*><span class="hint wrong" id="filepassword_problem">Wrong password\./)
  t.notMatch(page, 'og:', 'not even that there is something to show')
  await server.app.ports.sql.run('update files set expires_at = 1, limit_action = 1')
  t.notMatch(await (await fetch(`${server.url}/file/${id}`)).text(), SECRETS, 'once it has expired')
  await server.app.ports.sql.run('update files set expires_at = null')
  for (let i = 0; i < 60; i++) await send('wrong')
  const limited = await send('seaside')
  t.strictSame([limited.status, SECRETS.test(await limited.text())], [429, false], 'after too many attempts')
  // A public folder lists its files by name; what is inside of one stays behind its password.
  const lists = await Promise.all([`/folder/${folder}`, `/folder/${folder}/rss`].map(async path => (await fetch(server.url + path)).text()))
  for (const list of lists) t.notMatch(list, 'Personal matters')
})

t.test('after the password it is all there', async t => {
  const server = await startServer(t)
  const id = await uploadFile(server, await openSession(server), 'secret.txt', 'x'.repeat(2048), { password: 'seaside', description: 'hush' })
  const answer = await fetch(`${server.url}/file/${id}`, { method: 'POST', body: new URLSearchParams({ filepassword: 'seaside' }) })
  t.strictSame([answer.status, answer.headers.get('cache-control')], [200, 'no-store'])
  t.match(await answer.text(), /<title>Download secret\.txt from[^]*hush/)
})

t.test('public links show what they lead to, escaped, with whole addresses', async t => {
  const server = await startServer(t)
  const base = server.url
  const key = await openSession(server)
  const file = await uploadFile(server, key, '"A" & <b>.txt', 'x'.repeat(2048), { description: `All of it ${'x'.repeat(2000)}` })
  const picture = await uploadFile(server, key, 'lake.png', 'pixels')
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'Photos', shared: 1 }), 'id')
  const tagsOf = async (path: string) => {
    const page = await (await fetch(base + path)).text()
    return new Map([...page.matchAll(/<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)">/g)].map(([, name = '', content = '']) => [name, content]))
  }
  const tags = await tagsOf(`/file/${file}`)
  t.equal(tags.get('og:title'), '&quot;A&quot; &amp; &lt;b&gt;.txt')
  t.match(tags.get('og:description'), /^2 kB · All of it x+$/)
  t.ok((tags.get('og:description') ?? '').length <= 300)
  t.equal(tags.get('og:url'), `${base}/file/${file}`)
  t.equal(tags.get('og:site_name'), 'Respace')
  t.equal(tags.get('twitter:card'), 'summary')
  const icon = tags.get('og:image') ?? ''
  t.equal((await fetch(icon)).headers.get('content-type'), 'image/png')
  const pictured = await tagsOf(`/file/${picture}`)
  t.strictSame([pictured.get('og:image'), pictured.get('twitter:card')], [`${base}/file/${picture}/thumbnail`, 'summary_large_image'])
  const shared = await tagsOf(`/folder/${folder}`)
  t.strictSame([shared.get('og:title'), shared.get('og:url')], ['Photos', `${base}/folder/${folder}`])
  for (const path of ['/', '/login', '/file/zzzzzz']) t.equal((await tagsOf(path)).size, 0, path)
})
