/**
 * A folder and several files in one request: node.mjs SERVER E-MAIL PASSWORD FILE…
 * Puts addresses together by hand, so that `@` and punctuation stay as they are in the query; knows version 1.2.
 */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { basename } from 'node:path'

const [server, email, password, ...files] = process.argv.slice(2)
const md5 = text => createHash('md5').update(text).digest('hex')

/** One request; its body as text. The query goes out as it is written. */
function send (address, method = 'GET', headers = {}, body = undefined) {
  const [, host, port, path] = /^http:\/\/([^:/]+):(\d+)(\/.*)$/.exec(address)
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, path, method, headers }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => { text += chunk }).on('end', () => { resolve(text) })
    })
    request.on('error', reject).end(body)
  })
}

async function call (query) {
  const xml = await send(`${server}/rest/?${query}`)
  assert.match(xml, / status="ok">/, xml)
  return xml
}

const element = (xml, name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)[1]
const attributes = text => Object.fromEntries([...text.matchAll(/ (\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value.replaceAll('&amp;', '&')]))
const elements = (xml, name) => [...xml.matchAll(new RegExp(`<${name} [^>]*>`, 'g'))].map(([text]) => attributes(text))

await call(`method=auth.register&api_key=RESPACE001&api_version=1.2&full_name=Zoë%20Example&email=${email}&password=${password}`.replace('ë', '%C3%AB'))
const token = element(await call('method=auth.createtoken&api_key=RESPACE001&api_version=1.2&response_format=json&app_version=0.1'), 'token')
const session = element(await call(`method=auth.login&token=${token}&user_name=${email}&tokened_password=${md5(token + md5(password))}`), 'session_key')

const folders = elements(await call(`method=folders.getall&session_key=${session}`), 'folder')
assert.ok(folders.length > 0, 'at least one folder')
assert.equal(folders.find(({ id }) => id === '0').name, 'Default')

const named = async name => elements(await call(`method=folders.create&session_key=${session}&name=${name}&parent_folder_id=0`), 'folder')[0].name
console.log(`encoded_name=${await named(encodeURIComponent('Été 2024 – plage 🏖'))}`)
console.log(`plain_name=${await named("a@b.c:d,e;f(g)!h*i'j/k?l$m")}`)

const [ticket] = elements(await call(`method=upload.getinfo&session_key=${session}&speed_limit=0`), 'upload')
const boundary = randomUUID()
const part = (head, content) => [`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`, content, '\r\n']
const fields = { MAX_FILE_SIZE: ticket.max_file_size, UPLOAD_IDENTIFIER: ticket.upload_identifier, extra_info: ticket.extra_info }
const body = Buffer.concat([
  ...Object.entries(fields).flatMap(([name, value]) => part(`name="${name}"`, value)),
  // `userfile`, `userfile2`, `userfile3`; their type is `binary`.
  ...files.flatMap((file, i) => part(`name="userfile${i === 0 ? '' : i + 1}"; filename="${basename(file)}"\r\nContent-Type: binary`, readFileSync(file))),
  `--${boundary}--\r\n`
].map(piece => Buffer.from(piece)))
const answer = await send(ticket.url, 'POST', { 'Content-Type': `multipart/form-data; boundary=${boundary}`, 'Content-Length': body.length }, body)

const lines = answer.split('\n').map(line => line.split('='))
const [status, ...rest] = lines
assert.deepEqual(status, ['upload_status', 'ok'])
for (let i = 1; i <= files.length; i++) {
  const [[idName, id], [nameName, name]] = rest.splice(0, 2)
  assert.deepEqual([idName, nameName], ['file_id', 'file_name'])
  console.log(`file_id_${i}=${id}\nfile_name_${i}=${name}`)
}
assert.equal(rest.filter(([name]) => name !== '').length, 4, 'four lines after the files')
console.log(`after=${rest.map(([name]) => name).join(' ')}`)
