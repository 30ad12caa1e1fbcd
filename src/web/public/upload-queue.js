/** Sends files, several at a time. The state of an upload is `waiting`, `sending`, `done`, `failed` or `cancelled`. */

import { sendResumable } from './resumable.js'
import { say } from './words.js'

const AT_ONCE = 3

/**
 * `fields` returns the form fields to send with each file, as pairs of name and value; `place` distinguishes targets with
 * the same `endpoint`. `onAnswer` gets the page with which an upload was answered, if any; `onChange` is called after every
 * change.
 */
export function createQueue ({ endpoint, place = '', fields, largest, onChange, onAnswer }) {
  const uploads = []

  function startNext () {
    const running = uploads.filter(upload => upload.state === 'sending').length
    for (const upload of uploads.filter(({ state }) => state === 'waiting').slice(0, AT_ONCE - running)) send(upload)
    onChange()
  }

  async function send (upload) {
    Object.assign(upload, { state: 'sending', sent: 0, startedAt: performance.now(), isBroken: false })
    const stop = new Promise(resolve => { upload.cancel = resolve }).then(() => 'cancelled')
    try {
      const page = await Promise.race([stop, sendResumable({
        file: upload.file,
        endpoint,
        place,
        fields: fields(),
        onStart: abort => { stop.then(abort) },
        onProgress (sent, isBroken) {
          Object.assign(upload, { sent: sent ?? upload.sent, isBroken })
          onChange()
        }
      })])
      if (page === 'cancelled') end(upload, 'cancelled', say('upload.cancelled'))
      else end(upload, 'done', '', page)
    } catch (error) {
      upload.status = error.status
      end(upload, 'failed', error.message || say('upload.broken'))
    }
  }

  function end (upload, state, reason, page) {
    Object.assign(upload, { state, reason })
    if (page) onAnswer(page)
    startNext()
  }

  function start (upload) {
    const isTooLarge = upload.file.size > largest
    Object.assign(upload, isTooLarge ? { state: 'failed', reason: say('upload.tooLarge') } : { state: 'waiting', reason: '', status: undefined })
  }

  return {
    uploads,
    add (files) {
      for (const file of files) {
        const upload = { file, sent: 0 }
        upload.cancel = () => { end(upload, 'cancelled', say('upload.cancelled')) }
        upload.retry = () => {
          start(upload)
          startNext()
        }
        start(upload)
        uploads.push(upload)
      }
      startNext()
    },
    /** Adds unreadable files of a folder, by name: they are shown with the reason, and cannot be retried. */
    addUnreadable (names) {
      uploads.push(...names.map(name => ({ file: { name, size: 0 }, sent: 0, state: 'failed', reason: say('upload.unreadable') })))
      startNext()
    },
    cancelAll () {
      // Waiting ones are cancelled first: otherwise each ended upload would start one of them.
      for (const state of ['waiting', 'sending']) for (const upload of uploads.filter(each => each.state === state)) upload.cancel()
    },
    isBusy: () => uploads.some(({ state }) => state === 'waiting' || state === 'sending')
  }
}
