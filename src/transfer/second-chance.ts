/** Whether it is worth asking again for space or a ticket that was not free. */
import type { Surroundings } from './incoming.ts'

/** Milliseconds. */
const PAUSE = 10
/** The end of a connection is only seen behind the bytes that came before it. */
const GRACE = 200
/** For an upload whose client is gone: its bytes are still being thrown away. */
const PATIENCE = 5000

/**
 * For a client that has closed its connection and comes back at once: its own dead upload may still hold what it needs. Each call
 * waits a moment. false when no other upload of the account runs in this process, the second time that is so, or when none has ended in time. `userId` null: always false.
 */
export function createSecondChance ({ ports: { clock }, transfers }: Pick<Surroundings, 'ports' | 'transfers'>, userId: number | null): () => Promise<boolean> {
  let waited = 0
  let hasLooked = false
  return async () => {
    if (userId === null) return false
    const state = transfers.uploadsOf(userId)
    if (state === 'none') {
      // The one that was in the way may have ended since the question was asked.
      if (hasLooked) return false
      hasLooked = true
      await clock.sleep(0)
      return true
    }
    if (waited >= { running: GRACE, dying: PATIENCE }[state]) return false
    waited += PAUSE
    await clock.sleep(PAUSE)
    return true
  }
}
