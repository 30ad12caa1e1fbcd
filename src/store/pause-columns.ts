/** The current pauses as columns of any read: on PostgreSQL each read is a round trip, and a call needs them first. */
import { PAUSES, type Pause } from '../domain/pause.ts'
import type { SqlRow } from '../ports.ts'
import { flagOf } from './sql.ts'

export const PAUSE_COLUMNS = PAUSES.map(pause => `case when exists (select 1 from pauses where name = '${pause}') then 1 else 0 end as is_${pause}`).join(', ')

export function pausesOf (row: SqlRow): ReadonlySet<Pause> {
  const pauses = PAUSES.filter(pause => flagOf(row, `is_${pause}`))
  return pauses.length === 0 ? NONE : new Set(pauses)
}

const NONE: ReadonlySet<Pause> = new Set()
