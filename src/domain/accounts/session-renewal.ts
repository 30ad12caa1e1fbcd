/** When the use of a session is stored: not at each use of a busy session, but no session may expire early. */

/** At most once in a thirtieth of the idle time (wire contract, auth.checkSession). */
export const renewalInterval = (idle: number): number => Math.floor(idle / 30)

/**
 * The time to store as the last use of a session that is used now; undefined when the stored time covers it.
 * A use soon after the last one is stored an interval ahead, and so covers the following uses: such a session lives that
 * much longer, never shorter.
 */
export function useToNote (noted: number, now: number, interval: number): number | undefined {
  // Stored while the clock was ahead.
  if (noted > now + interval) return now
  if (now <= noted) return undefined
  return now - noted >= interval ? now : noted + interval
}
