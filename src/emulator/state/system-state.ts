/** The state of the whole server as tests set it. */
import type { MinimumVersions } from '../../domain/accounts/app-version.ts'
import type { Policy } from '../../domain/policy.ts'
import { REGISTRATIONS, type RegistrationMode } from '../../domain/accounts/registration.ts'
import type { Ports } from '../../ports.ts'
import { described, DocumentProblem, fields, listed, orNull, someText, titled, written, yesOrNo, type Read } from '../../settings/document.ts'
import { choice, minimumVersions } from '../../settings/kinds.ts'
import { listPauses, setPause } from '../../store/operations/pauses.ts'

type Transfers = 'on' | 'temp_error'

/** Missing members stay unchanged. `minAppVersion` null: any. */
export interface SystemState {
  readonly maintenance: boolean
  readonly uploads: Transfers
  readonly downloads: Transfers
  readonly registration: RegistrationMode
  readonly minAppVersion: MinimumVersions | null
  readonly apiKeys: 'any' | ReadonlySet<string>
  readonly limitsAttempts: boolean
}

const transfers: Read<Transfers> = written(choice('on', 'temp_error'))

const apiKey = described<string>({ type: 'string', pattern: '^[A-Z0-9]{10}$' }, (value, at) => {
  const key = someText(value, at)
  if (/^[A-Z0-9]{10}$/.test(key)) return key
  throw new DocumentProblem(at, `expected a key of 10 characters A-Z and 0-9, got ${JSON.stringify(key.slice(0, 60))}: no client could send another one`)
})
const keyList = listed(apiKey)

const apiKeys = described<SystemState['apiKeys']>({ anyOf: [{ type: 'string', enum: ['any'] }, keyList.schema, { type: 'null' }] }, (value, at) =>
  value === null || value === 'any' ? 'any' : new Set(keyList(value, at)))

export const readSystemState = titled('SystemState', fields<SystemState>({
  maintenance: yesOrNo,
  uploads: transfers,
  downloads: transfers,
  registration: written(choice(...REGISTRATIONS)),
  minAppVersion: orNull(written(minimumVersions)),
  apiKeys,
  limitsAttempts: yesOrNo
}))

/** The policy of this one server, which reads it on each call. */
type SettablePolicy = { -readonly [K in keyof Policy]: Policy[K] }

/** Changes the whole server; members that are left out stay as they are. */
export async function setSystem (state: Partial<SystemState>, { sql, clock }: Pick<Ports, 'sql' | 'clock'>, policy: SettablePolicy): Promise<void> {
  const { maintenance, uploads, downloads, registration, minAppVersion, apiKeys, limitsAttempts } = state
  const now = clock.now()
  if (maintenance !== undefined) await setPause(sql, 'maintenance', maintenance, now)
  if (uploads !== undefined) await setPause(sql, 'uploads', uploads === 'temp_error', now)
  if (downloads !== undefined) await setPause(sql, 'downloads', downloads === 'temp_error', now)
  if (registration !== undefined) policy.registration = registration
  if (minAppVersion !== undefined) policy.minAppVersion = minAppVersion ?? new Map()
  if (apiKeys !== undefined) policy.apiKeys = apiKeys
  if (limitsAttempts !== undefined) policy.limitsAttempts = limitsAttempts
}

/** The state of the whole server, with the members that set it. */
export async function describeSystem ({ sql }: Pick<Ports, 'sql'>, policy: Policy) {
  const pauses = await listPauses(sql)
  const transfersOf = (pause: 'uploads' | 'downloads'): Transfers => pauses.has(pause) ? 'temp_error' : 'on'
  const minimum = [...policy.minAppVersion].map(([key, version]) => key === '*' ? version : `${key}=${version}`)
  return {
    maintenance: pauses.has('maintenance'),
    uploads: transfersOf('uploads'),
    downloads: transfersOf('downloads'),
    registration: policy.registration,
    minAppVersion: minimum.length === 0 ? null : minimum.join(','),
    apiKeys: policy.apiKeys === 'any' ? 'any' as const : [...policy.apiKeys],
    limitsAttempts: policy.limitsAttempts
  }
}

/** What is shown of the whole server. */
export type SystemDescription = Awaited<ReturnType<typeof describeSystem>>
