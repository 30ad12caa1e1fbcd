/** What a folder holds with all folders below it, for people who see it as one. */
import { compareNames, PAGE_ROWS } from '../../domain/files/file-order.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import type { Folder } from '../../domain/files/folder.ts'
import type { Sql, SqlParams } from '../../ports.ts'
import { FILE_COLUMNS, findFiles, toFile } from './files.ts'
import { ownedBy, treeOf, type Owned } from './folder-tree.ts'
import { FOLDER_COLUMNS, toFolder } from './folders.ts'
import { numberOf, textOf } from '../sql.ts'

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

/** Up to this many files are sorted by path and name; more would block others, so they are in the order of their upload. */
const MAX_SORTED = 1000

/** One page of the files in a folder and below it, each with the path of its folder by `paths`. `total` is the number of all, if known. */
export async function listTreeFiles (sql: Sql, { id, ownerId }: Owned, paths: ReadonlyMap<string, string>, page: number, total = Infinity): Promise<Array<StoredFile & { readonly path: string }>> {
  const owned = ownedBy(ownerId)
  const [where, params] = [`${owned.sql} and folder_id in ${treeOf(ownerId)}`, { id, ...owned.params }]
  const start = (page - 1) * PAGE_ROWS
  const pathOf = (folderId: string): string => paths.get(folderId) ?? ''
  const withPath = (file: StoredFile) => ({ ...file, path: pathOf(file.folderId) })
  if (total > MAX_SORTED) {
    const rows = await sql.all(`select ${FILE_COLUMNS} from files where ${where} order by uploaded_at, id limit ${PAGE_ROWS} offset $start`, { ...params, start })
    return rows.map(toFile).map(withPath)
  }
  const names = (await sql.all(`select id, name, folder_id from files where ${where}`, params))
    .map(row => ({ id: textOf(row, 'id'), name: textOf(row, 'name'), path: pathOf(textOf(row, 'folder_id')) }))
    .sort((a, b) => compareNames(a.path, b.path) || compareNames(a.name, b.name) || (a.id < b.id ? -1 : 1))
  return (await findFiles(sql, names.slice(start, start + PAGE_ROWS).map(file => file.id))).map(withPath)
}

/** The folders below a folder. */
export async function listTreeFolders (sql: Sql, { id, ownerId }: Owned): Promise<Folder[]> {
  return (await sql.all(`select ${FOLDER_COLUMNS} from folders where id in ${treeOf(ownerId)} and id <> $id`, { id, ...ownedBy(ownerId).params })).map(toFolder)
}
