/**
 * Uploads that go on where they broke off, after a lost connection or a closed page: in pieces that pass proxies which cap
 * requests at 100 MB. The client of the protocol is large, so it is loaded for the first file that is worth it.
 */

/** Smaller files are sent in one request, and again if need be. */
export const RESUMABLE_FROM = 8 * 1024 * 1024

const PIECE = 64 * 1024 * 1024
/** Half an hour in all. */
const DELAYS = [0, 500, 1000, 2000, 4000, 8000, 15000, ...Array(58).fill(30000)]
/** Trying again does not help with these. */
const FINAL = status => status >= 400 && status < 500 && ![408, 409, 423, 429].includes(status)

/**
 * Sends a file; resolves with the page of its card. `onStart` gets what ends it. `onProgress` gets the bytes sent and whether
 * the connection is broken. Rejects with the sentence of the server, '' when it said none.
 */
export async function sendResumable ({ file, address, fields, onStart, onProgress }) {
  await import('./tus.js')
  const { tus } = globalThis
  return new Promise((resolve, reject) => {
    let isEnded = false
    const upload = new tus.Upload(file, {
      endpoint: new URL('tus/', address).href,
      chunkSize: PIECE,
      retryDelays: DELAYS,
      removeFingerprintOnSuccess: true,
      metadata: { filename: file.name, ...Object.fromEntries(fields) },
      fingerprint: async () => ['respace', file.name, file.size, file.lastModified, ...fields.flat()].join('/'),
      onShouldRetry (error) {
        const isOver = FINAL(error.originalResponse?.getStatus() ?? 0)
        if (!isOver) onProgress(undefined, true)
        return !isOver
      },
      onProgress: sent => { onProgress(sent, false) },
      onError (error) {
        const status = error.originalResponse?.getStatus() ?? 0
        reject(new Error(status >= 400 ? error.originalResponse.getBody().trim() : ''))
      },
      async onSuccess ({ lastResponse }) {
        try {
          const answer = await fetch(lastResponse.getHeader('Respace-Edit'))
          resolve(new DOMParser().parseFromString(await answer.text(), 'text/html'))
        } catch {
          reject(new Error(''))
        }
      }
    })
    onStart(() => {
      isEnded = true
      upload.abort(true).catch(() => undefined)
    })
    upload.findPreviousUploads().then(([previous]) => {
      if (isEnded) return
      if (previous !== undefined) upload.resumeFromPreviousUpload(previous)
      upload.start()
    }, reject)
  })
}
