/** An exchange as rules read it, and how they report violations. */
import type { Settled } from '../journal/journal.ts'
import type { SecretMasker } from '../journal/mask-secrets.ts'
import type { RuleId } from './rules.ts'

export interface Seen extends Settled {
  /** All parameters by name, with the last value of a repeated one, and with secrets. */
  readonly params: ReadonlyMap<string, string>
  /** The beginning of the answer; '' for none. */
  readonly text: string
  /** Whether it succeeded and the client got the answer. */
  readonly isOk: boolean
}

export function readSettled (settled: Settled): Seen {
  const { entry, evidence } = settled
  const isOk = entry.state === 'answered' && entry.code === 0 && (entry.response.status ?? 0) < 400
  return { ...settled, params: new Map(evidence.sent.map(({ name, value }) => [name, value])), text: evidence.text ?? '', isOk }
}

/** Reports that an exchange broke a rule, in a sentence without secrets. */
export type Tell = (rule: RuleId, seen: Seen, sentence: string) => void

/** Inspects each exchange once it has ended. */
export interface Watcher {
  see (seen: Seen): void
  /** Reports what is known only at the end; may be called several times. */
  conclude? (tell: Tell): void
  /** The server state was replaced: earlier keys and ids are invalid, and may be issued again. `mayReturn`: those of an earlier state are valid again. */
  forget? (mayReturn: boolean): void
}

/** The dependencies of a watcher. */
export interface WatcherOptions {
  readonly tell: Tell
  readonly mask: SecretMasker
  /** The password of a user of the seed. */
  passwordOf (user: string): string | undefined
  /** Names and texts in the seed. */
  seedTexts (): readonly string[]
}

/** Whether an exchange began after the answer to the other was sent, so that its client could know that answer. */
export const cameAfter = (later: Seen, earlier: { readonly endedAt: number }): boolean => later.evidence.startedAt >= earlier.endedAt

/** Values that programs write for a missing value. */
const PLACEHOLDERS = new Set(['', 'null', 'undefined', 'none', 'nil', 'nan', 'false', '[object object]', 'array'])

export const isPlaceholder = (value: string): boolean => PLACEHOLDERS.has(value.trim().toLowerCase())

/** A call as text without its session, to recognize the same call again. */
export function callKey ({ entry: { method, phase, path, request }, params }: Seen, leftOut: ReadonlySet<string> = new Set()): string {
  const sent = [...params].filter(([name]) => !leftOut.has(name)).sort(([a], [b]) => a < b ? -1 : 1)
  return JSON.stringify([method ?? `${phase} ${path}`, sent, request.files.map(({ name, sha256 }) => [name, sha256])])
}

/** The name of an exchange in a sentence. */
export const nameOf = ({ entry: { method, verb, path } }: Seen): string => method ?? `${verb} ${path}`
