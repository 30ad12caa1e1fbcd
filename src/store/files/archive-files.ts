/** The files of an archive of a folder, in batches, and its downloads. */
import type { StoredFile } from '../../domain/files/file.ts'
import type { Sql, SqlRow } from '../../ports.ts'
import { limitsOf } from './files.ts'
import { among, ownedBy } from './folder-tree.ts'
import { flagOf, listOf, numberOf, textOf } from '../sql.ts'

/** Only some columns of a file, since there may be very many. */
export type ArchivedFile = Pick<StoredFile, 'id' | 'name' | 'size' | 'blobId' | 'uploadedAt' | 'expiresAt' | 'downloadLimit' | 'downloads'> & { readonly crc32: number }

/** Files per batch: reading them takes about a millisecond, during which nobody else is served. */
const PAGE = 250

/** Files of an owner (null: of no account), and the password that their reader knows, as the rows have it. */
export interface Reach {
  readonly ownerId: number | null
  readonly sealedPassword: string | undefined
}

/**
 * The files directly in a folder that need no other password, or those of `only`, also with a limit that is reached; by upload time,
 * then by id. A batch may be empty.
 */
export async function * listOpenFiles (
  sql: Sql, { ownerId, sealedPassword = '' }: Reach, folderId: string, only?: readonly string[]
): AsyncGenerator<readonly ArchivedFile[]> {
  if (only?.length === 0) return
  const owned = ownedBy(ownerId)
  const chosen = only === undefined ? { sql: '', params: {} } : among(only)
  let uploadedAt = -1
  let id = ''
  while (true) {
    const rows = await sql.all(`
      select id, name, size, blob_id, uploaded_at, downloads, expires_at, download_limit, crc32,
        case when sealed_password is null or sealed_password = $sealedPassword then 0 else 1 end as is_locked
      from files where ${owned.sql} and folder_id = $folderId and (uploaded_at, id) > ($uploadedAt, $id)${chosen.sql}
      order by uploaded_at, id limit ${PAGE}`, { ...owned.params, ...chosen.params, sealedPassword, folderId, uploadedAt, id })
    yield rows.filter(row => !flagOf(row, 'is_locked')).map(toFile)
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

function toFile (row: SqlRow): ArchivedFile {
  return {
    id: textOf(row, 'id'),
    name: textOf(row, 'name'),
    size: numberOf(row, 'size'),
    blobId: textOf(row, 'blob_id'),
    uploadedAt: numberOf(row, 'uploaded_at'),
    ...limitsOf(row),
    crc32: numberOf(row, 'crc32')
  }
}
