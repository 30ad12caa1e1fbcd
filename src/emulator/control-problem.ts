/** Why a control call failed: RFC 9457 problem details, with a hint what to do instead. */
import { DocumentProblem } from '../settings/document.ts'

export class ControlProblem extends Error {
  readonly status: number
  readonly hint: string
  /** Further members of the answer. */
  readonly members: object

  constructor (status: number, detail: string, hint: string, members: object = {}) {
    super(detail)
    this.status = status
    this.hint = hint
    this.members = members
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not found', 405: 'Method not allowed', 406: 'Not as expected', 408: 'Timeout', 413: 'Body too large', 429: 'Too many requests', 500: 'Internal error'
}

/** The answer of a failed call as data, its status included. */
export function describeProblem (error: unknown): { readonly status: number, readonly [member: string]: unknown } {
  const write = (status: number, detail: string, others: object) => ({ type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, ...others })
  if (error instanceof ControlProblem) return write(error.status, error.message, { hint: error.hint, ...error.members })
  if (error instanceof DocumentProblem) return write(400, error.problem, { pointer: error.pointer, hint: error.hint ?? 'GET /_emulator/v1/openapi.json describes what each call takes' })
  return write(500, 'the emulator failed', { hint: 'this is a bug: see the log' })
}
