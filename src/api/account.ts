/** The data of an account on the wire, at login, at a session check and after an upload. */
import { left } from '../domain/accounts/plan.ts'
import { diskSpaceLeft, hasMembershipEnded, planOf, type User } from '../domain/accounts/user.ts'
import type { ApiVersion } from '../domain/version.ts'
import { trafficOf } from '../store/operations/traffic.ts'
import { text } from './answers.ts'
import { field } from './fields.ts'
import type { Circumstances } from './method.ts'

export const BANDWIDTH_LEFT = text('bandwidth_left', field('bytesLeft', 'Bytes left to download in the current 30 days.', 1099511627776))
export const DISKSPACE_LEFT = text('diskspace_left', field('bytesLeft', 'Bytes left to store.', 107321753600))
/** Observed in clients of newer versions. */
export const DISKSPACE_USED = text('diskspace_used', field('bytes', 'Bytes stored.', 52428800), { since: '1.1', source: 'observed' })
export const POINTS = text('points', field('count', 'Always 0.', 0), { since: '1.1', source: 'observed' })

/** "Never" in 1.0: a client adds the seconds to now, so -1 would be in the past (observed). */
const NEVER_IN_10 = 2147483647
const NEVER = -1

/** Bytes that the user may still download in the current 30 days, -1 unlimited. */
export async function bandwidthLeft (user: User, { ports, policy, now }: Pick<Circumstances, 'ports' | 'policy' | 'now'>): Promise<number> {
  const { bandwidth } = planOf(user, policy)
  return bandwidth === -1 ? -1 : left(bandwidth, await trafficOf(ports.sql, user.id, now))
}

/** The two numbers in every answer about an account. */
export async function describeSpace (user: User, circumstances: Pick<Circumstances, 'ports' | 'policy' | 'now'>) {
  return {
    bandwidth_left: await bandwidthLeft(user, circumstances),
    diskspace_left: diskSpaceLeft(user, circumstances.policy)
  }
}

/** Unix seconds, 0 expired. */
export function membershipEnds (user: User, version: ApiVersion, now: number): number {
  if (user.planEndsAt === null) return version === '1.0' ? NEVER_IN_10 : NEVER
  return hasMembershipEnded(user, now) ? 0 : Math.floor(user.planEndsAt / 1000)
}
