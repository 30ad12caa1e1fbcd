import type { Pause } from '../../domain/pause.ts'
import type { Sql } from '../../ports.ts'
import { PAUSE_COLUMNS, pausesOf } from '../pause-columns.ts'

/** The current pauses. Read at each call, so that a change takes effect immediately: the table has at most three rows. */
export async function listPauses (sql: Sql): Promise<ReadonlySet<Pause>> {
  return pausesOf(await sql.get(`select ${PAUSE_COLUMNS}`) ?? {})
}

/** Begins or ends a pause; idempotent. */
export async function setPause (sql: Sql, pause: Pause, isPaused: boolean, now: number): Promise<void> {
  await sql.run(isPaused
    ? 'insert into pauses (name, paused_at) values ($pause, $now) on conflict (name) do nothing'
    : 'delete from pauses where name = $pause', isPaused ? { pause, now } : { pause })
}
