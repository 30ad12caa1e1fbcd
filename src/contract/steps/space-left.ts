/** The free space of an account. */
import type { Actor } from '../run/actor.ts'
import type { Reply } from '../client/reply.ts'
import { requireOk, textOf } from '../run/run-context.ts'

/** diskspace_left in bytes, -1 for no limit; throws Untested when auth.checkSession fails. */
export async function spaceLeft (actor: Actor): Promise<{ readonly reply: Reply, readonly bytes: number }> {
  const reply = requireOk('auth.checkSession', await actor.call('auth.checkSession'))
  return { reply, bytes: Number(textOf(reply, 'diskspace_left')) }
}
