/** Expirations between two moments, for advancing the clock. */
import type { Sql } from '../../ports.ts'
import { numberOf, textOf, textOrNull } from '../sql.ts'

export type DueKind = 'membership' | 'session' | 'token' | 'ticket' | 'file'

export interface Due {
  readonly kind: DueKind
  /** Unix milliseconds. */
  readonly at: number
  /** The id of a file; '' for secret ids and things without an id. */
  readonly fileId: string
  /** null: no owner. */
  readonly userName: string | null
}

const KINDS: readonly DueKind[] = ['membership', 'session', 'token', 'ticket', 'file']

/** Everything that expires after `from` and up to `to`, in the order of time; `sessionIdle` is how long an unused session lives. */
export async function listDue (sql: Sql, from: number, to: number, sessionIdle: number): Promise<Due[]> {
  const rows = await sql.all(`
    select 'membership' as kind, plan_ends_at as at, '' as file_id, user_name from users
      where plan_ends_at > $from and plan_ends_at <= $to
    union all
    select 'session' as kind, last_used_at + $idle as at, '' as file_id, user_name from sessions join users on users.id = sessions.user_id
      where last_used_at + $idle > $from and last_used_at + $idle <= $to
    union all
    select 'token' as kind, expires_at as at, '' as file_id, null as user_name from tokens
      where expires_at > $from and expires_at <= $to
    union all
    select 'ticket' as kind, expires_at as at, '' as file_id, user_name from tickets left join users on users.id = tickets.user_id
      where expires_at > $from and expires_at <= $to and upload_id is null
    union all
    select 'file' as kind, expires_at as at, files.id as file_id, user_name from files left join users on users.id = files.owner_id
      where expires_at > $from and expires_at <= $to`, { from, to, idle: sessionIdle })
  return rows.map(row => ({
    kind: KINDS.find(kind => kind === row.kind) ?? 'file',
    at: numberOf(row, 'at'),
    fileId: textOf(row, 'file_id'),
    userName: textOrNull(row, 'user_name')
  })).sort((a, b) => a.at - b.at || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.fileId.localeCompare(b.fileId))
}
