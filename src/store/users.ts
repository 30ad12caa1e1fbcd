import { emailKey } from '../domain/email.ts'
import { PLAN_NAMES, type PlanName } from '../domain/plan.ts'
import type { User } from '../domain/user.ts'
import type { Sql, SqlRow } from '../ports.ts'
import { flagOf, numberOf, numberOrNull, textOf } from './sql.ts'

export interface NewUser {
  readonly userName: string
  readonly fullName: string
  readonly email: string
  readonly sealedPassword: string
  readonly plan: PlanName
  readonly createdAt: number
}

/** Columns of a user; stores that join users ask for the same ones. */
export const USER_COLUMNS = 'users.id, user_name, full_name, email, sealed_password, plan, plan_ends_at, disk_quota, ' +
  'bytes_stored, is_disabled, is_https_forbidden'

/** Adds a user. undefined when the user name or the e-mail is taken, in any case of letters. */
export async function addUser (sql: Sql, user: NewUser): Promise<User | undefined> {
  const { rows } = await sql.run(`
    insert into users (id, user_name, user_name_key, full_name, email, email_key, sealed_password, plan, created_at)
    select (select coalesce(max(id), 0) + 1 from users),
      $userName, $userNameKey, $fullName, $email, $emailKey, $sealedPassword, $plan, $createdAt
    where not exists (select 1 from users
      where user_name_key in ($userNameKey, $emailKey) or email_key in ($userNameKey, $emailKey))
    returning ${USER_COLUMNS}`,
  { ...user, userNameKey: user.userName.toLowerCase(), emailKey: emailKey(user.email) })
  return rows[0] && toUser(rows[0])
}

/** Finds by user name or e-mail, without case (observed). */
export async function findUser (sql: Sql, name: string): Promise<User | undefined> {
  const row = await sql.get(
    `select ${USER_COLUMNS} from users where user_name_key = $key or email_key = $key`, { key: name.toLowerCase() })
  return row && toUser(row)
}

export async function findUserById (sql: Sql, id: number): Promise<User | undefined> {
  const row = await sql.get(`select ${USER_COLUMNS} from users where id = $id`, { id })
  return row && toUser(row)
}

export async function listUsers (sql: Sql): Promise<User[]> {
  return (await sql.all(`select ${USER_COLUMNS} from users order by user_name_key`)).map(toUser)
}

/** What an operator may change; what is left out stays. */
export type UserChange = Partial<Pick<User, 'plan' | 'planEndsAt' | 'diskQuota' | 'isDisabled' | 'sealedPassword'>>

export async function changeUser (sql: Sql, user: User, change: UserChange): Promise<void> {
  const { plan, planEndsAt, diskQuota, isDisabled, sealedPassword } = { ...user, ...change }
  await sql.run(`
    update users set plan = $plan, plan_ends_at = $planEndsAt, disk_quota = $diskQuota, is_disabled = $isDisabled,
      sealed_password = $sealedPassword
    where id = $id`,
  { id: user.id, plan, planEndsAt, diskQuota, isDisabled: isDisabled ? 1 : 0, sealedPassword })
}

export function toUser (row: SqlRow): User {
  const plan = PLAN_NAMES.find(name => name === row.plan)
  if (plan === undefined) throw new TypeError(`users.plan: expected one of ${PLAN_NAMES.join(', ')}`)
  return {
    id: numberOf(row, 'id'),
    userName: textOf(row, 'user_name'),
    fullName: textOf(row, 'full_name'),
    email: textOf(row, 'email'),
    sealedPassword: textOf(row, 'sealed_password'),
    plan,
    planEndsAt: numberOrNull(row, 'plan_ends_at'),
    diskQuota: numberOrNull(row, 'disk_quota'),
    bytesStored: numberOf(row, 'bytes_stored'),
    isDisabled: flagOf(row, 'is_disabled'),
    isHttpsForbidden: flagOf(row, 'is_https_forbidden')
  }
}
