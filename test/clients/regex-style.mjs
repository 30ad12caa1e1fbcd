/**
 * As download managers and scripts of upload programs do it: regex-style.mjs SERVER USER PASSWORD STATE
 * Looks for patterns in XML that it never unescapes; keeps session and token in STATE for weeks and tries them again.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const [server, user, password, state] = process.argv.slice(2)
const md5 = text => createHash('md5').update(text).digest('hex')
const kept = existsSync(state) ? JSON.parse(readFileSync(state)) : {}
const tried = []

const capture = (text, pattern) => pattern.exec(text)?.[1]

async function call (method, query) {
  const xml = await (await fetch(`${server}/rest/?method=${method}&${query}`)).text()
  const code = capture(xml, /<error code="(\d+)"/)
  tried.push(`${method}:${code ?? 'ok'}`)
  return { xml, code }
}

async function logIn () {
  const { xml, code } = await call('auth.login', `token=${kept.token}&user_name=${user}&tokened_password=${md5(kept.token + md5(password))}`)
  kept.session = capture(xml, /<session_key>(.+?)<\/session_key>/)
  return code
}

async function openSession () {
  if (kept.session !== undefined && (await call('auth.checksession', `session_key=${kept.session}`)).xml.includes('<session>ok<')) return
  if (kept.token !== undefined && await logIn() === undefined) return
  kept.token = capture((await call('auth.createtoken', 'api_key=RESPACE001&api_version=1.0&response_format=xml')).xml, /<token>(.+?)<\/token>/)
  if (await logIn() !== undefined) throw new Error(`no login: ${tried}`)
}

await openSession()
writeFileSync(state, JSON.stringify(kept))

// In their language `.+` takes as little as it can, yet one character at least: an empty attribute would swallow the next.
const folders = (await call('folders.getall', `session_key=${kept.session}`)).xml.split('<folder').slice(1)
for (const folder of folders) {
  const [id, name, shared, address, parent] = [/id="(.+?)"/, /name="(.+?)"/, /shared="(.+?)"/, /public_url="(.+?)"/, /parent_folder_id="(.+?)"/]
    .map(pattern => capture(folder, pattern))
  console.log(`folder=${[id, name, shared, new URL(address).pathname, parent].join(' ')}`)
}

const address = capture((await call('upload.getinfo', `session_key=${kept.session}`)).xml, /<upload url="(.+?)"/)
const form = new FormData()
form.set('userfile', new Blob(['found by patterns']), 'R&D "1" <it\'s>.txt')
const id = capture(await (await fetch(address, { method: 'POST', body: form })).text(), /file_id=(\w+)/)
console.log(`file_id=${id}`)

for (const [name, link] of [['page', `https://www.sendspace.com/file/${id}`], ['pro', `http://www.sendspace.com/pro/dl/${id}`]]) {
  const { xml } = await call('download.getinfo', `session_key=${kept.session}&file_id=${encodeURIComponent(link)}`)
  const file = await fetch(capture(xml, /url="(https?[^<>"]*?)"/))
  if (file.headers.get('content-type').includes('html')) throw new Error(`a page instead of the file: ${xml}`)
  console.log(`${name}=${await file.text()}`)
}
console.log(`missing=${(await call('download.getinfo', `session_key=${kept.session}&file_id=zzzzzz`)).code}`)
console.log(`tried=${tried.join(' ')}`)
