/** The pages and forms of the old web site: programs read them without knowing the API. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { call, openSession, uploadFile } from '../support/client.ts'
import { downloadFrom, runClient, storedFile } from '../support/client-program.ts'
import { startServer, temporaryFolder } from '../support/server.ts'

t.test('it uploads without an account by the last form of the start page, and deletes by the third of the page it is led to', async t => {
  const server = await startServer(t)
  const file = join(await temporaryFolder(t), 'local.bin')
  await writeFile(file, 'hello')
  const said = await runClient('old-site.sh', [server.url, 'up', file, 'R&D "1".bin', 'by a form'])
  t.equal(said.max, '314572800')
  t.ok((await downloadFrom(said.link ?? '')).equals(Buffer.from('hello')))
  const page = await (await fetch(said.link ?? '')).text()
  t.match(page, '<h2 class="bgray"><b>R&amp;D &quot;1&quot;.bin</b></h2>')
  t.match(page, 'by a form')
  t.match(await runClient('old-site.sh', [server.url, 'delete', (said.delete_link ?? '').replace(/.$/, letter => letter === '0' ? '1' : '0')]), { deleted: 'wrong code' })
  t.match(await runClient('old-site.sh', [server.url, 'delete', said.delete_link ?? '']), { deleted: 'yes' })
  t.equal((await fetch(said.link ?? '')).status, 404)
})

t.test('it logs in and uploads into the account', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const file = join(await temporaryFolder(t), 'local.bin')
  await writeFile(file, 'hello')
  t.match(await runClient('old-site.sh', [server.url, 'up', file, 'mine.bin', 'about', 'alice', 'wrong-one']), { login: 'failed' })
  const said = await runClient('old-site.sh', [server.url, 'up', file, 'mine.bin', 'about', 'alice', 'secret1'])
  t.equal(said.login, 'ok')
  t.match(await storedFile(server, key, /(\w{6})$/.exec(said.link ?? '')?.[1] ?? ''), { name: 'mine.bin', folderId: '0', description: 'about', bytes: Buffer.from('hello') })
  t.match(await runClient('old-site.sh', [server.url, 'delete', said.delete_link ?? '']), { deleted: 'yes' })
})

t.test('it lists a public folder', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = /folder id="(\w+)"/.exec(await call(server, 'folders.create', { session_key: key, name: 'public', shared: '1' }))?.[1] ?? ''
  const ids = [await uploadFile(server, key, 'a & "b" --> c.txt', 'x', { folder_id: folder }), await uploadFile(server, key, 'b.txt', 'y', { folder_id: folder })]
  t.match(await runClient('old-site.sh', [server.url, 'list', `${server.url}/folder/${folder}`]), {
    links: ids.map(id => `${server.url}/file/${id} `).join(''), names: 'a &amp; &quot;b&quot; --&gt; c.txt|b.txt|'
  })
})

t.test('each program that cuts the link out of the download page gets it', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'hello')
  for (const language of ['en', 'de', 'ja']) {
    const page = await (await fetch(`${server.url}/file/${id}`, { headers: { 'accept-language': language } })).text()
    const line = page.split('\n').find(text => text.includes('download_button')) ?? ''
    const begin = 'id="download_button" href="'
    const from = page.indexOf(begin) + begin.length
    const links = {
      'a PHP downloader, between two texts': page.slice(from, page.indexOf('" onclick=', from)),
      'a PHP downloader, greedy on a line': /"download_button" href="(.*)" onclick="runad/.exec(page)?.[1],
      'a Java download manager': /<a id="download_button" href="(https?:\/\/.*?)"/.exec(page)?.[1],
      'a Python download manager': /<a id="download_button" class="download_page_button button1" href="(.+?)"/.exec(page)?.[1],
      'a download manager for shells': /.*\shref="([^">]*)/.exec(line)?.[1]
    }
    for (const [program, link] of Object.entries(links)) {
      t.match(link, new RegExp(`^${server.url}/dl/[0-9a-f]{32}/[0-9a-f]{16}/${id}/a\\.txt$`), `${program}, ${language}`)
      t.equal(await (await fetch(link ?? '')).text(), 'hello', `${program}, ${language}`)
    }
  }
})

t.test('a program that asks for the password of a file first knows by the page that it needs one', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'hello', { password: 'seaside' })
  for (const language of ['en', 'de', 'ja']) {
    const headers = { 'accept-language': language, 'content-type': 'application/x-www-form-urlencoded' }
    const ask = async (password?: string) => (await fetch(`${server.url}/file/${id}`, { headers, ...password !== undefined && { method: 'POST', body: `filepassword=${password}` } })).text()
    t.match(await ask(), 'This file has been password protected', language)
    const page = await ask('seaside')
    t.notMatch(page, 'This file has been password protected', language)
    const begin = 'id="download_button" href="'
    const from = page.indexOf(begin) + begin.length
    t.equal(await (await fetch(page.slice(from, page.indexOf('" onclick=', from)))).text(), 'hello', language)
  }
})
