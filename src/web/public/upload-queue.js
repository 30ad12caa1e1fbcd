/** Sends files, several at a time. An upload is `waiting`, `sending`, `done`, `failed` or `cancelled`. */

import { sendResumable } from './resumable.js'
import { say } from './words.js'

const AT_ONCE = 3

/**
 * `fields` tells what goes with each file when it goes, as pairs of name and value; `place` tells places apart that begin at
 * one `endpoint`. `onAnswer` gets the page that an upload was answered with, if any; `onChange` is told whenever anything has
 * moved.
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
    /** What a folder holds and the browser cannot read, by name: it is shown with the reason, and there is nothing to try again. */
    addUnreadable (names) {
      uploads.push(...names.map(name => ({ file: { name, size: 0 }, sent: 0, state: 'failed', reason: say('upload.unreadable') })))
      startNext()
    },
    cancelAll () {
      // What waits goes first: otherwise each end would start one of them.
      for (const state of ['waiting', 'sending']) for (const upload of uploads.filter(each => each.state === state)) upload.cancel()
    },
    isBusy: () => uploads.some(({ state }) => state === 'waiting' || state === 'sending')
  }
}
