/** Limits of files: the places that running downloads hold, and what is done when a limit is reached. */
import type { StoredFile } from '../../domain/files/file.ts'
import { BLOCK, DELETE, hasReachedLimit } from '../../domain/files/file-limit.ts'
import type { Sql } from '../../ports.ts'
import { FILE_COLUMNS, findFile, findVisibleFile, removeFiles, toFile } from './files.ts'
import { lockUser } from '../sql.ts'

const REACHED = '((expires_at is not null and expires_at <= $now) or (download_limit is not null and downloads >= download_limit))'

/** What a running download holds of a file's download limit: a place, or bytes where it will not send the last one. */
export interface Share {
  readonly places: 0 | 1
  readonly bytes: number
}

/** What a download was: one that counts, or bytes that add up until they are as many as the file has. */
export interface Outcome {
  readonly downloads: 0 | 1
  readonly bytes: number
}

/** How many downloads some bytes make: whole ones, where SQLite takes each parameter for a fraction. An empty file has none to add up. */
const downloadsIn = (bytes: string): string => `case when size > 0 then cast(${bytes} as bigint) / size else 0 end`

/** Takes a share of the download limit for a process; false when the downloads that were and that run leave none. */
export async function takeShare (sql: Sql, serverId: string, id: string, { places, bytes }: Share): Promise<boolean> {
  return await sql.batch([{
    sql: `insert into held_places (server_id, file_id, places, bytes) values ($serverId, $id, $places, $bytes)
          on conflict (server_id, file_id) do update set places = held_places.places + $places, bytes = held_places.bytes + $bytes`,
    params: { serverId, id, places, bytes }
  }, {
    sql: `update files set running_downloads = running_downloads + $places, running_bytes = running_bytes + $bytes
          where id = $id and (download_limit is null or downloads < download_limit
            and downloads + running_downloads + $places + ${downloadsIn('partial_bytes + running_bytes + $bytes')} <= download_limit)`,
    params: { id, places, bytes },
    must: true
  }]) !== undefined
}

/** A download has ended: gives back the share it held, if any, and counts what it was. */
export async function endDownload (sql: Sql, serverId: string, id: string, held: Share | undefined, outcome: Outcome): Promise<void> {
  const counting = `downloads = downloads + $downloads + ${downloadsIn('partial_bytes + $sent')},
    partial_bytes = case when size > 0 then cast(partial_bytes + $sent as bigint) % size else 0 end`
  const params = { id, downloads: outcome.downloads, sent: outcome.bytes }
  // A process that was taken for dead, for it was stopped for long, holds nothing any more.
  if (held !== undefined && await sql.batch([
    {
      sql: `update held_places set places = places - $places, bytes = bytes - $bytes
            where server_id = $serverId and file_id = $id and places >= $places and bytes >= $bytes`,
      params: { serverId, id, ...held },
      must: true
    },
    {
      sql: `update files set running_downloads = running_downloads - $places, running_bytes = running_bytes - $bytes, ${counting} where id = $id`,
      params: { ...params, ...held }
    },
    { sql: 'delete from held_places where server_id = $serverId and file_id = $id and places = 0 and bytes = 0', params: { serverId, id } }
  ]) !== undefined) return
  if (outcome.downloads > 0 || outcome.bytes > 0) await sql.run(`update files set ${counting} where id = $id`, params)
}

/** Of a file without a limit: what was counted before it was sent was not sent. */
export async function uncountDownload (sql: Sql, id: string): Promise<void> {
  await sql.run('update files set downloads = downloads - 1 where id = $id and downloads > 0', { id })
}

/** After the start of the only process no download runs. */
export async function forgetPlaces (sql: Sql): Promise<void> {
  await sql.batch([
    { sql: 'update files set running_downloads = 0, running_bytes = 0 where running_downloads > 0' },
    { sql: 'update files set running_bytes = 0 where id in (select file_id from held_places)' },
    { sql: 'delete from held_places' }
  ])
}

/**
 * Does what the owner asked for when a limit of the file is reached. The file as it is afterwards, with 'blocked' when
 * its links are closed; undefined when it is gone.
 */
export async function applyLimit (sql: Sql, file: StoredFile, now: number): Promise<{ file: StoredFile, isBlocked: boolean } | undefined> {
  if (!hasReachedLimit(file, now)) return { file, isBlocked: false }
  const action = file.limitAction ?? BLOCK
  if (action === BLOCK) return { file, isBlocked: true }
  if (action === DELETE) {
    // Not when the owner has lifted the limit meanwhile.
    const removed = await removeFiles(sql, file.ownerId, [file.id], { sql: REACHED, params: { now } })
    const kept = removed.length === 0 ? await findFile(sql, file.id) : undefined
    return kept && { file: kept, isBlocked: hasReachedLimit(kept, now) }
  }
  // After the move its limits are cleared. A folder that is gone by now stands for the root.
  await sql.batch([...file.ownerId === null ? [] : [lockUser(file.ownerId)], {
    sql: `
    update files set link_version = link_version + 1, expires_at = null, download_limit = null, limit_action = null,
      limit_action_folder_id = null, folder_id = coalesce((select id from folders
        where folders.id = files.limit_action_folder_id and folders.owner_id = files.owner_id), '0')
    where id = $id and ${REACHED}`,
    params: { id: file.id, now }
  }])
  const moved = await findFile(sql, file.id)
  return moved && { file: moved, isBlocked: false }
}

/** A file as the public sees it: its limits applied first, none where its owner's account is switched off. */
export async function findPublicFile (sql: Sql, id: string, now: number): Promise<{ file: StoredFile, isBlocked: boolean } | undefined> {
  const file = await findVisibleFile(sql, id)
  return file && applyLimit(sql, file, now)
}

/** Files whose limit is reached and whose action is still to be done. */
export async function listReached (sql: Sql, now: number, most: number): Promise<StoredFile[]> {
  const rows = await sql.all(`
    select ${FILE_COLUMNS} from files where limit_action in (2, 3) and expires_at is not null and expires_at <= $now
    union all
    select ${FILE_COLUMNS} from files where limit_action in (2, 3) and download_limit is not null and downloads >= download_limit
      and (expires_at is null or expires_at > $now)
    limit $most`, { now, most })
  return rows.map(toFile)
}
