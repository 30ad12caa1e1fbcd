/** What the wire tells of an account, at login, at a session check and after an upload. */
import { left } from '../domain/plan.ts'
import { diskSpaceLeft, hasMembershipEnded, planOf, type User } from '../domain/user.ts'
import type { ApiVersion } from '../domain/version.ts'
import { trafficOf } from '../store/traffic.ts'
import type { Circumstances } from './method.ts'

/** "Never" in 1.0: a client adds the seconds to now, so -1 would be in the past (observed). */
const NEVER_IN_10 = 2147483647
const NEVER = -1

/** Bytes the user may still download in the running 30 days, -1 unlimited. */
export async function bandwidthLeft (user: User, { ports, policy, now }: Pick<Circumstances, 'ports' | 'policy' | 'now'>): Promise<number> {
  const { bandwidth } = planOf(user, policy)
  return bandwidth === -1 ? -1 : left(bandwidth, await trafficOf(ports.sql, user.id, now))
}

/** The two numbers every answer about an account has. */
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
