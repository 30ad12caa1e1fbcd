/** The state of a storage move. Both databases record it, so that at most one of them is served. */
import type { Sql, SqlRow } from '../../ports.ts'
import { textOf } from '../sql.ts'

/** The locations of metadata and bytes, for messages, without secrets. */
export interface Place {
  readonly database: string
  readonly blobs: string
}

/**
 * States of the source: *copying* while it may still be served, *leaving* while nobody may write, then *left*. States of the
 * target: *arriving* while incomplete, then *arrived*. A database that stays, while only the bytes
 * move, goes through copying, leaving and arrived.
 */
export type MoveState = 'copying' | 'leaving' | 'left' | 'arriving' | 'arrived'

export interface Move {
  /** The same in both databases. */
  readonly token: string
  readonly state: MoveState
  readonly from: Place
  readonly to: Place
}

const STATES: readonly MoveState[] = ['copying', 'leaving', 'left', 'arriving', 'arrived']

/** The storage is not here, or not yet; the message says what to do. */
export class NotInPlace extends Error {}

export async function readMove (sql: Sql): Promise<Move | undefined> {
  const row = await sql.get('select * from moves where id = 1')
  return row && toMove(row)
}

/** Replaces any earlier move. */
export async function noteMove (sql: Sql, { token, state, from, to }: Move): Promise<void> {
  const columns = { token, state, fromDatabase: from.database, fromBlobs: from.blobs, toDatabase: to.database, toBlobs: to.blobs }
  await sql.run(`
    insert into moves (id, token, state, from_database, from_blobs, to_database, to_blobs)
    values (1, $token, $state, $fromDatabase, $fromBlobs, $toDatabase, $toBlobs)
    on conflict (id) do update set token = $token, state = $state, from_database = $fromDatabase, from_blobs = $fromBlobs,
      to_database = $toDatabase, to_blobs = $toBlobs`, columns)
}

/** For a copy of a storage: it must not continue the original's move. */
export async function forgetMove (sql: Sql): Promise<void> {
  await sql.run('delete from moves')
}

/** Advances this move to its next state; false when it is not in the expected state. */
export async function changeMove (sql: Sql, token: string, before: MoveState, after: MoveState): Promise<boolean> {
  const { changes } = await sql.run('update moves set state = $after where id = 1 and token = $token and state = $before', { token, before, after })
  return changes === 1
}

/** Throws NotInPlace when a storage must not be used: it is incomplete, or was moved. `blobs` is the configured location of the bytes. */
export async function requireNotMoved (sql: Sql, blobs: string): Promise<void> {
  const move = await readMove(sql)
  if (move === undefined) return
  const { state, from, to } = move
  const isElsewhere = from.blobs !== to.blobs
  if (state === 'left') throw new NotInPlace(`this storage was moved by respace migrate: ${tell(to)}; set RESPACE_DATABASE and RESPACE_BLOBS accordingly`)
  if (state === 'leaving') {
    throw new NotInPlace(`respace migrate is moving this storage, or was interrupted: ${tell(to)}; run it again to finish, or run respace migrate --cancel to keep the storage here`)
  }
  if (state === 'arriving' || (state === 'copying' && isElsewhere && blobs === to.blobs)) {
    throw new NotInPlace(`respace migrate has not copied everything here yet: run it again to finish, or start the server in the old place: ${tell(from)}`)
  }
  if (state === 'arrived' && isElsewhere && blobs === from.blobs) {
    throw new NotInPlace(`respace migrate moved the bytes of files to ${to.blobs}: set RESPACE_BLOBS accordingly`)
  }
}

const tell = ({ database, blobs }: Place): string => `the database in ${database}, the bytes of files in ${blobs}`

function toMove (row: SqlRow): Move {
  const state = STATES.find(name => name === row.state)
  if (state === undefined) throw new TypeError(`moves.state: expected one of ${STATES.join(', ')}`)
  return {
    token: textOf(row, 'token'),
    state,
    from: { database: textOf(row, 'from_database'), blobs: textOf(row, 'from_blobs') },
    to: { database: textOf(row, 'to_database'), blobs: textOf(row, 'to_blobs') }
  }
}
