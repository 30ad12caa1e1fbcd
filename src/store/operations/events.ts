import { EVENT_KINDS, MAX_EVENTS_OF_ACCOUNT, MAX_EVENTS_OF_KIND, type SecurityEvent } from '../../domain/event.ts'
import { newKey } from '../../domain/identifiers.ts'
import { cutToBytes, MAX_TEXT_BYTES } from '../../domain/text-limit.ts'
import type { Ports, Sql, SqlRow } from '../../ports.ts'
import { numberOf, textOf } from '../sql.ts'

/** Adds to the security log. */
export async function recordEvent ({ sql, ids, clock }: Pick<Ports, 'sql' | 'ids' | 'clock'>, { kind, who, about = '', address = '' }: Partial<SecurityEvent> & Pick<SecurityEvent, 'kind' | 'who'>): Promise<void> {
  await sql.run('insert into events (id, happened_at, kind, who, about, address) values ($id, $happenedAt, $kind, $who, $about, $address) on conflict (id) do nothing',
    { id: newKey(ids), happenedAt: clock.now(), kind, ...bounded({ who, about, address }) })
}

/** Long enough for account names; cuts long addresses forwarded by proxies. */
const bounded = ({ who, about, address }: Pick<SecurityEvent, 'who' | 'about' | 'address'>) =>
  ({ who: cutToBytes(who, MAX_TEXT_BYTES), about: cutToBytes(about, MAX_TEXT_BYTES), address: cutToBytes(address, MAX_TEXT_BYTES) })

export interface ListedEvent extends SecurityEvent {
  readonly id: string
}

/** The newest first, those older than `before`; at most `most`. */
export async function listEvents (sql: Sql, before: Pick<ListedEvent, 'happenedAt' | 'id'> | undefined, most: number): Promise<ListedEvent[]> {
  const { happenedAt = Number.MAX_SAFE_INTEGER, id = '' } = before ?? {}
  const rows = await sql.all(`
    select id, happened_at, kind, who, about, address from events where (happened_at, id) < ($happenedAt, $id)
    order by happened_at desc, id desc limit $most`, { happenedAt, id, most })
  return rows.map(toEvent)
}

/** Deletes events up to a moment, and of each kind the oldest beyond its quotas: kind by kind, between which others are served. */
export async function removeOldEvents (sql: Sql, until: number, now: number, giveWay: () => Promise<void>): Promise<void> {
  await sql.run('delete from events where happened_at <= $until', { until })
  for (const kind of EVENT_KINDS) {
    const crowds = await sql.all(`
      select who, count(*) as events from events where kind = $kind and who <> '' group by who having count(*) > ${MAX_EVENTS_OF_ACCOUNT}
      union all select '' as who, events from (select count(*) - (select count(*) from events where kind = $kind and who in (${ADMINISTRATORS})) as events from events where kind = $kind) as others
        where events > ${MAX_EVENTS_OF_KIND}`, { kind })
    for (const row of crowds) await removeBeyondQuota(sql, kind, textOf(row, 'who'), now)
    await giveWay()
  }
}

/** Events removed in one statement: others are served in between. */
const CHUNK = 2000

/** Names of administrators, which have only their own quotas. */
const ADMINISTRATORS = 'select user_name from users where is_admin = 1'

/** `who` is one account, or '' for all except administrators. */
async function removeBeyondQuota (sql: Sql, kind: string, who: string, now: number): Promise<void> {
  const which = who === '' ? `kind = $kind and who not in (${ADMINISTRATORS})` : 'kind = $kind and who = $who'
  const most = who === '' ? MAX_EVENTS_OF_KIND : MAX_EVENTS_OF_ACCOUNT
  // Events written while the clock was ahead would be the newest for years and displace all later ones: they have a separate quota.
  for (const when of ['happened_at <= $now', 'happened_at > $now']) {
    let removed
    do {
      removed = await sql.run(`
        delete from events where id in (
          select id from events where ${which} and ${when} order by happened_at desc, id desc limit ${CHUNK} offset ${most})`, { kind, who, now })
    } while (removed.changes === CHUNK)
  }
}

function toEvent (row: SqlRow): ListedEvent {
  const kind = EVENT_KINDS.find(name => name === row.kind)
  if (kind === undefined) throw new TypeError(`events.kind: unknown ${String(row.kind)}`)
  return { id: textOf(row, 'id'), happenedAt: numberOf(row, 'happened_at'), kind, who: textOf(row, 'who'), about: textOf(row, 'about'), address: textOf(row, 'address') }
}
