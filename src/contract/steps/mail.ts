/** Shared by checks of mails: recipients, a sender who may write to many, and the sender's address book. */
import type { Actor } from '../run/actor.ts'
import { Untested } from '../check-problems.ts'
import type { Attributes } from './listings.ts'
import type { Reply } from '../client/reply.ts'
import type { Stage } from '../run/stage.ts'
import { requireOk, type RunContext } from '../run/run-context.ts'
import { childrenOf } from '../client/xml.ts'

/** Several addresses that may receive mails. Throws Untested when the target file has only one. */
export function differentRecipients (context: RunContext, count: number): readonly string[] {
  const recipients = Array.from({ length: count }, () => context.recipient())
  if (new Set(recipients).size < count) throw new Untested('several recipients are needed: mailTo in the target file has no {n}')
  return recipients
}

/** A new account where registration is open, because the mails of a user per hour are limited. */
export const sendsMany = async (stage: Stage): Promise<Actor> =>
  stage.context.target.features.register ? stage.ownSession(await stage.newAccount()) : stage.main()

export async function contactsOf (actor: Actor): Promise<{ readonly reply: Reply, readonly contacts: readonly Attributes[] }> {
  const reply = requireOk('addressbook.list', await actor.call('addressbook.list'))
  return { reply, contacts: childrenOf(reply.result, 'contact').map(({ attributes }) => attributes) }
}
