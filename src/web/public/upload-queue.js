/** Sends files, several at a time. An upload is `waiting`, `sending`, `done`, `failed` or `cancelled`. */

import { RESUMABLE_FROM, sendResumable } from './resumable.js'
import { say } from './words.js'

const AT_ONCE = 3

/** `fields` go with each file, as pairs of name and value. `onAnswer` gets the page that an upload was answered with; `onChange` is told whenever anything has moved. */
export function createQueue ({ address, fields, largest, onChange, onAnswer }) {
  const uploads = []

  function startNext () {
    const running = uploads.filter(upload => upload.state === 'sending').length
    for (const upload of uploads.filter(({ state }) => state === 'waiting').slice(0, AT_ONCE - running)) send(upload)
    onChange()
  }

  function send (upload) {
    if (upload.file.size >= RESUMABLE_FROM) return sendInPieces(upload)
    const body = new FormData()
    for (const [name, value] of fields) body.append(name, value)
    body.append('userfile', upload.file, upload.file.name)
    const request = new XMLHttpRequest()
    request.open('POST', address)
    request.responseType = 'document'
    Object.assign(upload, { state: 'sending', sent: 0, startedAt: performance.now(), cancel: () => { request.abort() } })
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      // The form around the file counts as well, so the share is what can be told.
      upload.sent = total > 0 ? loaded / total * upload.file.size : 0
      onChange()
    })
    request.addEventListener('load', () => {
      const page = request.response
      if (request.status === 200 && page !== null) end(upload, 'done', '', page)
      else end(upload, 'failed', page?.querySelector('.msg.error')?.textContent ?? say('upload.refused'))
    })
    request.addEventListener('error', () => { end(upload, 'failed', say('upload.broken')) })
    request.addEventListener('abort', () => { end(upload, 'cancelled', say('upload.cancelled')) })
    request.send(body)
  }

  async function sendInPieces (upload) {
    Object.assign(upload, { state: 'sending', sent: 0, startedAt: performance.now(), isBroken: false })
    const stop = new Promise(resolve => { upload.cancel = resolve }).then(() => 'cancelled')
    try {
      const page = await Promise.race([stop, sendResumable({
        file: upload.file,
        address,
        fields,
        onStart: abort => { stop.then(abort) },
        onProgress (sent, isBroken) {
          Object.assign(upload, { sent: sent ?? upload.sent, isBroken })
          onChange()
        }
      })])
      if (page === 'cancelled') end(upload, 'cancelled', say('upload.cancelled'))
      else end(upload, 'done', '', page)
    } catch (error) {
      end(upload, 'failed', error.message || say('upload.broken'))
    }
  }

  function end (upload, state, reason, page) {
    Object.assign(upload, { state, reason })
    if (page !== undefined) onAnswer(page)
    startNext()
  }

  function start (upload) {
    const isTooLarge = upload.file.size > largest
    Object.assign(upload, isTooLarge ? { state: 'failed', reason: say('upload.tooLarge') } : { state: 'waiting', reason: '' })
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
    cancelAll () {
      // What waits goes first: otherwise each end would start one of them.
      for (const state of ['waiting', 'sending']) for (const upload of uploads.filter(each => each.state === state)) upload.cancel()
    },
    isBusy: () => uploads.some(({ state }) => state === 'waiting' || state === 'sending')
  }
}
