/** When the use of a session is written down: a busy one must not cost a write each time, and none may end early. */

/** At most once in a thirtieth of the idle time (wire contract, auth.checkSession). */
export const renewalInterval = (idle: number): number => Math.floor(idle / 30)

/**
 * The moment to write down as the last use of a session that is used now; undefined when the one that is written covers it.
 * A use soon after the last is written ahead by an interval, and so covers those that follow: such a session lives that
 * much longer, never shorter.
 */
export function useToNote (noted: number, now: number, interval: number): number | undefined {
  // Written while the clock was ahead.
  if (noted > now + interval) return now
  if (now <= noted) return undefined
  return now - noted >= interval ? now : noted + interval
}
