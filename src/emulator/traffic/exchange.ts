/** One request and its answer, as the emulator looks on. */

export const REQUEST_KINDS = ['api', 'upload', 'progress', 'download', 'page'] as const
/** What a request is for. */
export type RequestKind = typeof REQUEST_KINDS[number]

/** What of an exchange can be matched. */
export interface MatchContext {
  readonly phase: RequestKind
  /** The declared name of the method that is called. */
  readonly method: string | undefined
  /** By name in lower case. */
  readonly params: ReadonlyMap<string, string>
  /** Who it is for, as far as that is known. */
  user (): Promise<string | undefined>
  /** Of the files that it is about. */
  fileNames (): Promise<readonly string[]>
}

/** How bytes of files come: with a ticket, by the form of the start page, with an upload key, to whoever asked for them, as a piece by tus. */
export type UploadKind = 'ticket' | 'form' | 'key' | 'request' | 'piece'

/** undefined for what brings no bytes. */
export function uploadKindOf (path: string, verb: string): UploadKind | undefined {
  if (path === '/apiupload') return 'ticket'
  // For networks that know no PATCH, a POST brings a piece, too.
  if (/^\/tus\/[^/]+$/.test(path)) return verb === 'PATCH' || verb === 'POST' ? 'piece' : undefined
  if (verb !== 'POST') return undefined
  if (path === '/upload') return 'form'
  if (path === '/upload/key') return 'key'
  return /^\/request\/[^/]+$/.test(path) ? 'request' : undefined
}

/** What a request asks for. */
export function requestKindOf (path: string, verb: string): RequestKind {
  if (path === '/rest' || path === '/rest/') return 'api'
  if (path === '/progressapiupload.html') return 'progress'
  if (/^\/(?:dl|view)\//.test(path)) return 'download'
  return uploadKindOf(path, verb) === undefined ? 'page' : 'upload'
}

/** The path and the query of a request line, in absolute form as programs send it to a proxy too. */
export function splitTarget (url: string): { path: string, query: string } {
  const local = url.replace(/^https?:\/\/[^/?#]*/i, '')
  const mark = local.indexOf('?')
  return mark === -1 ? { path: local || '/', query: '' } : { path: local.slice(0, mark) || '/', query: local.slice(mark + 1) }
}
