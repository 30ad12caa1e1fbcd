/** What an administrator changes of an account, as the fields of a form. */
import { CAPABILITIES, PLAN_NAMES, UNLIMITED } from '../../../domain/accounts/plan.ts'
import type { User, UserChange } from '../../../domain/accounts/user.ts'
import { moment } from '../../../settings/kinds.ts'
import type { PlainKey } from '../../../web/i18n/words.ts'
import type { Form } from '../../request/small-body.ts'

/** Sizes are written in steps of 1024: bytes, kB and so on up to TB. */
const MAX_STEPS = 4

/** The fields as they are for this account. */
export function accountForm (user: User): Form {
  return new Map([
    ['plan', user.plan],
    ['plan_ends', user.planEndsAt === null ? '' : dayOf(user.planEndsAt)],
    ...limitFields('quota', user.diskQuota, sizeFields),
    ...limitFields('bandwidth', user.bandwidthLimit, sizeFields),
    ...limitFields('sessions', user.sessionLimit, countFields),
    ...limitFields('contacts', user.contactLimit, countFields),
    ['capabilities', user.capabilities === null ? 'plan' : 'these'],
    ...CAPABILITIES.filter(capability => user.capabilities?.has(capability) ?? false).map(capability => [`can_${capability}`, '1'] as const),
    ...tickedIf('https', !user.isHttpsForbidden),
    ...tickedIf('admin', user.isAdmin),
    ...tickedIf('disabled', user.isDisabled)
  ])
}

/** The change that was asked for, and what is wrong by the name of its field. */
export function readAccountForm (form: Form, user: User): { readonly change: UserChange, readonly problems: ReadonlyMap<string, PlainKey> } {
  const problems = new Map<string, PlainKey>()
  const field = (name: string) => (form.get(name) ?? '').trim()
  const plan = PLAN_NAMES.find(name => name === field('plan'))
  if (plan === undefined) problems.set('plan', 'refusal.invalid')

  function limit (name: string): number | null {
    const unit = field(`${name}_unit`)
    const isNumber = unit !== 'plan' && unit !== 'unlimited'
    // A number beside a choice that ignores it was meant: nothing is saved as something else in silence.
    if (!isNumber && field(name) !== '') problems.set(name, 'admin.needsUnit')
    if (!isNumber) return unit === 'plan' ? null : UNLIMITED
    const text = field(name).replace(',', '.')
    const value = Math.round(Number(text) * 1024 ** Number(unit))
    if (!/^\d+(?:\.\d+)?$/.test(text) || !/^[0-4]$/.test(unit) || !Number.isSafeInteger(value)) problems.set(name, 'admin.needsNumber')
    return value
  }

  function endOfPlan (): number | null {
    const day = field('plan_ends')
    if (day === '') return null
    // What ends at another hour stays as it is while its day stays.
    if (user.planEndsAt !== null && dayOf(user.planEndsAt) === day) return user.planEndsAt
    try {
      return moment.read(day)
    } catch {
      problems.set('plan_ends', 'admin.needsDay')
      return null
    }
  }

  const ticked = CAPABILITIES.filter(capability => form.has(`can_${capability}`))
  const isAsPlan = field('capabilities') === 'plan'
  if (isAsPlan && ticked.length > 0) problems.set('capabilities', 'admin.needsOnly')
  const change = {
    plan: plan ?? user.plan,
    planEndsAt: endOfPlan(),
    diskQuota: limit('quota'),
    bandwidthLimit: limit('bandwidth'),
    sessionLimit: limit('sessions'),
    contactLimit: limit('contacts'),
    capabilities: isAsPlan ? null : new Set(ticked),
    isHttpsForbidden: !form.has('https'),
    isAdmin: form.has('admin'),
    isDisabled: form.has('disabled')
  }
  return { change, problems }
}

const dayOf = (moment: number): string => new Date(moment).toISOString().slice(0, 10)

const tickedIf = (name: string, isTicked: boolean): Array<readonly [string, string]> => isTicked ? [[name, '1']] : []

/** A number and its unit, which may be no number at all. */
function limitFields (name: string, limit: number | null, fieldsOf: (limit: number) => readonly [string, string]): ReadonlyArray<readonly [string, string]> {
  const [value, unit] = limit === null ? ['', 'plan'] : limit === UNLIMITED ? ['', 'unlimited'] : fieldsOf(limit)
  return [[name, value], [`${name}_unit`, unit]]
}

const countFields = (count: number): readonly [string, string] => [String(count), '0']

/** In the largest unit in which it is a short number, so that what is saved again stays the same. */
function sizeFields (bytes: number): readonly [string, string] {
  for (let step = MAX_STEPS; step > 0; step--) {
    const value = bytes / 1024 ** step
    if (value >= 1 && Number.isInteger(value * 100)) return [String(value), String(step)]
  }
  return [String(bytes), '0']
}
