/** Limits of files: the places that running downloads hold, and what is done when a limit is reached. */
import type { StoredFile } from '../domain/file.ts'
import { BLOCK, DELETE, hasReachedLimit } from '../domain/file-limit.ts'
import type { Sql } from '../ports.ts'
import { FILE_COLUMNS, findFile, findVisibleFile, removeFiles, toFile } from './files.ts'
import { lockUser } from './sql.ts'

const REACHED = '((expires_at is not null and expires_at <= $now) or (download_limit is not null and downloads >= download_limit))'

/** Takes a place under the download limit for a process; false when running downloads hold all that are left. */
export async function takePlace (sql: Sql, serverId: string, id: string): Promise<boolean> {
  return await sql.batch([{
    sql: `insert into held_places (server_id, file_id, places) values ($serverId, $id, 1)
          on conflict (server_id, file_id) do update set places = held_places.places + 1`,
    params: { serverId, id }
  }, {
    sql: `update files set running_downloads = running_downloads + 1
          where id = $id and (download_limit is null or downloads + running_downloads < download_limit)`,
    params: { id },
    must: true
  }]) !== undefined
}

/** A download has ended: gives back the place it held, if any, and counts it when its last byte was sent. */
export async function endDownload (sql: Sql, serverId: string, id: string, heldPlace: boolean, isCounted: boolean): Promise<void> {
  const counted = isCounted ? 1 : 0
  // A process that was taken for dead, for it was stopped for long, holds no places any more.
  if (heldPlace && await sql.batch([
    { sql: 'update held_places set places = places - 1 where server_id = $serverId and file_id = $id and places > 0', params: { serverId, id }, must: true },
    { sql: 'update files set running_downloads = running_downloads - 1, downloads = downloads + $counted where id = $id', params: { id, counted } },
    { sql: 'delete from held_places where server_id = $serverId and file_id = $id and places = 0', params: { serverId, id } }
  ]) !== undefined) return
  if (isCounted) await sql.run('update files set downloads = downloads + 1 where id = $id', { id })
}

/** After the start of the only process no download runs. */
export async function forgetPlaces (sql: Sql): Promise<void> {
  await sql.batch([{ sql: 'update files set running_downloads = 0 where running_downloads > 0' }, { sql: 'delete from held_places' }])
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
