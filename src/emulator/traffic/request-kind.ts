/** The purpose of a request, by its path and verb. */
import { isBelow, PATHS, readPath } from '../../domain/url-paths.ts'

export const REQUEST_KINDS = ['api', 'upload', 'progress', 'download', 'page'] as const
/** The purpose of a request; rules and journal entries call it the phase. */
export type RequestKind = typeof REQUEST_KINDS[number]

/** How the bytes of files are sent: with a ticket, with the form of the start page, with an upload key, to a file request, or as a piece by tus. */
export type UploadKind = 'ticket' | 'form' | 'key' | 'request' | 'piece'

/** undefined for a request that sends no files. */
export function uploadKindOf (path: string, verb: string): UploadKind | undefined {
  if (path === PATHS.upload) return 'ticket'
  // Clients in networks that block PATCH send a piece by POST.
  if (readPath(PATHS.tusUpload, path)) return verb === 'PATCH' || verb === 'POST' ? 'piece' : undefined
  if (verb !== 'POST') return undefined
  if (path === PATHS.uploadForm) return 'form'
  if (path === PATHS.uploadWithKey) return 'key'
  return readPath(PATHS.fileRequest, path) ? 'request' : undefined
}

/** The kind of a request; any other request is a page. */
export function requestKindOf (path: string, verb: string): RequestKind {
  if (path === PATHS.rest || path === `${PATHS.rest}/`) return 'api'
  if (path === PATHS.progress) return 'progress'
  if (isBelow(PATHS.directLink, path) || isBelow(PATHS.viewLink, path)) return 'download'
  return uploadKindOf(path, verb) === undefined ? 'page' : 'upload'
}

/** The path and the query of a request line. Clients of an HTTP proxy send it in absolute form. */
export function splitTarget (url: string): { path: string, query: string } {
  const local = url.replace(/^https?:\/\/[^/?#]*/i, '')
  const mark = local.indexOf('?')
  return mark === -1 ? { path: local || '/', query: '' } : { path: local.slice(0, mark) || '/', query: local.slice(mark + 1) }
}
