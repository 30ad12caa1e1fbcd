/**
 * Resumable uploads, also after a lost connection or a closed page, in pieces small enough for proxies that limit
 * requests to 100 MB. The protocol's client is large, so it is loaded with the first file. Small files use it too:
 * if the answer to a form was lost, nobody would know whether it arrived, and a retry would store it twice.
 */

import { say } from './words.js'

const PIECE = 64 * 1024 * 1024
/** Half an hour in total. */
const DELAYS = [0, 500, 1000, 2000, 4000, 8000, 15000, ...Array(58).fill(30000)]
/** Statuses for which a retry does not help. */
const FINAL = status => status >= 400 && status < 500 && ![408, 409, 423, 429].includes(status)

/** Of a file, not a status of a server. */
export const UNREADABLE = -1

/** Running uploads of this page: the same file again is a new upload, not the rest of this one. */
const underWay = new Set()

/** The server's message, '' for none, and its status, 0 for none. */
export class UploadProblem extends Error {
  constructor (sentence, status) {
    super(sentence)
    this.status = status
  }
}

/**
 * Sends a file to the upload endpoint `endpoint`; resolves with the page of its card, or with nothing when it has none or nobody wants it.
 * `place` and the file's name, size and time identify it. `onStart` gets a function that cancels it. `onProgress` gets the
 * bytes sent and whether the connection is broken. Rejects with an UploadProblem.
 */
export async function sendResumable ({ file, endpoint, place, fields, wantsPage, onStart, onProgress }) {
  const fingerprint = ['respace', endpoint, place, file.name, file.size, file.lastModified].join('/')
  const isFirst = !underWay.has(fingerprint)
  const ending = new AbortController()
  const onBroken = () => { onProgress(undefined, true) }
  underWay.add(fingerprint)
  onStart(() => { ending.abort() })
  try {
    await requireReadable(file, 'upload.unreadable')
    const { tus } = await persist(loadClient, ending.signal, onBroken)
    const response = await send(tus, { file, endpoint, fields, fingerprint, isFirst, signal: ending.signal, onBroken, onProgress })
    const address = response.getHeader('Respace-Edit')
    return wantsPage && address && await persist(() => readPage(address), ending.signal, onBroken)
  } finally {
    if (isFirst) underWay.delete(fingerprint)
  }
}

function send (tus, { file, endpoint, fields, fingerprint, isFirst, signal, onBroken, onProgress }) {
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(file, {
      endpoint,
      chunkSize: PIECE,
      retryDelays: DELAYS,
      // Some networks block PATCH.
      overridePatchMethod: true,
      removeFingerprintOnSuccess: true,
      metadata: { filename: file.name, ...Object.fromEntries(fields) },
      fingerprint: async () => fingerprint,
      onShouldRetry (error) {
        const isOver = FINAL(error.originalResponse?.getStatus() ?? 0)
        if (isOver) return false
        onBroken()
        // Browsers report an unreadable file like a lost connection.
        requireReadable(file, 'upload.changed').catch(problem => {
          upload.abort(true).catch(() => undefined)
          reject(problem)
        })
        return true
      },
      onProgress: sent => { onProgress(sent, false) },
      onError (error) {
        const status = error.originalResponse?.getStatus() ?? 0
        reject(new UploadProblem(status >= 400 ? error.originalResponse.getBody().trim() : '', status))
      },
      onSuccess: ({ lastResponse }) => { resolve(lastResponse) }
    })
    signal.addEventListener('abort', () => { upload.abort(true).catch(() => undefined) })
    const previous = isFirst ? upload.findPreviousUploads() : Promise.resolve([])
    previous.then(([found]) => {
      if (signal.aborted) return
      if (found !== undefined) upload.resumeFromPreviousUpload(found)
      upload.start()
    }, reject)
  })
}

/** Rejects with an UploadProblem when a file is unreadable or has changed; reading one byte is enough to know. */
async function requireReadable (file, sentence) {
  try {
    // A deleted file looks empty until it is read completely.
    await (file.size === 0 ? file : file.slice(0, 1)).arrayBuffer()
  } catch {
    throw new UploadProblem(say(sentence), UNREADABLE)
  }
}

/** Browsers do not retry a module that failed to load under the same address. */
async function loadClient (attempt) {
  await import(attempt === 0 ? './tus.js' : `./tus.js?${attempt}`)
  return globalThis
}

async function readPage (address) {
  const answer = await fetch(address)
  if (!answer.ok) throw new Error(`${answer.status}`)
  return new DOMParser().parseFromString(await answer.text(), 'text/html')
}

/** Retries as long as an upload does. */
async function persist (work, signal, onBroken) {
  for (const [attempt, delay] of DELAYS.entries()) {
    try {
      return await work(attempt)
    } catch {
      if (signal.aborted) break
      onBroken()
      await new Promise(resolve => { setTimeout(resolve, delay) })
    }
  }
  throw new UploadProblem('', 0)
}
