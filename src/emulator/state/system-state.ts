/** The state of the whole server as tests set it. */
import type { MinimumVersions } from '../../domain/accounts/app-version.ts'
import type { Policy } from '../../domain/policy.ts'
import { REGISTRATIONS, type RegistrationMode } from '../../domain/accounts/registration.ts'
import type { Ports } from '../../ports.ts'
import { fields, listed, orNull, someText, written, yesOrNo, type Read } from '../../settings/document.ts'
import { choice, minimumVersions } from '../../settings/kinds.ts'
import { listPauses, setPause } from '../../store/operations/pauses.ts'

type Transfers = 'on' | 'temp_error'

/** What is left out stays. `minAppVersion` null: any. */
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

const apiKeys: Read<SystemState['apiKeys']> = (value, at) =>
  value === null || value === 'any' ? 'any' : new Set(listed(someText)(value, at))

export const readSystemState = fields<SystemState>({
  maintenance: yesOrNo,
  uploads: transfers,
  downloads: transfers,
  registration: written(choice(...REGISTRATIONS)),
  minAppVersion: orNull(written(minimumVersions)),
  apiKeys,
  limitsAttempts: yesOrNo
})

/** The policy of this one server: nobody else holds it, and each call reads it anew. */
type SettablePolicy = { -readonly [K in keyof Policy]: Policy[K] }

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

/** The system as it is, in the words in which it is set. */
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
    apiKeys: policy.apiKeys === 'any' ? 'any' : [...policy.apiKeys],
    limitsAttempts: policy.limitsAttempts
  }
}
