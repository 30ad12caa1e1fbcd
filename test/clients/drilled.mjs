/**
 * A client for drills: it logs in, lists the root, fetches all files of it into RESPACE_FOLDER, uploads RESPACE_FILE and logs out. It
 * does right what drills look for, but for the one mistake that its word names.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { basename, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const { RESPACE_URL: url, RESPACE_API_KEY: apiKey, RESPACE_USER: user, RESPACE_PASSWORD: password, RESPACE_FILE: file, RESPACE_FOLDER: folder } = process.env
const mistake = process.argv[2] ?? 'none'
const makes = name => mistake === name

/** Milliseconds: longer than a slow answer, shorter than the patience of a drill. */
const TIMEOUT = 2000
/** Longer than an answer takes, shorter than a slow one. */
const SLOW = 700
const LEAST_PAUSE = 1050
const TRIES = 3
const TEMPORARY = [12, 13, 15]
/** As often as the contract allows. */
const POLL = 250

class Refusal extends Error {
  constructor (code) {
    super(`error ${code}`)
    this.code = code
  }
}
class Broken extends Error {}

function send (target, { method = 'GET', headers = {}, body, timeout = TIMEOUT } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(target, { method, headers, agent: false }, answer => {
      const chunks = []
      answer.on('data', chunk => { chunks.push(chunk) })
      answer.on('end', () => { resolve({ status: answer.statusCode, bytes: Buffer.concat(chunks) }) })
      answer.on('error', () => { reject(new Broken('the answer broke off')) })
    })
    if (!makes('hang')) sent.setTimeout(timeout, () => { sent.destroy(new Error('no answer')) })
    sent.on('error', error => { reject(new Broken(error.message)) })
    sent.end(body)
  })
}

const md5 = text => createHash('md5').update(text).digest('hex')
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const unescape = text => text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (_, decimal, hex, name) => name ? ENTITIES[name] : String.fromCodePoint(Number.parseInt(decimal ?? hex, decimal ? 10 : 16)))
const element = (xml, name) => unescape(new RegExp(`<${name}>([^<]*)</`).exec(xml)?.[1] ?? '')
const attribute = (xml, name) => unescape(new RegExp(`\\s${name}="([^"]*)"`).exec(xml)?.[1] ?? '')

/** One call without any second try. */
async function callOnce (method, params) {
  const began = performance.now()
  const { status, bytes } = await send(`${url}/rest/?${new URLSearchParams({ method, ...params })}`)
  if (makes('slow') && performance.now() - began > SLOW && method === 'upload.getInfo') throw new Error('too slow')
  const text = bytes.toString()
  if (makes('empty') && text === '') return text
  if (makes('not-xml') && text.startsWith('<!DOCTYPE')) return text
  const code = Number(/<error code="(\d+)"/.exec(text)?.[1] ?? 0)
  if (code > 0) throw new Refusal(code)
  if (makes('truncated') && text.startsWith('<?xml')) return text
  if (status !== 200 || !/<result [^>]*status="ok">/.test(text) || !text.trimEnd().endsWith('</result>')) throw new Error(`no answer of the API: ${text.slice(0, 60)}`)
  return text
}

/** Again after what passes, and where a broken connection does no harm. */
async function call (method, params = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await callOnce(method, params)
    } catch (error) {
      if (makes('reset-before') && error instanceof Broken && method === 'auth.createToken') process.exit(0)
      const isTemporary = error instanceof Refusal && TEMPORARY.includes(error.code)
      if (makes('maintenance') && error.code === 15) return ''
      if (makes('busy') && error.code === 13) return ''
      if (makes('permission') && error.code === 11 && attempt < TRIES) continue
      if (attempt === TRIES || !(isTemporary || error instanceof Broken)) throw error
      if (isTemporary && !makes('no-pause')) await wait(LEAST_PAUSE)
    }
  }
}

/** Bytes, by the newest login; -1 for no limit. */
let spaceLeft = -1

async function logIn () {
  for (let attempt = 1; ; attempt++) {
    const token = element(await call('auth.createToken', { api_key: apiKey, api_version: '1.0' }), 'token')
    try {
      const xml = await call('auth.login', { token, user_name: user, tokened_password: md5(token + md5(password)) })
      spaceLeft = Number(element(xml, 'diskspace_left'))
      return element(xml, 'session_key')
    } catch (error) {
      if (!makes('too-many-sessions') || attempt === TRIES) throw error
    }
  }
}

let session = await logIn()

/** With the session, and with a new one when it is over. */
async function callIn (method, params = {}) {
  const more = makes('plain') ? { folderid: '0' } : {}
  try {
    return await call(method, { session_key: session, ...more, ...params })
  } catch (error) {
    if (error.code !== 6 || makes('session-over')) throw error
    session = await logIn()
    return call(method, { session_key: session, ...params })
  }
}

async function listRoot () {
  const xml = await callIn('folders.getContents', { folder_id: '0' })
  const tagsOf = name => [...xml.matchAll(new RegExp(`<${name} [^>]*>`, 'g'))].map(([tag]) => ({ id: attribute(tag, 'id'), name: makes('names-escaped') ? / name="([^"]*)"/.exec(tag)[1] : attribute(tag, 'name'), size: Number(attribute(tag, 'file_size').replaceAll(',', '')) }))
  return { files: tagsOf('file'), folders: tagsOf('folder') }
}

const { files, folders } = await listRoot()
const most = makes('many') ? 60 : Infinity
for (const { name } of [...folders, ...files].slice(0, most)) console.log(name)

const fetched = files.length > 60 ? [] : files
for (const [i, { id, name }] of fetched.entries()) {
  const link = attribute(await callIn('download.getInfo', { file_id: id }), 'url')
  let answer
  try {
    answer = await send(link)
  } catch {
    answer = await send(link)
  }
  if (answer.status !== 200) throw new Error(`status ${answer.status} of a download`)
  writeFileSync(join(folder, makes('names-overwritten') ? name : `${i}-${name.replaceAll('/', '_')}`), answer.bytes)
}

let bytes = readFileSync(file)
const name = makes('names-upload') ? basename(file).replace(/[^ -~]/g, '?') : basename(file)

async function upload () {
  const ticket = await callIn('upload.getInfo')
  if (ticket === '' || ticket.startsWith('<!DOCTYPE')) process.exit(0)
  const room = spaceLeft === -1 ? Infinity : spaceLeft
  if (bytes.length > room && !/^disk-full/.test(mistake)) throw new Error(`${bytes.length} bytes, and ${room} are left`)
  const boundary = 'drilled-client-boundary'
  const field = (fieldName, value) => `--${boundary}\r\nContent-Disposition: form-data; name="${fieldName}"\r\n\r\n${value}\r\n`
  const head = [
    ...['MAX_FILE_SIZE', 'UPLOAD_IDENTIFIER', 'extra_info'].map(fieldName => field(fieldName, attribute(ticket, fieldName.toLowerCase()))),
    `--${boundary}\r\nContent-Disposition: form-data; name="userfile"; filename="${name.replaceAll('"', '%22')}"\r\nContent-Type: application/octet-stream\r\n\r\n`
  ].join('')
  const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)])
  let isOver = false
  const sending = send(attribute(ticket, 'url'), { method: 'POST', headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': body.length }, body }).finally(() => { isOver = true })
  // A poll that begins at the moment of the cut would count as a check.
  const polling = makes('answer-ignored') ? undefined : followProgress(attribute(ticket, 'progress_url'), () => isOver)
  const { bytes: answered } = await sending
  await polling
  if (!/upload_status=ok/.test(answered.toString())) throw new Error(`the upload failed: ${answered.toString().slice(0, 100)}`)
}

async function followProgress (target, isOver) {
  while (true) {
    const { bytes: answered } = await send(target).catch(() => ({ bytes: '' }))
    const isDone = /<status>(?:done|fail)</.test(answered.toString())
    if (isDone || (isOver() && !makes('progress-stuck'))) return
    await wait(POLL)
    if (isOver() && !makes('progress-stuck')) return
  }
}

for (let attempt = 1; ; attempt++) {
  try {
    await upload()
    break
  } catch (error) {
    if ((!(error instanceof Broken) && !makes('disk-full-again')) || attempt === TRIES) throw error
    if (makes('answer-ignored')) break
    if (makes('answer-lost')) continue
    if ((await listRoot()).files.some(each => each.name === name && each.size === bytes.length)) break
    if (makes('upload-cut')) break
    if (makes('upload-rest')) bytes = bytes.subarray(bytes.length / 2)
  }
}
await call('auth.logout', { session_key: session }).catch(() => undefined)
