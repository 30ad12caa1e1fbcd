/** The requests that programs send, beside the parameters of methods: paths, verbs, types and answers as data. */
import { PATHS } from '../domain/url-paths.ts'
import type { ErrorName } from './errors.ts'
import type { Source } from './provenance.ts'

/** How a failure of a request is told: as an element, as a line, as JSON, as a text of any form, or not at all. */
export type FailureForm = 'result' | 'document' | 'json' | 'text' | 'page'

export interface RequestDescription {
  readonly name: string
  readonly about: string
  readonly source: Source
  /** Below the server's address, `:name` for what differs; null: a url from an answer leads to it. */
  readonly path: string | null
  /** Where that url stands: method or document, element and attribute. */
  readonly urlFrom: readonly string[]
  readonly verbs: readonly string[]
  /** Of the body, the best first; none: it has no body. */
  readonly contentTypes: readonly string[]
  /** Headers that it needs or may have. */
  readonly headers: ReadonlyArray<{ readonly name: string, readonly isMandatory: boolean, readonly about: string }>
  /** The statuses of success. */
  readonly statuses: readonly number[]
  /** The types of answers; none: the bytes of a file, or nothing. */
  readonly answerTypes: readonly string[]
  /** The documents that it answers, by their names. */
  readonly documents: readonly string[]
  readonly failure: FailureForm
  /** The codes that it may be refused with; of a call, the method says them. */
  readonly errors: readonly ErrorName[]
}

const XML = 'text/xml; charset=utf-8'
const TEXT = 'text/plain; charset=utf-8'
const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data'
const BYTES = 'application/octet-stream'

/** What the receiving of bytes refuses. */
const UPLOAD_ERRORS: readonly ErrorName[] = [
  'PARAMETER_MISSING', 'FOLDER_NOT_FOUND', 'UPLOAD_TEMP_ERROR', 'SYSTEM_MAINTENANCE', 'INVALID_PARAMETER', 'PRO_EXPIRED', 'PRO_DISKSPACE_LIMIT', 'PARAMETER_BAD_VALUE'
]

const NOTHING = { path: null, urlFrom: [], contentTypes: [], headers: [], answerTypes: [], documents: [], errors: [] } satisfies Partial<RequestDescription>

const header = (name: string, isMandatory: boolean, about: string) => ({ name, isMandatory, about })
const TUS = header('Tus-Resumable', true, 'Always 1.0.0.')
const KEY = header('Authorization', true, 'Bearer and the upload key, which the account page makes.')

export const REQUESTS: readonly RequestDescription[] = [
  {
    ...NOTHING,
    name: 'call',
    about: 'Calls a method. Parameters are in the query, in the body, or in both.',
    source: 'guide',
    path: `${PATHS.rest}/`,
    verbs: ['GET', 'POST'],
    contentTypes: [FORM, MULTIPART],
    statuses: [200],
    answerTypes: [XML],
    failure: 'result'
  },
  {
    ...NOTHING,
    name: 'upload',
    about: 'Sends files with a ticket. A PUT has the bytes of one file as its body, and the fields in the query.',
    source: 'guide',
    urlFrom: ['upload.getInfo upload url', 'anonymous.uploadGetInfo upload url'],
    verbs: ['POST', 'PUT'],
    contentTypes: [MULTIPART, BYTES],
    statuses: [200, 302],
    answerTypes: [TEXT, XML],
    documents: ['upload_status', 'upload_done'],
    failure: 'document',
    errors: UPLOAD_ERRORS
  },
  {
    ...NOTHING,
    name: 'progress',
    about: 'Tells how far an upload is. An unknown ticket has the status fail, with zeros.',
    source: 'guide',
    urlFrom: ['upload.getInfo upload progress_url', 'anonymous.uploadGetInfo upload progress_url'],
    verbs: ['GET', 'POST'],
    statuses: [200],
    answerTypes: [XML],
    documents: ['progress'],
    failure: 'document'
  },
  {
    ...NOTHING,
    name: 'download',
    about: 'Answers the bytes of a file, whole or a part.',
    source: 'observed',
    urlFrom: ['download.getInfo download url', 'files.getInfo file direct_download_url'],
    verbs: ['GET', 'HEAD'],
    headers: [
      header('Range', false, 'The part that is wanted, bytes=0-99. Several parts are answered with the whole file.'),
      header('If-Range', false, 'The ETag or the date that the part must have.'),
      header('If-None-Match', false, 'The ETag that the caller has; 304 when it is this one.')
    ],
    statuses: [200, 206, 304],
    failure: 'page'
  },
  {
    ...NOTHING,
    name: 'uploadWithKey',
    about: 'Sends files with an upload key instead of a ticket, for programs that cannot log in. Answers url, deleteUrl, id, name and size of the first file, and all of them as files.',
    source: 'choice',
    path: PATHS.uploadWithKey,
    verbs: ['POST'],
    contentTypes: [MULTIPART],
    headers: [KEY],
    statuses: [200],
    answerTypes: ['application/json; charset=utf-8'],
    failure: 'json',
    errors: UPLOAD_ERRORS
  },
  {
    ...NOTHING,
    name: 'tusOptions',
    about: 'Tells the version and the extensions of tus, and the largest upload.',
    source: 'choice',
    path: PATHS.tus,
    verbs: ['OPTIONS'],
    statuses: [204],
    failure: 'text'
  },
  {
    ...NOTHING,
    name: 'tusCreate',
    about: 'Begins an upload in pieces (tus 1.0 with creation, expiration and termination). Location is its address.',
    source: 'choice',
    path: PATHS.tus,
    verbs: ['POST'],
    headers: [TUS, header('Upload-Length', true, 'The size of the file in bytes.'), header('Upload-Metadata', false, 'filename, filetype and fields of the upload, each value in base64.')],
    statuses: [201],
    failure: 'text',
    errors: UPLOAD_ERRORS
  },
  {
    ...NOTHING,
    name: 'tusOffset',
    about: 'Tells in Upload-Offset how many bytes have arrived.',
    source: 'choice',
    path: PATHS.tusUpload,
    verbs: ['HEAD'],
    headers: [TUS],
    statuses: [200],
    failure: 'text'
  },
  {
    ...NOTHING,
    name: 'tusAppend',
    about: 'Sends a piece. The file is there once the last byte has arrived.',
    source: 'choice',
    path: PATHS.tusUpload,
    verbs: ['PATCH'],
    contentTypes: ['application/offset+octet-stream'],
    headers: [TUS, header('Upload-Offset', true, 'Where the piece begins: as many bytes as have arrived.')],
    statuses: [204],
    failure: 'text',
    errors: UPLOAD_ERRORS
  },
  {
    ...NOTHING,
    name: 'tusTerminate',
    about: 'Ends an upload, and throws away what has arrived.',
    source: 'choice',
    path: PATHS.tusUpload,
    verbs: ['DELETE'],
    headers: [TUS],
    statuses: [204],
    failure: 'text'
  }
]
