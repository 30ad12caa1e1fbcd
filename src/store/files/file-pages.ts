/** Lists of files on pages: a folder may have any number. */
import { compareNames, PAGE_ROWS, type FileOrder, type FilePage } from '../../domain/files/file-order.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import { hasReachedLimit } from '../../domain/files/file-limit.ts'
import type { Sql, SqlParams } from '../../ports.ts'
import { FILE_COLUMNS, findFiles, limitsOf, toFile } from './files.ts'
import { ownedBy } from './folder-tree.ts'
import { anywhere, numberOf, textOf } from '../sql.ts'

/** The files of a user in a list. */
export interface Shelf {
  /** null: files without an owner. */
  readonly ownerId: number | null
  /** Only files directly in this folder; in all folders if omitted. */
  readonly folderId?: string
  /** Only names that contain this text, ignoring case. */
  readonly search?: string
  /** Only files whose limits are not reached at this moment. */
  readonly availableAt?: number
}

const ORDERS: Readonly<Record<FileOrder['by'], readonly string[]>> = {
  name: ['lower(name)', 'name', 'id'],
  size: ['size', 'lower(name)', 'id'],
  date: ['uploaded_at', 'id']
}

/** Up to this many names are sorted in natural order, which databases cannot do; more would block all others. */
const MAX_SORTED = 1000

/** A page of a list; the last page when a later one is requested. */
export async function listFilePage (sql: Sql, shelf: Shelf, order: FileOrder, asked: number): Promise<FilePage<StoredFile>> {
  const { where, params } = conditionOf(shelf)
  const total = numberOf(await sql.get(`select count(*) as files from files where ${where}`, params) ?? {}, 'files')
  const pages = Math.max(1, Math.ceil(total / PAGE_ROWS))
  const page = Math.min(asked, pages)
  const start = (page - 1) * PAGE_ROWS
  if (order.by === 'name' && total <= MAX_SORTED) {
    const names = (await sql.all(`select id, name from files where ${where}`, params)).map(row => ({ id: textOf(row, 'id'), name: textOf(row, 'name') }))
    names.sort((a, b) => (compareNames(a.name, b.name) || (a.id < b.id ? -1 : 1)) * (order.isDescending ? -1 : 1))
    return { files: await findFiles(sql, names.slice(start, start + PAGE_ROWS).map(({ id }) => id)), page, pages, total }
  }
  const columns = ORDERS[order.by].map(column => order.isDescending ? `${column} desc` : column).join(', ')
  // Sort only the ids, not whole rows.
  const rows = await sql.all(`
    select ${FILE_COLUMNS} from files where id in (select id from files where ${where} order by ${columns} limit ${PAGE_ROWS} offset $start)
    order by ${columns}`, { ...params, start })
  return { files: rows.map(toFile), page, pages, total }
}

/** Whether one of them needs no password, or the one that the reader has given. */
export async function hasOpenFile (sql: Sql, shelf: Shelf, sealedPassword?: string): Promise<boolean> {
  const { where, params } = conditionOf(shelf)
  const given = sealedPassword === undefined ? '' : ' or sealed_password = $sealedPassword'
  return await sql.get(`select 1 from files where ${where} and (sealed_password is null${given}) limit 1`, { ...params, ...sealedPassword !== undefined && { sealedPassword } }) !== undefined
}

/** Files per batch. */
const PAGE = 500

/** Ids of the files directly in a folder whose limits are not reached, the newest first; in batches, which may be empty. */
export async function * listNewestFiles (sql: Sql, ownerId: number | null, folderId: string, now: number): AsyncGenerator<readonly string[]> {
  const owned = ownedBy(ownerId)
  let [uploadedAt, id] = [Number.MAX_SAFE_INTEGER, '']
  while (true) {
    const rows = await sql.all(`
      select id, uploaded_at, expires_at, downloads, download_limit from files
      where ${owned.sql} and folder_id = $folderId and (uploaded_at, id) < ($uploadedAt, $id)
      order by uploaded_at desc, id desc limit ${PAGE}`, { ...owned.params, folderId, uploadedAt, id })
    yield rows.filter(row => !hasReachedLimit(limitsOf(row), now)).map(row => textOf(row, 'id'))
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    ;[uploadedAt, id] = [numberOf(last, 'uploaded_at'), textOf(last, 'id')]
  }
}

function conditionOf ({ ownerId, folderId, search, availableAt }: Shelf): { where: string, params: SqlParams } {
  const owned = ownedBy(ownerId)
  const conditions = [owned.sql]
  if (folderId !== undefined) conditions.push('folder_id = $folderId')
  if (search !== undefined) conditions.push("lower(name) like $pattern escape '\\'")
  if (availableAt !== undefined) conditions.push('(expires_at is null or expires_at > $availableAt)', '(download_limit is null or downloads < download_limit)')
  return {
    where: conditions.join(' and '),
    params: {
      ...owned.params,
      ...(folderId !== undefined && { folderId }),
      ...(search !== undefined && { pattern: anywhere(search) }),
      ...(availableAt !== undefined && { availableAt })
    }
  }
}
