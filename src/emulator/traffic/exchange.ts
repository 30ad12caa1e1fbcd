/** One request and its response, as seen by the emulator. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readQuery } from '../../http/request/query.ts'
import type { Lint } from './lint.ts'
import { requestKindOf, splitTarget, uploadKindOf, type RequestKind, type UploadKind } from './request-kind.ts'
import type { UploadInspector } from './upload-inspector.ts'

/** A request with its response. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly phase: RequestKind
  /** Only of an upload. */
  readonly uploadKind: UploadKind | undefined
  readonly notes: ExchangeNotes
}

/** Facts that are added while an exchange runs. */
export interface ExchangeNotes {
  /** The declared name of the API method that is called. */
  method: string | undefined
  user: string | undefined
  /** The code of an API call, 0 for success. */
  code: number | undefined
  /** Initially the parameters of the query. */
  params: ReadonlyMap<string, string>
  fileNames: readonly string[]
  /** The id of the fault that was applied. */
  fault: string | undefined
  inspector: UploadInspector | undefined
  /** For an upload with a running handler: ends its body with an error. Resolves when the handler has released its resources; its answer is not sent. */
  settle: (() => Promise<void>) | undefined
  lint: readonly Lint[]
}

/** An exchange before its body: only the request line and headers are known. */
export function createExchange (request: IncomingMessage, response: ServerResponse): Exchange {
  const { path, query } = splitTarget(request.url ?? '')
  const verb = request.method ?? ''
  const notes = { method: undefined, user: undefined, code: undefined, params: readQuery(query), fileNames: [], fault: undefined, inspector: undefined, settle: undefined, lint: [] }
  return { request, response, path, phase: requestKindOf(path, verb), uploadKind: uploadKindOf(path, verb), notes }
}
