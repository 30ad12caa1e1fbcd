/** Logins that are themselves judged; a scenario that only needs a session gets one from the stage. */
import { Untested } from '../check-problems.ts'
import type { Reply } from '../client/reply.ts'
import { textIn } from '../client/reply-values.ts'
import type { Stage } from '../run/stage.ts'
import type { Account } from '../target/target-file.ts'
import { tokenedPassword } from '../run/run-context.ts'

export interface Attempt {
  /** Default: a new one. */
  readonly token?: string
  /** Default: the user's name. */
  readonly userName?: string
  /** Default: the correct one. */
  readonly proof?: string
}

/** The main account, without a session: for scenarios that judge the first login. */
export function mainAccount ({ context: { target } }: Stage): Account {
  if (target.accounts.main === undefined) throw new Untested('there is no account main in the target file')
  return target.accounts.main
}

export async function tryLogin (stage: Stage, { user, password }: Account, { token, userName = user, proof }: Attempt = {}): Promise<Reply> {
  const used = token ?? await stage.context.newToken(stage.version)
  return stage.call('auth.login', { token: used, user_name: userName, tokened_password: proof ?? tokenedPassword(used, password) })
}

/** The session key of a login; '' when it was refused. */
export const keyIn = (reply: Reply): string => reply.code === 0 ? textIn(reply, 'session_key') : ''
