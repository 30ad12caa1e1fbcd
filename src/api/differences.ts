/** What versions do differently, beside the parameters and elements that say so themselves. */
import type { ApiVersion } from '../domain/version.ts'
import type { ErrorName } from './errors.ts'
import type { WritingName } from './fields.ts'
import type { Source } from './provenance.ts'

export interface Difference {
  readonly about: string
  readonly source: Source
  /** The first version that does it, and the first that does not; null: all later ones do. */
  readonly since: ApiVersion
  readonly until: ApiVersion | null
  readonly methods: readonly string[]
  /** The error that only these versions answer for this reason. */
  readonly error: ErrorName | null
  /** The values that these versions write so, whichever method answers them. */
  readonly values: readonly WritingName[]
}

const of = { until: null, methods: [], error: null, values: [] } satisfies Partial<Difference>

export const DIFFERENCES: readonly Difference[] = [
  { ...of, about: 'A folder that is not empty is refused.', source: 'guide', since: '1.0', until: '1.1', methods: ['folders.delete'], error: 'FOLDER_NOT_EMPTY' },
  { ...of, about: 'A folder is deleted with everything in it.', source: 'observed', since: '1.1', methods: ['folders.delete'] },
  { ...of, about: 'full_name has at most 20 characters.', source: 'guide', since: '1.0', until: '1.1', methods: ['auth.register'], error: 'REGISTRATION_ERROR' },
  { ...of, about: 'full_name has at most 100 characters, and without a user_name the e-mail is the user name.', source: 'observed', since: '1.1', methods: ['auth.register'] },
  { ...of, about: 'user_name is the full name.', source: 'observed', since: '1.1', methods: ['auth.login'] },
  { ...of, about: 'A membership that never ends is 2147483647.', source: 'guide', since: '1.0', until: '1.1', values: ['end'] },
  { ...of, about: 'A membership that never ends is -1.', source: 'observed', since: '1.1', values: ['end'] },
  { ...of, about: 'The time of an upload is Unix seconds.', source: 'guide', since: '1.0', until: '1.1', values: ['uploadTime'] },
  { ...of, about: 'The time of an upload is YYYY/MM/DD HH:MM:SS in US Eastern time.', source: 'observed', since: '1.1', values: ['uploadTime'] }
]
