/** The mails that a target has written. */
import { BrokenMeans, Untested } from './check-problems.ts'
import type { World } from './world.ts'

export interface ReadMail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Those to an address, oldest first. Throws Untested when the target has no way to read them. */
export async function readMails ({ target }: World, address: string): Promise<readonly ReadMail[]> {
  if (target.control === undefined) throw new Untested('mails can be read only in the emulator')
  const answer = await fetch(`${target.control}/outbox`, { signal: AbortSignal.timeout(target.limits.timeout) })
  if (!answer.ok) throw new BrokenMeans(`the outbox answered ${answer.status}`)
  return (await answer.json() as ReadMail[]).filter(({ to }) => to.toLowerCase() === address.toLowerCase())
}
