/** Search in the names of an account's files, in slices: others are served in between. */
import { compareNames, PAGE_ROWS, type FileOrder, type FilePage } from '../../domain/files/file-order.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import type { Sql, SqlRow } from '../../ports.ts'
import { MAX_SORTED } from './file-pages.ts'
import { findFiles } from './files.ts'
import { anywhere, listOf, numberOf, textOf } from '../sql.ts'

/** A page of what was found. */
export interface FoundFiles extends FilePage<StoredFile> {
  /** More match: these are some of them. */
  readonly isCut: boolean
}

/** No more files are found: nobody reads as many, and all of them have to be sorted. */
export const MAX_FOUND = 10_000

interface Found {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly uploadedAt: number
}

/** A page of the files whose names contain this text, ignoring case, in all folders; the last page when a later one is requested. */
export async function searchFiles (sql: Sql, ownerId: number, text: string, order: FileOrder, asked: number, giveWay: () => Promise<void>): Promise<FoundFiles> {
  const found = await find(sql, ownerId, anywhere(text), giveWay)
  const isCut = found.length > MAX_FOUND
  const total = Math.min(found.length, MAX_FOUND)
  const pages = Math.max(1, Math.ceil(total / PAGE_ROWS))
  const page = Math.min(asked, pages)
  const ids = found.slice(0, total).sort(comparison(order, total)).slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS).map(({ id }) => id)
  return { files: await findFiles(sql, ids), page, pages, total, isCut }
}

/** Names in natural order, many of them in that of the database, which takes less time. */
function comparison ({ by, isDescending }: FileOrder, total: number): (a: Found, b: Found) => number {
  const sign = isDescending ? -1 : 1
  const exactly = <V extends string | number>(a: V, b: V): number => a < b ? -1 : a > b ? 1 : 0
  const byName = (a: Found, b: Found): number => exactly(a.name.toLowerCase(), b.name.toLowerCase()) || exactly(a.name, b.name)
  const byKey = {
    name: total <= MAX_SORTED ? (a: Found, b: Found) => compareNames(a.name, b.name) : byName,
    size: (a: Found, b: Found) => a.size - b.size || byName(a, b),
    date: (a: Found, b: Found) => a.uploadedAt - b.uploadedAt
  }[by]
  return (a, b) => sign * (byKey(a, b) || exactly(a.id, b.id))
}

/** Names compared in one statement: about six milliseconds, during which nobody else is served. */
const SLICE = 10_000

/** At most one more than `MAX_FOUND`. */
async function find (sql: Sql, ownerId: number, pattern: string, giveWay: () => Promise<void>): Promise<Found[]> {
  const found: Found[] = []
  for (const batch of await listBatches(sql, ownerId)) {
    let end: SqlRow | undefined
    do {
      const slice: Slice = await readSlice(sql, { ownerId, pattern, batch, after: end })
      found.push(...slice.found)
      if (found.length > MAX_FOUND) return found
      end = slice.end
      await giveWay()
    } while (end !== undefined)
  }
  return found
}

interface Batch {
  readonly folderIds: readonly string[]
  readonly files: number
}

/** Folders that are searched in one statement: a large one alone, small ones together. */
const MOST_FOLDERS = 256

async function listBatches (sql: Sql, ownerId: number): Promise<readonly Batch[]> {
  const rows = await sql.all('select folder_id, files from folder_totals where owner_id = $ownerId order by folder_id', { ownerId })
  const batches: Batch[] = []
  for (const row of rows) {
    const [folderId, files] = [textOf(row, 'folder_id'), numberOf(row, 'files')]
    const last = batches.at(-1)
    if (last !== undefined && last.folderIds.length < MOST_FOLDERS && last.files + files <= SLICE) batches[batches.length - 1] = { folderIds: [...last.folderIds, folderId], files: last.files + files }
    else batches.push({ folderIds: [folderId], files })
  }
  return batches
}

interface Slice {
  readonly found: readonly Found[]
  /** The place of its last name; undefined at the end. */
  readonly end: SqlRow | undefined
}

const KEYS = 'lower(name), name, id'

/** Reads only entries of the index, and the rows of what matches. */
async function readSlice (sql: Sql, { ownerId, pattern, batch: { folderIds, files }, after }: { readonly ownerId: number, readonly pattern: string, readonly batch: Batch, readonly after: SqlRow | undefined }): Promise<Slice> {
  const folders = listOf('folder', folderIds)
  const params = { ...folders.params, ...after, ownerId }
  const where = `owner_id = $ownerId and folder_id in ${folders.sql}${after === undefined ? '' : ` and lower(name) >= $key0 and (${KEYS}) > ($key0, $key1, $key2)`}`
  const end = files <= SLICE ? undefined : await sql.get(`select lower(name) as key0, name as key1, id as key2 from files where ${where} order by ${KEYS} limit 1 offset ${SLICE - 1}`, params)
  const until = end === undefined ? '' : ` and lower(name) <= $end0 and (${KEYS}) <= ($end0, $end1, $end2)`
  const last = end === undefined ? {} : { end0: textOf(end, 'key0'), end1: textOf(end, 'key1'), end2: textOf(end, 'key2') }
  const rows = await sql.all(`select id, name, size, uploaded_at from files where ${where}${until} and lower(name) like $pattern escape '\\'`, { ...params, ...last, pattern })
  return { found: rows.map(row => ({ id: textOf(row, 'id'), name: textOf(row, 'name'), size: numberOf(row, 'size'), uploadedAt: numberOf(row, 'uploaded_at') })), end }
}
