/**
 * As the screenshot tools on Windows do it: dotnet-style.mjs SERVER USER PASSWORD FILE STATE
 * Every call is a form by POST, the method one of its fields; XML is read strictly; numbers are integers of 32 bits. The
 * token is kept in STATE and used again when the session has ended.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { SaxesParser } from 'saxes'

const [server, user, password, file, state] = process.argv.slice(2)
const md5 = text => createHash('md5').update(text).digest('hex')

/** Dies on a byte before `<?xml`, a byte order mark included, and of everything that is not well-formed. */
function parse (xml) {
  assert.ok(xml.startsWith('<?xml'), 'the declaration comes first')
  const found = { texts: {}, attributes: {} }
  let text = ''
  const parser = new SaxesParser()
  parser.on('opentag', ({ name, attributes }) => {
    found.attributes[name] = attributes
    text = ''
  })
  parser.on('text', piece => { text += piece })
  parser.on('closetag', ({ name }) => { found.texts[name] = text })
  parser.write(xml).close()
  return found
}

/** The bytes as they came: `text()` would swallow a byte order mark. */
const textOf = async response => Buffer.from(await response.arrayBuffer()).toString('utf8')

/** The deserialiser is chosen by the type of the answer. */
async function readXml (response) {
  assert.match(response.headers.get('content-type'), /^(?:text|application)\/xml(?:;|$)/)
  return parse(await textOf(response))
}

async function call (method, parameters = {}) {
  const form = new FormData()
  for (const [name, value] of Object.entries({ method, ...parameters })) form.set(name, value)
  const answer = await readXml(await fetch(`${server}/rest/`, { method: 'POST', body: form }))
  assert.equal(answer.attributes.result.method, method)
  return answer
}

const int32 = text => inRange(text, -2147483648, 2147483647)
const uint32 = text => inRange(text, 0, 4294967295)

function inRange (text, least, most) {
  assert.match(text, /^-?\d+$/)
  assert.ok(Number(text) >= least && Number(text) <= most, `${text} does not fit`)
  return Number(text)
}

const createToken = async () => (await call('auth.createToken', {
  api_key: 'RESPACE001', api_version: '1.2', app_version: '1.0', response_format: 'xml'
})).texts.token

async function logIn (token) {
  const { texts } = await call('auth.login', { token, user_name: user, tokened_password: md5(token + md5(password)) })
  for (const name of ['bandwidth_left', 'diskspace_left', 'points']) console.log(`${name}=${int32(texts[name])}`)
  return texts.session_key
}

const kept = existsSync(state) ? JSON.parse(readFileSync(state)) : { token: await createToken() }
const isOpen = kept.session !== undefined && (await call('auth.checkSession', { session_key: kept.session })).texts.session === 'ok'
console.log(`login=${isOpen ? 'none' : kept.session === undefined ? 'first' : 'second'}`)
if (!isOpen) kept.session = await logIn(kept.token)
writeFileSync(state, JSON.stringify(kept))

async function upload (ticket) {
  const form = new FormData()
  form.set('MAX_FILE_SIZE', uint32(ticket.max_file_size))
  form.set('UPLOAD_IDENTIFIER', ticket.upload_identifier)
  form.set('extra_info', ticket.extra_info)
  form.set('userfile', new Blob([readFileSync(file)]), basename(file))
  const uploading = fetch(ticket.url, { method: 'POST', body: form })
  // Polled in a tight loop, by POST, until it is over.
  let progress
  do progress = (await readXml(await fetch(ticket.progress_url, { method: 'POST' }))).texts
  while (progress.status === 'ok')
  console.log(`progress=${progress.status} ${progress.meter}`)
  return uploading
}

const own = await textOf(await upload((await call('upload.getInfo', { session_key: kept.session, speed_limit: '0' })).attributes.upload))
assert.ok(own.startsWith('upload_status=ok'), own)
console.log(`file_id=${/file_id=(\w+)/.exec(own)[1]}`)
for (const name of ['bandwidth_left', 'diskspace_left', 'points']) int32(new RegExp(`^${name}=(.*)$`, 'm').exec(own)[1])

const { attributes } = await call('anonymous.uploadGetInfo', { speed_limit: '0', api_key: 'RESPACE001', api_version: '1.0', app_version: '1.0' })
const { texts } = await readXml(await upload(attributes.upload))
console.log(`download_url=${texts.download_url}\ndeletion_url=${texts.delete_url}`)
