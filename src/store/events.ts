import { EVENT_KINDS, type SecurityEvent } from '../domain/event.ts'
import { newKey } from '../domain/identifiers.ts'
import { cutToBytes, MAX_TEXT_BYTES } from '../domain/text-limit.ts'
import type { Ports, Sql, SqlRow } from '../ports.ts'
import { numberOf, textOf } from './sql.ts'

/** Adds to the security log. */
export async function recordEvent ({ sql, ids, clock }: Pick<Ports, 'sql' | 'ids' | 'clock'>, { kind, who, about = '', address = '' }: Partial<SecurityEvent> & Pick<SecurityEvent, 'kind' | 'who'>): Promise<void> {
  await sql.run('insert into events (id, happened_at, kind, who, about, address) values ($id, $happenedAt, $kind, $who, $about, $address) on conflict (id) do nothing',
    { id: newKey(ids), happenedAt: clock.now(), kind, ...bounded({ who, about, address }) })
}

/** Names of accounts fit; an address may be whatever a proxy forwards. */
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

/** Forgets what happened up to a moment, and the oldest beyond `most`. */
export async function removeOldEvents (sql: Sql, until: number, most: number): Promise<void> {
  const row = await sql.get('select happened_at from events order by happened_at desc, id desc limit 1 offset $most', { most })
  await sql.run('delete from events where happened_at <= $until', { until: Math.max(until, row === undefined ? 0 : numberOf(row, 'happened_at')) })
}

function toEvent (row: SqlRow): ListedEvent {
  const kind = EVENT_KINDS.find(name => name === row.kind)
  if (kind === undefined) throw new TypeError(`events.kind: unknown ${String(row.kind)}`)
  return { id: textOf(row, 'id'), happenedAt: numberOf(row, 'happened_at'), kind, who: textOf(row, 'who'), about: textOf(row, 'about'), address: textOf(row, 'address') }
}
