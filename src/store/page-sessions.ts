/** Who is logged in on the pages, and how often it was tried. */
import { CLOCK_SLACK } from '../domain/clock-slack.ts'
import { PAGE_SESSION_LIFETIME } from '../domain/policy.ts'
import type { User } from '../domain/user.ts'
import type { Sql, SqlRow } from '../ports.ts'
import { numberOf, textOf, textOrNull } from './sql.ts'
import { toUser, USER_COLUMNS } from './users.ts'

export interface PageSession {
  readonly keyHash: string
  readonly userAgent: string
  readonly createdAt: number
  readonly lastUsedAt: number
}

export async function addPageSession (sql: Sql, userId: number, session: PageSession): Promise<void> {
  await sql.run(`
    insert into page_sessions (key_hash, user_id, user_agent, created_at, last_used_at)
    values ($keyHash, $userId, $userAgent, $createdAt, $lastUsedAt)`, { ...session, userId })
}

const LIVES = 'last_used_at > $idleSince and last_used_at <= $ahead'
const lifeAt = (now: number) => ({ idleSince: now - PAGE_SESSION_LIFETIME, ahead: now + CLOCK_SLACK })

/** A session that lives at a moment, and its user. */
export async function findPageSession (sql: Sql, keyHash: string, now: number): Promise<{ session: PageSession, user: User } | undefined> {
  const row = await sql.get(`
    select key_hash, user_agent, page_sessions.created_at as session_created_at, last_used_at, ${USER_COLUMNS}
    from page_sessions join users on users.id = page_sessions.user_id
    where key_hash = $keyHash and ${LIVES}`, { keyHash, ...lifeAt(now) })
  return row && { session: toSession(row, 'session_created_at'), user: toUser(row) }
}

/** A user's sessions that live at a moment, the last used first. */
export async function listPageSessions (sql: Sql, userId: number, now: number): Promise<PageSession[]> {
  const rows = await sql.all(`
    select key_hash, user_agent, created_at, last_used_at from page_sessions
    where user_id = $userId and ${LIVES} order by last_used_at desc, key_hash`, { userId, ...lifeAt(now) })
  return rows.map(row => toSession(row, 'created_at'))
}

export async function renewPageSession (sql: Sql, keyHash: string, now: number): Promise<void> {
  await sql.run('update page_sessions set last_used_at = $now where key_hash = $keyHash', { keyHash, now })
}

/** Ends one session of a user. */
export async function removePageSession (sql: Sql, userId: number, keyHash: string): Promise<void> {
  await sql.run('delete from page_sessions where key_hash = $keyHash and user_id = $userId', { keyHash, userId })
}

/** Ends all sessions of a user but this one. */
export async function removeOtherPageSessions (sql: Sql, userId: number, keyHash: string): Promise<void> {
  await sql.run('delete from page_sessions where user_id = $userId and key_hash <> $keyHash', { userId, keyHash })
}

/** The memory-hard hash; null until a first login has made one. */
export async function findPagePassword (sql: Sql, userId: number): Promise<string | null> {
  const row = await sql.get('select page_password from users where id = $userId', { userId })
  return row === undefined ? null : textOrNull(row, 'page_password')
}

/** Keeps the hash of the password that `sealedPassword` holds, unless it was changed meanwhile. */
export async function keepPagePassword (sql: Sql, { id, sealedPassword }: User, hashed: string): Promise<void> {
  await sql.run('update users set page_password = $hashed where id = $id and sealed_password = $sealedPassword', { id, sealedPassword, hashed })
}

/** Counts an attempt of a subject; how many there were since the count began, which is later than `since`. */
export async function countAttempt (sql: Sql, subject: string, since: number, now: number): Promise<number> {
  const { rows } = await sql.run(`
    insert into login_attempts (subject, attempts, began_at) values ($subject, 1, $now)
    on conflict (subject) do update set
      attempts = case when login_attempts.began_at <= $since then 1 else login_attempts.attempts + 1 end,
      began_at = case when login_attempts.began_at <= $since then $now else login_attempts.began_at end
    returning attempts`, { subject, since, now })
  return rows[0] ? numberOf(rows[0], 'attempts') : 0
}

/** After a success. */
export async function forgetAttempts (sql: Sql, subject: string): Promise<void> {
  await sql.run('delete from login_attempts where subject = $subject', { subject })
}

/** Forgets sessions not used since a moment, and attempts from before another. */
export async function removeOldPageSessions (sql: Sql, notUsedSince: number, attemptsUntil: number): Promise<void> {
  await sql.batch([
    { sql: 'delete from page_sessions where last_used_at <= $notUsedSince', params: { notUsedSince } },
    { sql: 'delete from login_attempts where began_at <= $attemptsUntil', params: { attemptsUntil } }
  ])
}

function toSession (row: SqlRow, createdAt: string): PageSession {
  return {
    keyHash: textOf(row, 'key_hash'),
    userAgent: textOf(row, 'user_agent'),
    createdAt: numberOf(row, createdAt),
    lastUsedAt: numberOf(row, 'last_used_at')
  }
}
