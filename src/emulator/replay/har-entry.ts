/** An exchange in a recording: an entry of HAR 1.2. Members that begin with `_` hold sizes and hashes of bodies that are not kept. */
import { DocumentProblem } from '../../settings/document.ts'

export interface Pair {
  readonly name: string
  readonly value: string
}

/** A file in a form; its bytes are not kept. */
export interface SentFile {
  /** The name of the field. */
  readonly name: string
  readonly fileName: string
  readonly _size: number
  /** In hex. */
  readonly _sha256: string
}

/** The body of a request: fields and files of a form, or text, or size and hash of anything else. */
export interface SentBody {
  readonly mimeType: string
  readonly params: ReadonlyArray<Pair | SentFile>
  readonly text: string
  readonly _size?: number
  readonly _sha256?: string
}

export interface HarRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly Pair[]
  readonly queryString: readonly Pair[]
  readonly postData?: SentBody
}

export interface HarContent {
  readonly size: number
  readonly mimeType: string
  /** Not given: the body was not kept. */
  readonly text?: string
  readonly encoding?: 'base64'
  /** The SHA-256 of a body that was not kept, in hex. */
  readonly _sha256?: string
}

export interface HarResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: readonly Pair[]
  readonly content: HarContent
}

export interface HarEntry {
  /** ISO 8601. */
  readonly startedDateTime: string
  /** In milliseconds. */
  readonly time: number
  readonly request: HarRequest
  readonly response: HarResponse
}

/** Includes members that HAR requires and a recording does not need. */
export function writeEntry ({ startedDateTime, time, request, response }: HarEntry): object {
  const rest = { httpVersion: 'HTTP/1.1', cookies: [], headersSize: -1 }
  return {
    startedDateTime,
    time,
    request: { ...request, ...rest, bodySize: request.postData?._size ?? request.postData?.text.length ?? 0 },
    response: { ...response, ...rest, redirectURL: '', bodySize: response.content.size },
    cache: {},
    timings: { send: 0, wait: time, receive: 0 }
  }
}

/** Reads entries of other programs, too, and ignores their further members. Throws DocumentProblem. */
export function readEntry (value: unknown, at: string): HarEntry {
  const { startedDateTime = '', time = 0, request, response } = objectAt(value, at)
  const asked = objectAt(request, `${at}/request`)
  const answered = objectAt(response, `${at}/response`)
  const content = objectAt(answered.content, `${at}/response/content`)
  const url = textAt(asked.url, `${at}/request/url`)
  if (!URL.canParse(url)) throw new DocumentProblem(`${at}/request/url`, 'expected a URL')
  const status = numberAt(answered.status, `${at}/response/status`)
  if (!Number.isInteger(status) || status < 100 || status > 599) throw new DocumentProblem(`${at}/response/status`, 'expected a status from 100 to 599')
  return {
    startedDateTime: textAt(startedDateTime, `${at}/startedDateTime`),
    time: numberAt(time, `${at}/time`),
    request: {
      method: textAt(asked.method, `${at}/request/method`),
      url,
      headers: pairsAt(asked.headers, `${at}/request/headers`),
      queryString: pairsAt(asked.queryString, `${at}/request/queryString`),
      ...asked.postData !== undefined && { postData: bodyAt(asked.postData, `${at}/request/postData`) }
    },
    response: {
      status,
      statusText: textAt(answered.statusText ?? '', `${at}/response/statusText`),
      headers: pairsAt(answered.headers, `${at}/response/headers`),
      content: {
        size: numberAt(content.size ?? 0, `${at}/response/content/size`),
        mimeType: textAt(content.mimeType ?? '', `${at}/response/content/mimeType`),
        ...content.text !== undefined && { text: textAt(content.text, `${at}/response/content/text`) },
        ...content.encoding === 'base64' && { encoding: 'base64' as const },
        ...content._sha256 !== undefined && { _sha256: textAt(content._sha256, `${at}/response/content/_sha256`) }
      }
    }
  }
}

function bodyAt (value: unknown, at: string): SentBody {
  const { mimeType = '', params = [], text = '', _size, _sha256 } = objectAt(value, at)
  return {
    mimeType: textAt(mimeType, `${at}/mimeType`),
    params: listAt(params, `${at}/params`).map((param, i) => {
      const { name, value = '', fileName, _size = 0, _sha256 = '' } = objectAt(param, `${at}/params/${i}`)
      const field = textAt(name, `${at}/params/${i}/name`)
      if (fileName === undefined) return { name: field, value: textAt(value, `${at}/params/${i}/value`) }
      return { name: field, fileName: textAt(fileName, `${at}/params/${i}/fileName`), _size: numberAt(_size, `${at}/params/${i}/_size`), _sha256: textAt(_sha256, `${at}/params/${i}/_sha256`) }
    }),
    text: textAt(text, `${at}/text`),
    ..._size !== undefined && { _size: numberAt(_size, `${at}/_size`) },
    ..._sha256 !== undefined && { _sha256: textAt(_sha256, `${at}/_sha256`) }
  }
}

/** Any object. Throws DocumentProblem. */
export function objectAt (value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DocumentProblem(at, 'expected an object')
  return value as Readonly<Record<string, unknown>>
}

/** Throws DocumentProblem. */
export function listAt (value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new DocumentProblem(at, 'expected a list')
  return value
}

function pairsAt (value: unknown, at: string): Pair[] {
  return listAt(value ?? [], at).map((pair, i) => {
    const { name, value: text = '' } = objectAt(pair, `${at}/${i}`)
    return { name: textAt(name, `${at}/${i}/name`), value: textAt(text, `${at}/${i}/value`) }
  })
}

function textAt (value: unknown, at: string): string {
  if (typeof value !== 'string') throw new DocumentProblem(at, 'expected a text')
  return value
}

function numberAt (value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new DocumentProblem(at, 'expected a number')
  return value
}
