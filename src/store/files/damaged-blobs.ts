/** Blobs found damaged during a download; a sweep removes those that are intact again. */
import type { Blobs, DamagedBlob, Sql } from '../../ports.ts'
import { listOf, numberOf, numberOrNull, textOf, textOrNull } from '../sql.ts'

export type Damage = Pick<DamagedBlob, 'blobId' | 'expected' | 'found'>

export async function noteDamage (sql: Sql, { blobId, expected, found }: Damage, now: number): Promise<void> {
  await sql.run(`
    insert into damaged_blobs (blob_id, expected_bytes, found_bytes, noticed_at) values ($blobId, $expected, $found, $now)
    on conflict (blob_id) do update set found_bytes = $found`, { blobId, expected, found: found ?? null, now })
}

export interface DamagedFile {
  readonly id: string
  readonly name: string
  /** A user name; null for an anonymous upload. */
  readonly owner: string | null
  readonly expected: number
  /** Null when the blob is missing, or its size is unknown. */
  readonly found: number | null
  readonly noticedAt: number
}

/** The files of damaged blobs, the last found first. */
export async function listDamagedFiles (sql: Sql, most: number): Promise<DamagedFile[]> {
  const rows = await sql.all(`
    select files.id, files.name, users.user_name, expected_bytes, found_bytes, noticed_at
    from damaged_blobs join files on files.blob_id = damaged_blobs.blob_id left join users on users.id = files.owner_id
    order by noticed_at desc, files.id limit $most`, { most })
  return rows.map(row => ({
    id: textOf(row, 'id'),
    name: textOf(row, 'name'),
    owner: textOrNull(row, 'user_name'),
    expected: numberOf(row, 'expected_bytes'),
    found: numberOrNull(row, 'found_bytes'),
    noticedAt: numberOf(row, 'noticed_at')
  }))
}

/** Blobs checked in one sweep. */
const MAX_LOOKED_AT = 500

/** Removes blobs whose files were deleted, and those that have all their bytes again, for example after a restore. */
export async function forgetMended (sql: Sql, blobs: Pick<Blobs, 'sizes'>): Promise<void> {
  await sql.run('delete from damaged_blobs where not exists (select 1 from files where files.blob_id = damaged_blobs.blob_id)')
  const rows = await sql.all(`select blob_id, expected_bytes from damaged_blobs order by noticed_at limit ${MAX_LOOKED_AT}`)
  if (rows.length === 0) return
  const expected = new Map(rows.map(row => [textOf(row, 'blob_id'), numberOf(row, 'expected_bytes')]))
  const sizes = await blobs.sizes([...expected.keys()].sort())
  const mended = [...expected].filter(([id, size]) => sizes.get(id) === size).map(([id]) => id)
  if (mended.length === 0) return
  const list = listOf('id', mended)
  await sql.run(`delete from damaged_blobs where blob_id in ${list.sql}`, list.params)
}
