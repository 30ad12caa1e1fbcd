/** One request and its answer, as the emulator looks on. */

export const PHASES = ['api', 'upload', 'progress', 'download', 'page'] as const
/** What a request is for. */
export type Phase = typeof PHASES[number]

/** What of an exchange can be matched. */
export interface Circumstance {
  readonly phase: Phase
  /** The declared name of the method that is called. */
  readonly method: string | undefined
  /** By name in lower case. */
  readonly params: ReadonlyMap<string, string>
  /** Who it is for, as far as that is known. */
  user (): Promise<string | undefined>
  /** Of the files that it is about. */
  fileNames (): Promise<readonly string[]>
}

/** What the path of a URL asks for. */
export function phaseOf (path: string): Phase {
  if (path === '/rest' || path === '/rest/') return 'api'
  if (path === '/apiupload') return 'upload'
  if (path === '/progressapiupload.html') return 'progress'
  return /^\/(?:dl|view)\//.test(path) ? 'download' : 'page'
}

/** The path and the query of a request line, in absolute form as programs send it to a proxy too. */
export function splitTarget (url: string): { path: string, query: string } {
  const local = url.replace(/^https?:\/\/[^/?#]*/i, '')
  const mark = local.indexOf('?')
  return mark === -1 ? { path: local || '/', query: '' } : { path: local.slice(0, mark) || '/', query: local.slice(mark + 1) }
}
