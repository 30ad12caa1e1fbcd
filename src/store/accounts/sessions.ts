/** Tokens (before login) and sessions (after it). Both survive a restart. */
import { MAX_TOKENS } from '../../domain/caps.ts'
import { CLOCK_SLACK } from '../../domain/clock-slack.ts'
import type { User } from '../../domain/accounts/user.ts'
import type { Pause } from '../../domain/pause.ts'
import { readApiVersion, type ApiVersion } from '../../domain/version.ts'
import type { Sql, SqlRow } from '../../ports.ts'
import { IS_STILL_PROVEN, provenParams, type Proven } from '../access.ts'
import { lockUser, numberOf, textOf } from '../sql.ts'
import { PAUSE_COLUMNS, pausesOf } from '../pause-columns.ts'
import { toUser, USER_COLUMNS } from './users.ts'

export interface Token {
  readonly token: string
  readonly version: ApiVersion
}

export interface Session {
  readonly key: string
  /** A session has the version of its token. */
  readonly version: ApiVersion
  readonly lastUsedAt: number
}

export interface NewToken extends Token {
  readonly apiKey: string
  readonly appVersion: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** If there are too many tokens for an address ('' for an unknown one), deletes the least recently used ones. */
export async function addToken (sql: Sql, token: NewToken, address: string): Promise<void> {
  await sql.batch([{
    sql: `insert into tokens (token, api_key, api_version, app_version, created_at, expires_at, used_at, address)
          values ($token, $apiKey, $version, $appVersion, $createdAt, $expiresAt, $createdAt, nullif($address, ''))`,
    params: { ...token, address }
  }, {
    sql: `delete from tokens where token in (
            select token from tokens where address = $address order by used_at desc, token limit 100 offset ${MAX_TOKENS})`,
    params: { address }
  }])
}

export async function findToken (sql: Sql, token: string, now: number): Promise<Token | undefined> {
  const row = await sql.get(
    'select token, api_version from tokens where token = $token and expires_at > $now', { token, now })
  return row && { token: textOf(row, 'token'), version: versionOf(row) }
}

/**
 * Opens a session with a token. 'too many' when the user already has `limit` sessions used since `idleSince` (-1: no limit); expired
 * sessions do not count, since scripts log in at each run and never log out. 'not proven' when the password was changed meanwhile.
 */
export async function addSession (
  sql: Sql, session: Session, token: string, proven: Proven, limit: number, idleSince: number
): Promise<'opened' | 'too many' | 'not proven'> {
  const whose = provenParams(proven)
  const done = await sql.batch([lockUser(proven.id), {
    sql: `insert into sessions (session_key, user_id, api_version, created_at, last_used_at)
          select $key, $userId, $version, $lastUsedAt, $lastUsedAt
          where ${IS_STILL_PROVEN} and ($limit = -1
            or (select count(*) from sessions where user_id = $userId and last_used_at > $idleSince and last_used_at <= $ahead) < $limit)`,
    params: { ...session, ...whose, limit, idleSince, ahead: session.lastUsedAt + CLOCK_SLACK },
    must: true
  }, {
    sql: 'update tokens set used_at = $now where token = $token', params: { token, now: session.lastUsedAt }
  }])
  if (done !== undefined) return 'opened'
  return await sql.get(`select 1 where ${IS_STILL_PROVEN}`, whose) === undefined ? 'not proven' : 'too many'
}

export interface FoundSession {
  readonly session: Session
  readonly user: User
  readonly pauses: ReadonlySet<Pause>
}

/** A session and its user, idle-expired or not, with what is paused now. */
export async function findSession (sql: Sql, key: string): Promise<FoundSession | undefined> {
  const row = await sql.get(`
    select session_key, api_version, last_used_at, ${USER_COLUMNS}, ${PAUSE_COLUMNS}
    from sessions join users on users.id = sessions.user_id
    where session_key = $key`, { key })
  if (row === undefined) return undefined
  const session = { key, version: versionOf(row), lastUsedAt: numberOf(row, 'last_used_at') }
  return { session, user: toUser(row), pauses: pausesOf(row) }
}

/** Sessions with the names of their users, the last used first; at most `most`. */
export async function listSessions (sql: Sql, most: number): Promise<Array<Pick<Session, 'version' | 'lastUsedAt'> & { readonly user: string }>> {
  const rows = await sql.all(`
    select users.user_name, sessions.api_version, sessions.last_used_at
    from sessions join users on users.id = sessions.user_id order by sessions.last_used_at desc limit $most`, { most })
  return rows.map(row => ({ user: textOf(row, 'user_name'), version: versionOf(row), lastUsedAt: numberOf(row, 'last_used_at') }))
}

/** Never moves back: of two concurrent uses the later one counts. */
export async function renewSession (sql: Sql, key: string, noted: number, usedAt: number): Promise<void> {
  await sql.run('update sessions set last_used_at = $usedAt where session_key = $key and last_used_at = $noted', { noted, key, usedAt })
}

/** Sets the last use of a session to a moment in the past. */
export async function ageSession (sql: Sql, key: string, usedAt: number): Promise<void> {
  await sql.run('update sessions set last_used_at = $usedAt where session_key = $key', { key, usedAt })
}

/** The same for all sessions of everybody. */
export async function ageAllSessions (sql: Sql, usedAt: number): Promise<void> {
  await sql.run('update sessions set last_used_at = $usedAt', { usedAt })
}

export async function removeSession (sql: Sql, key: string): Promise<void> {
  await sql.run('delete from sessions where session_key = $key', { key })
}

/** Sessions of a user that were used since a moment. */
export async function countSessions (sql: Sql, userId: number, idleSince: number): Promise<number> {
  const row = await sql.get('select count(*) as sessions from sessions where user_id = $userId and last_used_at > $idleSince', { userId, idleSince })
  return row ? numberOf(row, 'sessions') : 0
}

/** Ends all sessions of a user. */
export async function removeSessionsOf (sql: Sql, userId: number): Promise<void> {
  await sql.run('delete from sessions where user_id = $userId', { userId })
}

/** Deletes expired tokens, and sessions not used since a moment or with an impossible future time. */
export async function removeOldSessions (sql: Sql, now: number, notUsedSince: number): Promise<void> {
  await sql.batch([
    { sql: 'delete from tokens where expires_at <= $now', params: { now } },
    { sql: 'delete from sessions where last_used_at <= $notUsedSince or last_used_at > $ahead', params: { notUsedSince, ahead: now + CLOCK_SLACK } }
  ])
}

function versionOf (row: SqlRow): ApiVersion {
  const version = readApiVersion(textOf(row, 'api_version'))
  if (version === undefined) throw new TypeError('api_version: expected 1.0, 1.1 or 1.2')
  return version
}
