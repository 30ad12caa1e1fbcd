/** Logins on the pages. */
import { CLOCK_SLACK } from '../../domain/clock-slack.ts'
import { PAGE_SESSION_LIFETIME } from '../../domain/policy.ts'
import type { User } from '../../domain/accounts/user.ts'
import type { Sql, SqlRow } from '../../ports.ts'
import { IS_STILL_PROVEN, provenParams, type Proven } from '../access.ts'
import { lockUser, numberOf, textOf, textOrNull } from '../sql.ts'
import { toUser, USER_COLUMNS } from './users.ts'
import { toVisitedUrls, VISITED_COLUMNS, type VisitedUrls } from './visited-urls.ts'

export interface PageSession {
  readonly keyHash: string
  readonly userAgent: string
  readonly createdAt: number
  readonly lastUsedAt: number
}

/** False when the password was changed since it was proven. */
export async function addPageSession (sql: Sql, proven: Proven, session: PageSession): Promise<boolean> {
  return await sql.batch([lockUser(proven.id), {
    sql: `insert into page_sessions (key_hash, user_id, user_agent, created_at, last_used_at)
          select $keyHash, $userId, $userAgent, $createdAt, $lastUsedAt where ${IS_STILL_PROVEN}`,
    params: { ...session, ...provenParams(proven) },
    must: true
  }]) !== undefined
}

const LIVES = 'last_used_at > $idleSince and last_used_at <= $ahead'
const lifeAt = (now: number) => ({ idleSince: now - PAGE_SESSION_LIFETIME, ahead: now + CLOCK_SLACK })

/** A session that is valid at a moment, its user, and the remembered addresses. */
export async function findPageSession (sql: Sql, keyHash: string, now: number): Promise<{ session: PageSession, user: User, visited: VisitedUrls } | undefined> {
  const row = await sql.get(`
    select key_hash, user_agent, page_sessions.created_at as session_created_at, last_used_at, ${USER_COLUMNS}, ${VISITED_COLUMNS}
    from page_sessions join users on users.id = page_sessions.user_id
    where key_hash = $keyHash and ${LIVES}`, { keyHash, ...lifeAt(now) })
  return row && { session: toSession(row, 'session_created_at'), user: toUser(row), visited: toVisitedUrls(row) }
}

/** A user's sessions that are valid at a moment, the last used first. */
export async function listPageSessions (sql: Sql, userId: number, now: number): Promise<PageSession[]> {
  const rows = await sql.all(`
    select key_hash, user_agent, created_at, last_used_at from page_sessions
    where user_id = $userId and ${LIVES} order by last_used_at desc, key_hash`, { userId, ...lifeAt(now) })
  return rows.map(row => toSession(row, 'created_at'))
}

/** Never moves back: of two concurrent uses the later one counts. */
export async function renewPageSession (sql: Sql, keyHash: string, noted: number, usedAt: number): Promise<void> {
  await sql.run('update page_sessions set last_used_at = $usedAt where key_hash = $keyHash and last_used_at = $noted', { noted, keyHash, usedAt })
}

/** Ends one session of a user. */
export async function removePageSession (sql: Sql, userId: number, keyHash: string): Promise<void> {
  await sql.run('delete from page_sessions where key_hash = $keyHash and user_id = $userId', { keyHash, userId })
}

/** Ends all sessions of a user except this one. */
export async function removeOtherPageSessions (sql: Sql, userId: number, keyHash: string): Promise<void> {
  await sql.run('delete from page_sessions where user_id = $userId and key_hash <> $keyHash', { userId, keyHash })
}

/** The memory-hard hash; null until the first login creates it. */
export async function findPagePassword (sql: Sql, userId: number): Promise<string | null> {
  const row = await sql.get('select page_password from users where id = $userId', { userId })
  return row === undefined ? null : textOrNull(row, 'page_password')
}

/** Stores the hash of the password in `sealedPassword`, unless it was changed meanwhile. */
export async function keepPagePassword (sql: Sql, { id, sealedPassword }: User, hashed: string): Promise<void> {
  await sql.run('update users set page_password = $hashed where id = $id and sealed_password = $sealedPassword', { id, sealedPassword, hashed })
}

/** Deletes sessions not used since a moment. */
export async function removeOldPageSessions (sql: Sql, notUsedSince: number): Promise<void> {
  await sql.run('delete from page_sessions where last_used_at <= $notUsedSince', { notUsedSince })
}

function toSession (row: SqlRow, createdAt: string): PageSession {
  return {
    keyHash: textOf(row, 'key_hash'),
    userAgent: textOf(row, 'user_agent'),
    createdAt: numberOf(row, createdAt),
    lastUsedAt: numberOf(row, 'last_used_at')
  }
}
