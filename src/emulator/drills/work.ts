/** The work of a run, compared with the plain run. */
import type { Entry } from '../journal/entry.ts'
import type { AddedFile } from './holdings.ts'
import type { ClientRun } from './drill.ts'

/** Whether the server answered normally, and the client received the answer. */
export const isSuccess = ({ code, state, response, phase }: Entry): boolean =>
  state === 'answered' && (phase === 'api' || phase === 'upload' ? code === 0 : response.status !== null && response.status < 400)

/** Whether the answer reports a failure, or is missing. */
export const isFailure = (entry: Entry): boolean =>
  entry.state === 'cut' || (entry.code !== null && entry.code > 0) || (entry.response.status ?? 0) >= 400

/** Calls that only open, check and close sessions; all other requests are the work. */
export const isAuth = ({ method }: Pick<Entry, 'method'>): boolean => /^auth\./.test(method ?? '')

export const callsOf = ({ entries }: Pick<ClientRun, 'entries'>): readonly Entry[] => entries.filter(({ phase }) => phase === 'api')

export const ofPhase = ({ entries }: Pick<ClientRun, 'entries'>, phase: Entry['phase']): readonly Entry[] => entries.filter(entry => entry.phase === phase)

/** In the order in which they were first called. */
export const methodsOf = (run: Pick<ClientRun, 'entries'>): readonly string[] => [...new Set(callsOf(run).flatMap(({ method }) => method ?? []))]

/** How many calls came before the first one after the login; 0 when all are logins. */
export function callsBeforeWork (run: Pick<ClientRun, 'entries'>): number {
  return Math.max(0, callsOf(run).findIndex(entry => !isAuth(entry)))
}

/** The new files with complete bytes: those of the given file, or of a size that the plain run uploaded, too. */
export function wholeFiles (run: ClientRun, plain: ClientRun): readonly AddedFile[] {
  const sizes = new Set(plain.changes.added.filter(({ sha256 }) => sha256 !== plain.given.sha256).map(({ size }) => size))
  return run.changes.added.filter(({ sha256, size }) => sha256 === run.given.sha256 || sizes.has(size))
}

/** Whether a client uploads the given file. */
export const sendsGiven = (run: ClientRun): boolean =>
  ofPhase(run, 'upload').some(({ request }) => request.files.some(({ sha256 }) => sha256 === run.given.sha256))

/** The part of the plain run's work that is missing; undefined for none. */
export function missingWork (run: ClientRun, plain: ClientRun): string | undefined {
  const [added, expected] = [run.changes.added.length, plain.changes.added.length]
  if (added !== expected) return `${counted(added, 'new file')} instead of ${expected}`
  const givenOf = ({ changes, given }: ClientRun): number => changes.added.filter(({ sha256 }) => sha256 === given.sha256).length
  if (givenOf(run) !== givenOf(plain)) return 'a new file does not have the bytes that were given'
  for (const change of new Set([...plain.changes.others.keys(), ...run.changes.others.keys()])) {
    const [is, was] = [run.changes.others.get(change) ?? 0, plain.changes.others.get(change) ?? 0]
    if (is !== was) return `${change}: ${is} instead of ${was}`
  }
  const done = new Set(run.entries.filter(isSuccess).map(workOf))
  const lacking = plain.entries.find(entry => isSuccess(entry) && !isAuth(entry) && entry.phase !== 'progress' && !done.has(workOf(entry)))
  return lacking === undefined ? undefined : `${workOf(lacking)} has not succeeded`
}

/** The purpose of an exchange. Ids of new things differ from run to run, so they do not count. */
const workOf = ({ method, phase, fileNames }: Entry): string =>
  method ?? (phase === 'download' && fileNames.length > 0 ? `the download of ${fileNames.join(', ')}` : `${/^[aeiou]/.test(phase) ? 'an' : 'a'} ${phase}`)

/** Whether anything was changed. */
export const hasChanged = ({ changes: { added, others } }: ClientRun): boolean => added.length > 0 || others.size > 0

/** `1 new file`, `2 new files`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** When an exchange began and ended, in milliseconds since 1970. */
export const beganAt = ({ startedAt }: Entry): number => Date.parse(startedAt)
export const endedAt = (entry: Entry): number => beganAt(entry) + (entry.ms ?? 0)
