/** What a folder holds with all folders below it, for people who see it as one. */
import { PAGE_ROWS } from '../../domain/files/file-order.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import type { Folder } from '../../domain/files/folder.ts'
import type { Sql, SqlParams } from '../../ports.ts'
import { FILE_COLUMNS, toFile } from './files.ts'
import { ownedBy, treeOf, type Owned } from './folder-tree.ts'
import { FOLDER_COLUMNS, toFolder } from './folders.ts'
import { numberOf } from '../sql.ts'

/** More files are not counted: reading their rows would block others. */
const MAX_COUNTED = 10_000

export interface Sum {
  readonly files: number
  readonly bytes: number
}

/** The files that can be had from a public folder and the public folders below it; undefined for more than 10,000. */
export const sumAvailable = (sql: Sql, folder: Owned, availableAt: number): Promise<Sum | undefined> =>
  sum(sql, folder, `folder_id in ${treeOf(folder.ownerId, 'public')} and (expires_at is null or expires_at > $availableAt) and (download_limit is null or downloads < download_limit)`, { availableAt })

/** All files in a folder and below it; undefined for more than 10,000. */
export const sumAll = (sql: Sql, folder: Owned): Promise<Sum | undefined> => sum(sql, folder, `folder_id in ${treeOf(folder.ownerId)}`, {})

async function sum (sql: Sql, { id, ownerId }: Owned, condition: string, params: SqlParams): Promise<Sum | undefined> {
  const owned = ownedBy(ownerId)
  const row = await sql.get(`
    select count(*) as files, coalesce(sum(size), 0) as bytes from (select size from files where ${owned.sql} and ${condition} limit ${MAX_COUNTED + 1}) as counted`,
  { id, ...owned.params, ...params }) ?? {}
  return numberOf(row, 'files') > MAX_COUNTED ? undefined : { files: numberOf(row, 'files'), bytes: numberOf(row, 'bytes') }
}

/** One page of the files in a folder and below it, in the order of their upload. */
export async function listTreeFiles (sql: Sql, { id, ownerId }: Owned, page: number): Promise<StoredFile[]> {
  const owned = ownedBy(ownerId)
  const rows = await sql.all(`select ${FILE_COLUMNS} from files where ${owned.sql} and folder_id in ${treeOf(ownerId)}
    order by uploaded_at, id limit ${PAGE_ROWS} offset $start`, { id, ...owned.params, start: (page - 1) * PAGE_ROWS })
  return rows.map(toFile)
}

/** The folders below a folder. */
export async function listTreeFolders (sql: Sql, { id, ownerId }: Owned): Promise<Folder[]> {
  return (await sql.all(`select ${FOLDER_COLUMNS} from folders where id in ${treeOf(ownerId)} and id <> $id`, { id, ...ownedBy(ownerId).params })).map(toFolder)
}
