import { PAUSES, type Pause } from '../../domain/pause.ts'
import type { Sql } from '../../ports.ts'

/** What is paused now. Asked for at each call, so that the operator's word counts at once: the table holds three rows at most. */
export async function listPauses (sql: Sql): Promise<ReadonlySet<Pause>> {
  const rows = await sql.all('select name from pauses')
  return new Set(PAUSES.filter(pause => rows.some(row => row.name === pause)))
}

/** Begins or ends a pause; either twice changes nothing. */
export async function setPause (sql: Sql, pause: Pause, isPaused: boolean, now: number): Promise<void> {
  await sql.run(isPaused
    ? 'insert into pauses (name, paused_at) values ($pause, $now) on conflict (name) do nothing'
    : 'delete from pauses where name = $pause', isPaused ? { pause, now } : { pause })
}
