/** Web pages of any origin may use the endpoints for programs: clients in a browser are tested with the emulator, too. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isBelow, PATHS, readPath } from '../../domain/url-paths.ts'
import type { Exchange } from './exchange.ts'

const VERBS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/**
 * Adds the headers to every answer, of a handler or a fault, and answers a preflight request where no route does; true then.
 * Pages for people get none.
 */
export function allowAnyOrigin ({ request, response, path, phase, uploadKind }: Pick<Exchange, 'request' | 'response' | 'path' | 'phase' | 'uploadKind'>): boolean {
  const isTus = path === PATHS.tus || isBelow(PATHS.tusUpload, path) || readPath(PATHS.fileRequestTus, path) !== undefined
  const isForPrograms = isTus || path === PATHS.upload || path === PATHS.uploadWithKey || (phase !== 'page' && uploadKind === undefined)
  if (!isForPrograms) return false
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-expose-headers', '*')
  const hasRoute = phase === 'api' || phase === 'progress' || path === PATHS.upload
  if (hasRoute || !isPreflight(request)) return false
  answerPreflight(request, response, VERBS)
  return true
}

/** Whether this is a preflight request of a browser. */
export const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined

/** `verbs` are separated by commas. The allowed origin is set already. */
export function answerPreflight ({ headers }: IncomingMessage, response: ServerResponse, verbs: string): void {
  const asked = headers['access-control-request-headers']
  response.writeHead(204, {
    'access-control-allow-methods': verbs,
    ...(asked !== undefined && { 'access-control-allow-headers': asked }),
    'access-control-max-age': '600',
    vary: 'origin, access-control-request-headers'
  }).end()
}
