/** Accounts registered to judge the registration itself. */
import { Untested } from '../check-problems.ts'
import { summaryOf, type Reply } from '../client/reply.ts'
import type { Stage } from '../run/stage.ts'
import type { Params } from '../run/run-context.ts'

/** Letters and digits, at least three, that are not taken yet. */
export const newName = (length = 12): string => Array.from({ length }, () => Math.floor(Math.random() * 36).toString(36)).join('')

export const PASSWORD = 'a1b2c3d4e5'

/** All parameters, with valid values; 1.0 is the guide, which has no version here. */
export function registration ({ context, version }: Stage, given: Params = {}): Params {
  const name = newName()
  return {
    api_key: context.target.apiKey,
    ...version !== '1.0' && { api_version: version },
    user_name: name,
    full_name: 'Contract Check',
    email: `${name}.${context.run}@example.org`,
    password: PASSWORD,
    ...given
  }
}

export const register = (stage: Stage, given: Params = {}): Promise<Reply> => openAccount(stage, registration(stage, given))

/** Throws Untested when the target allows no more registrations for now, which says nothing about the parameters. */
export async function openAccount (stage: Stage, params: Params): Promise<Reply> {
  const reply = await stage.call('auth.register', params)
  if (reply.code === 27 && /too many/i.test(reply.error?.attributes.text ?? '')) throw new Untested(`the target refuses further registrations: ${summaryOf(reply)}`, [reply.exchange])
  return reply
}
