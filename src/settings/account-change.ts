/** The values of an account that operators can change on the command line, in one table: the options of `user set`, their help, and the lines of `user show`. */
import { reasonOf } from '../domain/as-error.ts'
import type { User, UserChange } from '../domain/accounts/user.ts'
import { capabilities, choice, countLimit, moment, plan, sizeLimit, type Kind } from './kinds.ts'
import { keyOf } from './plans.ts'

interface Change {
  readonly field: keyof UserChange
  readonly kind: Kind<unknown>
  readonly about: string
  /** The current value, in the form that the option accepts. */
  show (user: User): string
}

const AS_PLAN = 'plan'
const limitText = (value: number | null): string => value === null ? AS_PLAN : value === -1 ? 'unlimited' : String(value)

/** The kind, plus a word that means null. */
const or = <T>(word: string, { name, read }: Kind<T>): Kind<T | null> => ({
  name: `${name}|${word}`,
  read (text) {
    if (text.toLowerCase() === word) return null
    try {
      return read(text)
    } catch (error) {
      throw new Error(`${reasonOf(error)}, or ${word}`)
    }
  }
})

const wordFor = (yes: string, no: string): Kind<boolean> => {
  const { name, read } = choice(yes, no)
  return { name, read: text => read(text) === yes }
}

const change = <K extends keyof UserChange>(field: K, kind: Kind<User[K]>, about: string, show: (value: User[K]) => string): Change =>
  ({ field, kind, about, show: user => show(user[field]) })

export const ACCOUNT_CHANGES: Readonly<Record<string, Change>> = {
  plan: change('plan', plan, 'its plan', value => value),
  planEnds: change('planEndsAt', or('never', moment), 'when its membership ends: the end of a day, or a moment, in UTC',
    value => value === null ? 'never' : new Date(value).toISOString()),
  quota: change('diskQuota', or(AS_PLAN, sizeLimit), 'disk space such as "8 GiB"; plan: the plan\'s default', limitText),
  bandwidth: change('bandwidthLimit', or(AS_PLAN, sizeLimit), 'downloads per 30 days such as "1 TiB"', limitText),
  sessions: change('sessionLimit', or(AS_PLAN, countLimit), 'sessions open at once', limitText),
  contacts: change('contactLimit', or(AS_PLAN, countLimit), 'entries of the address book', limitText),
  capabilities: change('capabilities', or(AS_PLAN, capabilities), 'what it may do',
    value => value === null ? AS_PLAN : [...value].join(',') || 'none'),
  https: change('isHttpsForbidden', wordFor('forbidden', 'allowed'), 'whether it may use the API over HTTPS', value => value ? 'forbidden' : 'allowed'),
  admin: change('isAdmin', wordFor('yes', 'no'), 'whether it is an administrator', value => value ? 'yes' : 'no'),
  disabled: change('isDisabled', wordFor('yes', 'no'), 'a disabled account cannot log in or upload, and its files are not found', value => value ? 'yes' : 'no')
}

export type AccountOptions = Readonly<Record<string, string | undefined>>

export interface AccountProblem {
  /** A key of `ACCOUNT_CHANGES`. */
  readonly name: string
  /** What was expected. */
  readonly reason: string
  readonly sent: string
}

/** The requested change, and every value that is not valid. */
export function readAccountChange (options: AccountOptions): { readonly change: UserChange, readonly problems: readonly AccountProblem[] } {
  const problems: AccountProblem[] = []
  const found: Record<string, unknown> = {}
  for (const [name, { field, kind }] of Object.entries(ACCOUNT_CHANGES)) {
    const sent = options[name]
    if (sent === undefined) continue
    try {
      found[field] = kind.read(sent.trim())
    } catch (error) {
      problems.push({ name, reason: reasonOf(error), sent })
    }
  }
  return { change: found as UserChange, problems }
}

/** One line for each value that can be changed. */
export function describeAccount (user: User): string[] {
  return Object.entries(ACCOUNT_CHANGES).map(([name, { show }]) => keyOf(name).padEnd(14) + show(user))
}
