/**
 * Uploads that a reload or a crash of the browser ended: the browser remembers what they were, and the same files, chosen again, go on where
 * they stopped. Only the start page uses it.
 */
import { say } from './words.js'

const KEY = 'respace.unfinished'
/** Entries, and files of one: more are not remembered. */
const MOST = 5
const MOST_FILES = 5000
/** Milliseconds between two notes that an upload still runs, and after which it is not running any more. */
const BEAT = 5000
const SILENT_FOR = 15_000
const REMEMBERED_FOR = 24 * 60 * 60 * 1000

const own = new Set()
let timer

function read () {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(list) ? list.filter(({ begunAt }) => Date.now() - begunAt < REMEMBERED_FOR) : []
  } catch {
    return []
  }
}

/** Entries of other tabs stay as they are. */
function write (seenAt = Date.now()) {
  const others = read().filter(({ id }) => ![...own].some(entry => entry.id === id))
  const mine = [...own].filter(({ uploads }) => uploads.some(isOpen)).map(({ id, title, bundle, begunAt, uploads }) =>
    ({ id, title, bundle, begunAt, seenAt, files: uploads.map(upload => [keyOf(upload), upload.state === 'done' ? 1 : 0]) }))
  try {
    localStorage.setItem(KEY, JSON.stringify([...mine, ...others].slice(0, MOST)))
  } catch {}
}

const isOpen = ({ state }) => state === 'waiting' || state === 'sending' || state === 'failed'
const keyOf = ({ file, path }) => [path, file.name, file.size, file.lastModified].join('/')

/** Remembers uploads until all have ended. `bundle` is undefined for a single file. */
export function rememberUploads (title, uploads, bundle) {
  if (uploads.length === 0 || uploads.length > MOST_FILES) return
  own.add({ id: crypto.getRandomValues(new Uint32Array(2)).join('-'), title, bundle, begunAt: Date.now(), uploads })
  write()
  timer ??= setInterval(write, BEAT)
}

/** After an upload has ended. */
export function noteEnds () {
  if (own.size === 0 || [...own].some(({ uploads }) => uploads.some(isOpen))) return
  clearInterval(timer)
  timer = undefined
  write()
  own.clear()
}

addEventListener('pagehide', () => { if (own.size > 0) write(0) })

const isSilent = ({ seenAt }) => Date.now() - seenAt > SILENT_FOR
const list = () => read().filter(entry => isSilent(entry) && Array.isArray(entry.files))

function forget (wanted) {
  try {
    localStorage.setItem(KEY, JSON.stringify(read().filter(({ id }) => id !== wanted)))
  } catch {}
}

/** The interrupted upload to which all these files belong, with those that are still to be sent; undefined for none. */
export function takeUnfinished (files) {
  const entry = list().find(({ files: known }) => files.length > 0 && files.every(each => known.some(([key]) => key === keyOf(each))))
  if (entry === undefined) return undefined
  forget(entry.id)
  const isSent = new Map(entry.files)
  return { title: entry.title, bundle: entry.bundle, files: files.filter(each => isSent.get(keyOf(each)) !== 1) }
}

/** A line for each of them. */
export function showUnfinished (place) {
  place.replaceChildren(...list().map(({ id, title }) => {
    const line = Object.assign(document.createElement('p'), { className: 'msg row' })
    line.setAttribute('role', 'status')
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'bare', textContent: say('upload.dismiss') })
    button.addEventListener('click', () => {
      forget(id)
      line.remove()
    })
    line.append(Object.assign(document.createElement('span'), { className: 'grow', textContent: say('upload.resume', { name: title }) }), button)
    return line
  }))
}
