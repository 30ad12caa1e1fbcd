/** The journal as HAR 1.2, which browsers and HTTP tools read. */
import type { Entry } from './entry.ts'
import type { Journal } from './journal.ts'

/** HAR 1.2, with the members of the entry in `_respace`. */
export type Har = ReturnType<typeof writeHar>

export function writeHar (journal: Journal, version: string) {
  const entries = journal.list().map(writeEntry)
  const comment = journal.dropped() > 0 && { comment: `${journal.dropped()} older exchanges were dropped` }
  return { log: { version: '1.2', creator: { name: 'respace', version }, entries, ...comment } }
}

const UNKNOWN_SIZE = -1
const NONE: ReadonlyArray<{ readonly name: string, readonly value: string }> = []

function writeEntry (entry: Entry) {
  const { id, at, ms, phase, verb, path, params, request, response, fault, lint, method, user, code, state } = entry
  const pairs = Object.entries(params).map(([name, value]) => ({ name, value }))
  const isForm = verb === 'POST' || verb === 'PUT'
  const query = new URLSearchParams(isForm ? {} : params).toString()
  return {
    startedDateTime: at,
    time: ms ?? 0,
    request: {
      method: verb,
      url: `http://${request.host}${path}${query === '' ? '' : `?${query}`}`,
      httpVersion: 'HTTP/1.1',
      cookies: NONE,
      headers: headers(request.headers),
      queryString: isForm ? NONE : pairs,
      ...(isForm && {
        postData: {
          mimeType: request.contentType,
          params: [...pairs, ...request.files.map(({ field, name, size, sha256 }) => ({ name: field, fileName: name, comment: `${size} bytes, sha256 ${sha256}` }))],
          text: ''
        }
      }),
      headersSize: UNKNOWN_SIZE,
      bodySize: request.size
    },
    response: {
      status: response.status ?? 0,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      cookies: NONE,
      headers: headers({ 'content-type': response.contentType }),
      content: { size: response.size, mimeType: response.contentType, text: response.text ?? '', comment: `sha256 ${response.sha256}` },
      redirectURL: '',
      headersSize: UNKNOWN_SIZE,
      bodySize: response.size
    },
    cache: {},
    timings: { send: 0, wait: ms ?? 0, receive: 0 },
    _respace: { id, phase, method, user, code, fault, lint, state }
  }
}

const headers = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).filter(([, value]) => value !== '').map(([name, value]) => ({ name, value }))
