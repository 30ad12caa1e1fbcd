/** An exchange as rules read it, and how they tell of what broke them. */
import type { Settled } from '../journal/journal.ts'
import type { SecretMasker } from '../journal/mask-secrets.ts'
import type { RuleId } from './rules.ts'

export interface Seen extends Settled {
  /** All parameters by name, the last of a repeated one; with their secrets. */
  readonly params: ReadonlyMap<string, string>
  /** The beginning of the answer, '' for none. */
  readonly text: string
  /** Whether it succeeded and the client got the answer. */
  readonly isOk: boolean
}

export function readSettled (settled: Settled): Seen {
  const { entry, evidence } = settled
  const isOk = entry.state === 'answered' && entry.code === 0 && (entry.response.status ?? 0) < 400
  return { ...settled, params: new Map(evidence.sent.map(({ name, value }) => [name, value])), text: evidence.text ?? '', isOk }
}

/** Says which rule an exchange broke, in a sentence without secrets. */
export type Tell = (rule: RuleId, seen: Seen, sentence: string) => void

/** Looks at each exchange once it has ended. */
export interface Watcher {
  see (seen: Seen): void
  /** What can be said only at the end; may be asked several times. */
  conclude? (tell: Tell): void
  /** The state of the server was replaced: keys and ids that were given are gone, and may be given again. `mayReturn`: those of an earlier state are back. */
  forget? (mayReturn: boolean): void
}

/** What a watcher is made with. */
export interface WatcherOptions {
  readonly tell: Tell
  readonly mask: SecretMasker
  /** The password of a user of the seed. */
  passwordOf (user: string): string | undefined
  /** Names and texts that the seed has. */
  seedTexts (): readonly string[]
}

/** Whether one began when the answer to the other had gone, so that its client could know it. */
export const cameAfter = (later: Seen, earlier: { readonly endedAt: number }): boolean => later.evidence.startedAt >= earlier.endedAt

/** Values that programs write where they have none. */
const PLACEHOLDERS = new Set(['', 'null', 'undefined', 'none', 'nil', 'nan', 'false', '[object object]', 'array'])

export const isPlaceholder = (value: string): boolean => PLACEHOLDERS.has(value.trim().toLowerCase())

/** A call as text, to find the same one again: what it is about, without who asks. */
export function callKey ({ entry: { method, phase, path, request }, params }: Seen, leftOut: ReadonlySet<string> = new Set()): string {
  const sent = [...params].filter(([name]) => !leftOut.has(name)).sort(([a], [b]) => a < b ? -1 : 1)
  return JSON.stringify([method ?? `${phase} ${path}`, sent, request.files.map(({ name, sha256 }) => [name, sha256])])
}

/** How the sentence names an exchange. */
export const nameOf = ({ entry: { method, verb, path } }: Seen): string => method ?? `${verb} ${path}`
