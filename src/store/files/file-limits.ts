/** Limits of files: the slots of running downloads, and the action when a limit is reached. */
import type { StoredFile } from '../../domain/files/file.ts'
import { BLOCK, DELETE, hasReachedLimit } from '../../domain/files/file-limit.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import type { Sql } from '../../ports.ts'
import { followBundle } from './bundle-rules.ts'
import { countIn, countOut } from './file-totals.ts'
import { lockOwner } from './folder-tree.ts'
import { FILE_COLUMNS, findFile, findVisibleFile, removeFiles, toFile } from './files.ts'
import { numberOrNull, textOf } from '../sql.ts'

const REACHED = '((expires_at is not null and expires_at <= $now) or (download_limit is not null and downloads >= download_limit))'

/** The share of a download limit that a running download holds: a slot, or bytes if it does not include the last byte. */
export interface Share {
  readonly places: 0 | 1
  readonly bytes: number
}

/** The result of a download: one counted download, or bytes that add up to the size of the file. */
export interface Outcome {
  readonly downloads: 0 | 1
  readonly bytes: number
}

/** How many downloads some bytes make: cast to whole numbers, since SQLite treats each parameter as a fraction. An empty file has no bytes to add up. */
const downloadsIn = (bytes: string): string => `case when size > 0 then cast(${bytes} as bigint) / size else 0 end`

/** Reserves a share of the download limit for a process; false when finished and running downloads leave none. */
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

/** A download has ended: releases its share, and counts its result. */
export async function endDownload (sql: Sql, serverId: string, id: string, held: Share, outcome: Outcome): Promise<void> {
  const counting = `downloads = downloads + $downloads + ${downloadsIn('partial_bytes + $sent')},
    partial_bytes = case when size > 0 then cast(partial_bytes + $sent as bigint) % size else 0 end`
  const params = { id, downloads: outcome.downloads, sent: outcome.bytes }
  // A process that was suspended for long and declared dead holds nothing any more.
  if (await sql.batch([
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

/** Counts downloads of some files, by id and in the order of the ids; returns those of them that have a limit. */
export async function addDownloads (sql: Sql, counts: ReadonlyArray<readonly [string, number]>): Promise<string[]> {
  const written = await sql.batch(counts.map(([id, count]) => ({
    sql: 'update files set downloads = downloads + $count where id = $id returning id, download_limit',
    params: { id, count }
  }))) ?? []
  return written.flatMap(({ rows }) => rows.flatMap(row => numberOrNull(row, 'download_limit') === null ? [] : [textOf(row, 'id')]))
}

/** For a file without a limit: undoes a download that was counted before it was sent, and not sent. */
export async function uncountDownload (sql: Sql, id: string): Promise<void> {
  await sql.run('update files set downloads = downloads - 1 where id = $id and downloads > 0', { id })
}

/** Releases all shares: at the start of the only process no download runs. */
export async function forgetPlaces (sql: Sql): Promise<void> {
  await sql.batch([
    { sql: 'update files set running_downloads = 0, running_bytes = 0 where running_downloads > 0' },
    { sql: 'update files set running_bytes = 0 where id in (select file_id from held_places)' },
    { sql: 'delete from held_places' }
  ])
}

/**
 * Applies the owner's action when a limit of the file is reached. Returns the file afterwards, with 'blocked' when
 * its links are closed; undefined when it was deleted.
 */
export async function applyLimit (sql: Sql, file: StoredFile, now: number): Promise<{ file: StoredFile, isBlocked: boolean } | undefined> {
  if (!hasReachedLimit(file, now)) return { file, isBlocked: false }
  const action = file.limitAction ?? BLOCK
  if (action === BLOCK) return { file, isBlocked: true }
  if (action === DELETE) {
    // Unless the owner has removed the limit meanwhile.
    const removed = await removeFiles(sql, file.ownerId, [file.id], { sql: REACHED, params: { now } })
    const kept = removed.length === 0 ? await findFile(sql, file.id) : undefined
    return kept && { file: kept, isBlocked: hasReachedLimit(kept, now) }
  }
  // The move clears its limits. A folder deleted meanwhile means the root.
  await sql.batch([lockOwner(file.ownerId), ...countOut('id = $id', { id: file.id }), {
    sql: `
    update files set link_version = link_version + 1, expires_at = null, download_limit = null, limit_action = null,
      limit_action_folder_id = null, folder_id = coalesce((select id from folders
        where folders.id = files.limit_action_folder_id and folders.owner_id = files.owner_id), '0')
    where id = $id and ${REACHED}`,
    params: { id: file.id, now }
  }, ...countIn('id = $id', { id: file.id }), ...followBundle(file.limitActionFolderId ?? ROOT_FOLDER, [file.id])])
  const moved = await findFile(sql, file.id)
  return moved && { file: moved, isBlocked: false }
}

/** A file as the public sees it: its limits are applied first; undefined when its owner's account is disabled. */
export async function findPublicFile (sql: Sql, id: string, now: number): Promise<{ file: StoredFile, isBlocked: boolean } | undefined> {
  const file = await findVisibleFile(sql, id)
  return file && applyLimit(sql, file, now)
}

/** Files whose limit is reached and whose action is still pending. */
export async function listReached (sql: Sql, now: number, most: number): Promise<StoredFile[]> {
  const rows = await sql.all(`
    select ${FILE_COLUMNS} from files where limit_action in (2, 3) and expires_at is not null and expires_at <= $now
    union all
    select ${FILE_COLUMNS} from files where limit_action in (2, 3) and download_limit is not null and downloads >= download_limit
      and (expires_at is null or expires_at > $now)
    limit $most`, { now, most })
  return rows.map(toFile)
}
