/** Sends files, several at a time. The state of an upload is `waiting`, `sending`, `done`, `failed` or `cancelled`. */

import { sendResumable, UNREADABLE } from './resumable.js'
import { say } from './words.js'

/** Also the most uploads that are begun at once. */
const AT_ONCE = 3

/** Statuses of refusals that stay: the target is gone or full, the file too large or of a type that is not taken, or it has changed. */
const NEVER = new Set([410, 413, 415, UNREADABLE])

/**
 * `fields` returns the form fields to send with an upload, as pairs of name and value; `place` distinguishes targets with
 * the same `endpoint`. `onAnswer` gets the page with which an upload was answered, if any; without it nobody asks for these pages.
 * `onChange` is called after every change.
 */
export function createQueue ({ endpoint, place = '', fields, largest, onChange, onAnswer }) {
  const uploads = []
  /** Those that wait, the next one last: a folder may have thousands of files. */
  let waiting = []
  let running = 0

  function startNext () {
    while (running < AT_ONCE && waiting.length > 0) {
      const upload = waiting.pop()
      if (upload.state === 'waiting') send(upload)
    }
    onChange()
  }

  async function send (upload) {
    running++
    Object.assign(upload, { state: 'sending', sent: 0, startedAt: performance.now(), isBroken: false })
    const stop = new Promise(resolve => { upload.cancel = resolve }).then(() => 'cancelled')
    let outcome
    try {
      const page = await Promise.race([stop, sendResumable({
        file: upload.file,
        endpoint,
        place: [place, upload.place ?? '', upload.path].join('/'),
        fields: [...fields(upload), ...upload.path === '' ? [] : [['path', upload.path]]],
        wantsPage: onAnswer !== undefined && upload.bundle === undefined,
        onStart: abort => { stop.then(abort) },
        onProgress (sent, isBroken) {
          Object.assign(upload, { sent: sent ?? upload.sent, isBroken })
          onChange()
        }
      })])
      outcome = page === 'cancelled' ? ['cancelled', say('upload.cancelled')] : ['done', '', page]
    } catch (error) {
      upload.status = error.status
      if (NEVER.has(error.status)) upload.retry = undefined
      outcome = ['failed', error.message || say('upload.broken')]
    }
    running--
    end(upload, ...outcome)
  }

  function end (upload, state, reason, page) {
    Object.assign(upload, { state, reason })
    if (page) onAnswer(page)
    startNext()
  }

  /** Whether it may wait for its turn. */
  function start (upload) {
    const isTooLarge = upload.file.size > largest
    if (isTooLarge) upload.retry = undefined
    Object.assign(upload, isTooLarge ? { state: 'failed', reason: say('upload.tooLarge') } : { state: 'waiting', reason: '', status: undefined })
    upload.cancel = () => { end(upload, 'cancelled', say('upload.cancelled')) }
    return !isTooLarge
  }

  return {
    uploads,
    /** Adds files, each `{ file, path }`; `more` is kept with each upload, for `fields`, and `more.place` distinguishes targets. */
    add (files, more = {}) {
      const added = files.map(({ file, path }) => ({ ...more, file, path, sent: 0 }))
      for (const upload of added) {
        upload.retry = () => {
          if (start(upload)) waiting.unshift(upload)
          startNext()
        }
      }
      waiting = [...added.filter(start).reverse(), ...waiting]
      for (const upload of added) uploads.push(upload)
      startNext()
    },
    /** Adds unreadable files of a folder, by name: they are shown with the reason, and cannot be retried. */
    addUnreadable (names) {
      for (const name of names) uploads.push({ file: { name, size: 0 }, path: '', sent: 0, state: 'failed', reason: say('upload.unreadable') })
      startNext()
    },
    /** Adds files that could not be begun, with the reason; `again` tries all of them again. */
    addFailed (files, reason, again) {
      const failed = files.map(({ file, path }) => ({ file, path, sent: 0, state: 'failed', reason }))
      for (const upload of failed) {
        upload.retry = () => {
          for (const each of failed) Object.assign(each, { state: 'cancelled', isClosed: true })
          again()
        }
      }
      for (const upload of failed) uploads.push(upload)
      startNext()
    },
    cancelAll () {
      // Waiting ones are cancelled first: otherwise each ended upload would start one of them.
      waiting = []
      for (const upload of uploads) if (upload.state === 'waiting') Object.assign(upload, { state: 'cancelled', reason: say('upload.cancelled') })
      for (const upload of uploads) if (upload.state === 'sending') upload.cancel()
      onChange()
    },
    isBusy: () => running > 0 || waiting.some(({ state }) => state === 'waiting')
  }
}
