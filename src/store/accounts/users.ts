import { emailKey } from '../../domain/mail/email.ts'
import { CAPABILITIES, PLAN_NAMES, type Capability, type PlanName } from '../../domain/accounts/plan.ts'
import type { User, UserChange } from '../../domain/accounts/user.ts'
import type { Sql, SqlRow, SqlValue, Statement } from '../../ports.ts'
import { endAccess } from '../access.ts'
import { flagOf, listOf, lockUser, numberOf, numberOrNull, textOf, textOrNull } from '../sql.ts'

export interface NewUser {
  readonly userName: string
  readonly fullName: string
  readonly email: string
  readonly sealedPassword: string
  readonly plan: PlanName
  readonly createdAt: number
  /** The language of the browser that opened it, if it told one. */
  readonly locale?: string | undefined
}

/** Columns of a user, also for stores that join users. */
export const USER_COLUMNS = 'users.id, user_name, full_name, email, sealed_password, plan, plan_ends_at, disk_quota, ' +
  'bandwidth_limit, session_limit, contact_limit, capabilities, bytes_stored, is_disabled, is_https_forbidden, is_admin, is_name_shown, locale'

/** Adds a user. undefined when the user name or the e-mail is taken, ignoring case. */
export async function addUser (sql: Sql, user: NewUser): Promise<User | undefined> {
  const { sql: text, params } = insertUser(user)
  const { rows } = await sql.run(text, params)
  return rows[0] && toUser(rows[0])
}

/** The same for a batch, which is rolled back when the user name or the e-mail is taken. */
export const insertUser = (user: NewUser): Statement => ({
  sql: `
    insert into users (id, user_name, user_name_key, full_name, email, email_key, sealed_password, plan, created_at, locale)
    select (select coalesce(max(id), 0) + 1 from (select max(id) as id from users union all select max(id) as id from deleted_users) as given),
      $userName, $userNameKey, $fullName, $email, $emailKey, $sealedPassword, $plan, $createdAt, $locale
    where not exists (select 1 from users
      where user_name_key in ($userNameKey, $emailKey) or email_key in ($userNameKey, $emailKey))
    returning ${USER_COLUMNS}`,
  params: { ...user, locale: user.locale ?? null, userNameKey: user.userName.toLowerCase(), emailKey: emailKey(user.email) },
  must: true
})

/** In the same batch after it: makes the new user an administrator. */
export const makeAdministrator = (userName: string): Statement =>
  ({ sql: 'update users set is_admin = 1 where user_name_key = $key', params: { key: userName.toLowerCase() }, must: true })

/** Finds by user name or e-mail, ignoring case (observed). */
export async function findUser (sql: Sql, name: string): Promise<User | undefined> {
  const row = await sql.get(
    `select ${USER_COLUMNS} from users where user_name_key = $key or email_key = $key`, { key: name.toLowerCase() })
  return row && toUser(row)
}

export async function findUserById (sql: Sql, id: number): Promise<User | undefined> {
  const row = await sql.get(`select ${USER_COLUMNS} from users where id = $id`, { id })
  return row && toUser(row)
}

/** The name of a user who lets others see it, for pages of what he shared. */
export async function findShownName (sql: Sql, id: number): Promise<string | undefined> {
  const row = await sql.get('select full_name from users where id = $id and is_name_shown = 1', { id })
  return row && textOf(row, 'full_name')
}

/** Those of these accounts that are disabled or deleted. The list must not be empty. */
export async function findDisabled (sql: Sql, ids: readonly number[]): Promise<number[]> {
  const active = new Set<number>()
  for (let at = 0; at < ids.length; at += 500) {
    const list = listOf('id', ids.slice(at, at + 500))
    for (const row of await sql.all(`select id from users where id in ${list.sql} and is_disabled = 0`, list.params)) active.add(numberOf(row, 'id'))
  }
  return ids.filter(id => !active.has(id))
}

export async function listUsers (sql: Sql): Promise<User[]> {
  return (await sql.all(`select ${USER_COLUMNS} from users where ${IS_KEPT} order by user_name_key`)).map(toUser)
}

/** A page of the enabled accounts that store anything, by id. */
export async function listStoringUsers (sql: Sql, after: number, most: number): Promise<User[]> {
  return (await sql.all(`select ${USER_COLUMNS} from users where id > $after and bytes_stored > 0 and is_disabled = 0 and ${IS_KEPT} order by id limit $most`, { after, most })).map(toUser)
}

/** Those that can log in. */
export async function listAdministrators (sql: Sql): Promise<User[]> {
  return (await sql.all(`select ${USER_COLUMNS} from users where is_admin = 1 and is_disabled = 0 order by id`)).map(toUser)
}

/** Except accounts that are being deleted. */
export const IS_KEPT = 'users.id not in (select id from deleted_users)'

/**
 * First in every batch that may remove an administrator: two concurrent ones must not both rely on the other administrator.
 * They change rows of two users, so locking one user's row is not enough.
 */
export const lockAdministrators = (): Statement =>
  ({ sql: "insert into site_settings (name, value) values ('administrators', '') on conflict (name) do update set value = excluded.value" })

/** Whether user $id may lose the administrator's rights: another administrator can log in, or this one cannot. */
export const LEAVES_AN_ADMINISTRATOR = `(is_admin = 0 or is_disabled = 1
  or exists (select 1 from users as others where others.id <> $id and others.is_admin = 1 and others.is_disabled = 0))`

const CHANGEABLE: Readonly<Record<keyof UserChange, string>> = {
  plan: 'plan',
  planEndsAt: 'plan_ends_at',
  diskQuota: 'disk_quota',
  bandwidthLimit: 'bandwidth_limit',
  sessionLimit: 'session_limit',
  contactLimit: 'contact_limit',
  capabilities: 'capabilities',
  isDisabled: 'is_disabled',
  isHttpsForbidden: 'is_https_forbidden',
  isAdmin: 'is_admin',
  isNameShown: 'is_name_shown',
  sealedPassword: 'sealed_password'
}

/**
 * Writes only changed fields, so that concurrent operators do not undo each other's changes. A new password deletes the hash for the
 * pages, and ends all access. False when the last administrator would be lost.
 */
export async function changeUser (sql: Sql, { id }: Pick<User, 'id'>, change: UserChange, mustLeaveAdministrator = false): Promise<boolean> {
  const keys = Object.keys(CHANGEABLE).filter((key): key is keyof UserChange => key in change)
  if (keys.length === 0) return true
  const values = Object.fromEntries(keys.map(key => [key, toColumn(change[key] ?? null)]))
  const sets = keys.map(key => `${CHANGEABLE[key]} = $${key}`)
  const isNewPassword = 'sealedPassword' in change
  if (isNewPassword) sets.push('page_password = null')
  const isRisky = mustLeaveAdministrator && (change.isAdmin === false || change.isDisabled === true)
  return await sql.batch([
    ...isRisky ? [lockAdministrators()] : [],
    ...isNewPassword ? [lockUser(id)] : [],
    { sql: `update users set ${sets.join(', ')} where id = $id${isRisky ? ` and ${LEAVES_AN_ADMINISTRATOR}` : ''}`, params: { ...values, id }, must: isRisky },
    ...isNewPassword ? endAccess(id) : []
  ]) !== undefined
}

/** False when another account has the address, as its e-mail or its name. If the e-mail is also the user name, both change. */
export async function changeEmail (sql: Sql, id: number, email: string): Promise<boolean> {
  const { changes } = await sql.run(`
    update users set email = $email, email_key = $key,
      user_name = case when user_name_key = email_key then $email else user_name end,
      user_name_key = case when user_name_key = email_key then $key else user_name_key end
    where id = $id and not exists (select 1 from users as others where others.id <> $id and (others.email_key = $key or others.user_name_key = $key))`,
  { id, email, key: emailKey(email) })
  return changes === 1
}

function toColumn (value: string | number | boolean | ReadonlySet<string> | null): SqlValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'object' && value !== null ? [...value].join(',') : value
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
    bandwidthLimit: numberOrNull(row, 'bandwidth_limit'),
    sessionLimit: numberOrNull(row, 'session_limit'),
    contactLimit: numberOrNull(row, 'contact_limit'),
    capabilities: readCapabilities(textOrNull(row, 'capabilities')),
    bytesStored: numberOf(row, 'bytes_stored'),
    isDisabled: flagOf(row, 'is_disabled'),
    isHttpsForbidden: flagOf(row, 'is_https_forbidden'),
    isAdmin: flagOf(row, 'is_admin'),
    isNameShown: flagOf(row, 'is_name_shown'),
    locale: textOrNull(row, 'locale')
  }
}

function readCapabilities (text: string | null): ReadonlySet<Capability> | null {
  return text === null ? null : new Set(CAPABILITIES.filter(capability => text.split(',').includes(capability)))
}
