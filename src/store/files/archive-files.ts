/** The files of an archive of a folder, in batches, and its downloads. */
import type { StoredFile } from '../../domain/files/file.ts'
import { hasReachedLimit } from '../../domain/files/file-limit.ts'
import type { Sql, SqlRow } from '../../ports.ts'
import { limitsOf } from './files.ts'
import { ownedBy } from './folder-tree.ts'
import { flagOf, listOf, numberOf, numberOrNull, textOf } from '../sql.ts'

/** Only some columns of a file, since there may be very many. */
export type ArchivedFile = Pick<StoredFile, 'id' | 'name' | 'size' | 'blobId' | 'uploadedAt' | 'downloadLimit'> & { readonly crc32: number }

/** Files per batch: reading them takes about a millisecond, during which nobody else is served. */
const PAGE = 250

/** Files of an owner (null: of no account), and the password that their reader knows, as the rows have it. */
export interface Reach {
  readonly ownerId: number | null
  readonly sealedPassword: string | undefined
}

/** The files directly in a folder that need no other password and have not reached a limit, by upload time, then by id. A batch may be empty. */
export async function * listOpenFiles (sql: Sql, { ownerId, sealedPassword = '' }: Reach, folderId: string, now: number): AsyncGenerator<readonly ArchivedFile[]> {
  const owned = ownedBy(ownerId)
  let uploadedAt = -1
  let id = ''
  while (true) {
    const rows = await sql.all(`
      select id, name, size, blob_id, uploaded_at, downloads, expires_at, download_limit, crc32,
        case when sealed_password is null or sealed_password = $sealedPassword then 0 else 1 end as is_locked
      from files where ${owned.sql} and folder_id = $folderId and (uploaded_at, id) > ($uploadedAt, $id)
      order by uploaded_at, id limit ${PAGE}`, { ...owned.params, sealedPassword, folderId, uploadedAt, id })
    yield rows.filter(row => isOpen(row, now)).map(toFile)
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    uploadedAt = numberOf(last, 'uploaded_at')
    id = textOf(last, 'id')
  }
}

/** Counts a download of each of some files without a download slot. */
export async function countDownloads (sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const list = listOf('id', ids)
  await sql.run(`update files set downloads = downloads + 1 where id in ${list.sql}`, list.params)
}

const isOpen = (row: SqlRow, now: number): boolean => !flagOf(row, 'is_locked') && !hasReachedLimit(limitsOf(row), now)

function toFile (row: SqlRow): ArchivedFile {
  return {
    id: textOf(row, 'id'),
    name: textOf(row, 'name'),
    size: numberOf(row, 'size'),
    blobId: textOf(row, 'blob_id'),
    uploadedAt: numberOf(row, 'uploaded_at'),
    downloadLimit: numberOrNull(row, 'download_limit'),
    crc32: numberOf(row, 'crc32')
  }
}
