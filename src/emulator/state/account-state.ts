/** The state of one account as tests set it: in a seed, and while the emulator runs. */
import { CAPABILITIES, left, UNLIMITED, type Capability, type PlanName } from '../../domain/accounts/plan.ts'
import type { Policy } from '../../domain/policy.ts'
import { planOf, type User, type UserChange } from '../../domain/accounts/user.ts'
import type { Ports } from '../../ports.ts'
import { apart, described, fields, orNull, titled, written, yesOrNo, type Fields, type Read } from '../../settings/document.ts'
import { choice, countLimit, moment, plan, size, sizeLimit } from '../../settings/kinds.ts'
import { trafficOf } from '../../store/operations/traffic.ts'
import { changeUser } from '../../store/accounts/users.ts'

/** `limit` null: the default of the plan; -1 or "unlimited": none. `left` sets the limit so that this much is available. */
interface LimitState {
  readonly limit: number | null
  readonly left: number
}

/** Missing members stay unchanged; null is the default of the plan, for `ends` never. */
export interface AccountState {
  readonly membership: Partial<{ type: PlanName, ends: number | null }>
  readonly diskspace: Partial<LimitState>
  readonly bandwidth: Partial<LimitState>
  readonly maxSessions: number | null
  readonly maxContacts: number | null
  readonly capabilities: Partial<Record<Capability, boolean>> | null
  readonly https: 'allowed' | 'forbidden'
  readonly disabled: boolean
}

/** -1 is how the wire writes "unlimited". */
const limitOf = (kind: typeof sizeLimit): Read<number | null> =>
  orNull(described({ anyOf: [{ const: UNLIMITED, type: 'integer' }, kind.schema ?? {}] }, (value, at) => value === UNLIMITED ? UNLIMITED : written(kind)(value, at)))

const limitState = apart(fields<LimitState>({ limit: limitOf(sizeLimit), left: written(size) }), 'limit', 'left', 'left sets the limit; give one of them')
const allowed = yesOrNo

export const ACCOUNT_STATE: Fields<AccountState> = {
  membership: fields({ type: written(plan), ends: orNull(written(moment)) }),
  diskspace: limitState,
  bandwidth: limitState,
  maxSessions: limitOf(countLimit),
  maxContacts: limitOf(countLimit),
  capabilities: orNull(fields({ upload: allowed, download: allowed, folders: allowed, files: allowed })),
  https: written(choice('allowed', 'forbidden')),
  disabled: yesOrNo
}

export const readAccountState = titled('AccountState', fields<AccountState>(ACCOUNT_STATE))

type AccountContext = Pick<Ports, 'sql' | 'clock'> & { readonly policy: Policy }

/** Changes an account; members that are left out stay as they are. */
export async function setAccount (user: User, state: Partial<AccountState>, { sql, clock, policy }: AccountContext): Promise<void> {
  const { membership, diskspace, bandwidth, maxSessions, maxContacts, capabilities, https, disabled } = state
  const diskQuota = limitFor(diskspace, user.bytesStored)
  const bandwidthLimit = limitFor(bandwidth, await trafficOf(sql, user.id, clock.now()))
  const changes: UserChange = {
    ...(membership?.type !== undefined && { plan: membership.type }),
    ...(membership?.ends !== undefined && { planEndsAt: membership.ends }),
    ...(diskQuota !== undefined && { diskQuota }),
    ...(bandwidthLimit !== undefined && { bandwidthLimit }),
    ...(maxSessions !== undefined && { sessionLimit: maxSessions }),
    ...(maxContacts !== undefined && { contactLimit: maxContacts }),
    ...(capabilities !== undefined && { capabilities: capabilities && changedCapabilities(planOf(user, policy).capabilities, capabilities) }),
    ...(https !== undefined && { isHttpsForbidden: https === 'forbidden' }),
    ...(disabled !== undefined && { isDisabled: disabled })
  }
  await changeUser(sql, user, changes)
}

/** The state of an account, with the members that set it. */
export async function describeAccount (user: User, { sql, clock, policy }: AccountContext) {
  const { disk, bandwidth, sessions, contacts, capabilities } = planOf(user, policy)
  const downloaded = await trafficOf(sql, user.id, clock.now())
  return {
    user: user.userName,
    fullName: user.fullName,
    email: user.email,
    membership: { type: user.plan, ends: user.planEndsAt === null ? null : new Date(user.planEndsAt).toISOString() },
    diskspace: { limit: disk, used: user.bytesStored, left: left(disk, user.bytesStored) },
    bandwidth: { limit: bandwidth, used: downloaded, left: left(bandwidth, downloaded) },
    maxSessions: sessions,
    maxContacts: contacts,
    capabilities: { upload: wireTruth(capabilities.has('upload')), download: wireTruth(capabilities.has('download')), folders: wireTruth(capabilities.has('folders')), files: wireTruth(capabilities.has('files')) },
    https: user.isHttpsForbidden ? 'forbidden' as const : 'allowed' as const,
    disabled: user.isDisabled
  }
}

/** As the wire writes it. */
const wireTruth = (isTrue: boolean): 0 | 1 => isTrue ? 1 : 0

/** What is shown of an account. Sizes in bytes, -1 for unlimited. */
export type AccountDescription = Awaited<ReturnType<typeof describeAccount>>

function limitFor (setting: Partial<LimitState> | undefined, used: number): number | null | undefined {
  return setting?.left === undefined ? setting?.limit : used + setting.left
}

function changedCapabilities (now: ReadonlySet<Capability>, changes: Partial<Record<Capability, boolean>>): ReadonlySet<Capability> {
  return new Set(CAPABILITIES.filter(name => changes[name] ?? now.has(name)))
}
