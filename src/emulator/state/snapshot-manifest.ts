/** `snapshot.json` of an archive: what it contains, and how it is read. */
import { REGISTRATIONS, type RegistrationMode } from '../../domain/accounts/registration.ts'
import type { SqlRow } from '../../ports.ts'
import { DocumentProblem, fields, listed, someText, written, yesOrNo, type Read } from '../../settings/document.ts'
import { choice } from '../../settings/kinds.ts'
import { readIdSeed, type IdState, type IdSeed } from './seeded-ids.ts'
import type { ClockState, Snapshot, Tables } from './snapshot.ts'

/** What `snapshot.json` says; sets and maps as lists. */
export interface SnapshotManifest extends Omit<Snapshot, 'policy'> {
  /** The version of the database's tables: rows of another do not fit. */
  readonly schema: number
  readonly policy: ManifestPolicy
}

interface ManifestPolicy {
  readonly registration: RegistrationMode
  readonly minAppVersion: ReadonlyArray<readonly [string, string]>
  readonly apiKeys: 'any' | readonly string[]
  readonly limitsAttempts: boolean
}

/** The latest date of JavaScript, in milliseconds. */
const MAX_TIME = 8.64e15

const number: Read<number> = (value, at) => {
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= MAX_TIME) return value
  throw new DocumentProblem(at, 'expected a whole number')
}

/** The values of a row are checked against its table later. */
const rows = listed<SqlRow>((value, at) => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as SqlRow
  throw new DocumentProblem(at, 'expected a row')
})

const tables: Read<Tables> = (value, at) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DocumentProblem(at, 'expected tables')
  return Object.fromEntries(Object.entries(value).map(([name, list]) => [name, rows(list, `${at}/${name}`)]))
}

const pair: Read<readonly [string, string]> = (value, at) => {
  const [key, version, ...others] = listed(someText)(value, at)
  if (key !== undefined && version !== undefined && others.length === 0) return [key, version]
  throw new DocumentProblem(at, 'expected a key and a version')
}

const policy = fields<ManifestPolicy, keyof ManifestPolicy>({
  registration: written(choice(...REGISTRATIONS)),
  minAppVersion: listed(pair),
  apiKeys: (value, at) => value === 'any' ? value : listed(someText)(value, at),
  limitsAttempts: yesOrNo
}, ['registration', 'minAppVersion', 'apiKeys', 'limitsAttempts'])

const clock: Read<ClockState> = (value, at) => {
  const { frozenAt, shiftedBy } = fields<{ frozenAt: number, shiftedBy: number }>({ frozenAt: number, shiftedBy: number })(value, at)
  if (frozenAt !== undefined) return { frozenAt }
  if (shiftedBy !== undefined) return { shiftedBy }
  throw new DocumentProblem(at, 'expected frozenAt or shiftedBy')
}

/** Without a seed ids are random. */
const readIdState: Read<IdState> = (value, at) => {
  const { seed, given } = fields<{ seed: IdSeed, given: number }, 'given'>({ seed: readIdSeed, given: number }, ['given'])(value, at)
  return { seed, given }
}

/** The parsed text. Throws DocumentProblem. */
export const readManifest = fields<SnapshotManifest, keyof SnapshotManifest>({
  schema: number, takenAt: number, tables, policy, clock, ids: readIdState, hidden: listed(someText)
}, ['schema', 'takenAt', 'tables', 'policy', 'clock', 'ids', 'hidden'])
