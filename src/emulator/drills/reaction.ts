/** What a client did after the first failure, in words. */
import type { Entry } from '../journal/entry.ts'
import type { ClientRun } from './drill.ts'
import { beganAt, counted, endedAt, isFailure } from './work.ts'

/** The journal keeps this much of an answer, so the end of a longer one is unknown. */
const SEEN_BYTES = 16 * 1024

/** The first exchange that failed, or whose answer a fault corrupted. */
export function firstTrouble ({ entries }: Pick<ClientRun, 'entries'>): Entry | undefined {
  return entries.find(entry => isFailure(entry) || isSpoilt(entry))
}

/** Whether a fault cut off the end of an answer of the API. */
export const isSpoilt = ({ fault, phase, response: { text, size } }: Entry): boolean =>
  fault !== null && phase === 'api' && size < SEEN_BYTES && !/<\/result>/.test(text ?? '')

/** Such as `error 15 of files.getInfo: tried again after 1.2 s (2 times)`; '' when nothing went wrong. */
export function describeReaction (run: Pick<ClientRun, 'entries'>): string {
  const trouble = firstTrouble(run)
  if (trouble === undefined) return ''
  const later = run.entries.filter(entry => entry !== trouble && beganAt(entry) >= Math.floor(endedAt(trouble)))
  return `${describeTrouble(trouble)}: ${describeLater(trouble, later)}`
}

function describeTrouble (entry: Entry): string {
  const { code, state, response } = entry
  if (state === 'cut') return `${nameOf(entry)} was cut off`
  if (code !== null && code > 0) return `error ${code} of ${nameOf(entry)}`
  if (response.size === 0) return `no answer of ${nameOf(entry)}`
  return isSpoilt(entry) ? `corrupted answer of ${nameOf(entry)}` : `status ${response.status ?? 0} of ${nameOf(entry)}`
}

function describeLater (trouble: Entry, later: readonly Entry[]): string {
  const [next] = later
  if (next === undefined) return 'gave up'
  const again = later.filter(entry => nameOf(entry) === nameOf(trouble))
  const [first] = again
  if (first !== undefined && !/^auth\./.test(trouble.method ?? '') && later.some(({ method }) => method === 'auth.login')) return `logged in again, then tried again (${counted(again.length, 'time')})`
  if (first !== undefined) return `tried again after ${seconds(beganAt(first) - endedAt(trouble))} (${counted(again.length, 'time')})`
  return `went on with ${nameOf(next)}`
}

const nameOf = ({ method, phase }: Entry): string => method ?? `the ${phase}`

const seconds = (milliseconds: number): string => `${(Math.max(0, milliseconds) / 1000).toFixed(1)} s`
