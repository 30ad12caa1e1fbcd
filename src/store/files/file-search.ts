/** Search in the names of an account's files: by an index where there are many, else in slices, so that others are served in between. */
import { compareNames, PAGE_ROWS, type FileOrder, type FilePage } from '../../domain/files/file-order.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import type { FoundFile } from '../../domain/files/name-index.ts'
import type { Sql, SqlParams, SqlRow } from '../../ports.ts'
import { MAX_SORTED } from './file-pages.ts'
import { findFiles } from './files.ts'
import { anywhere, listOf, numberOf, textOf } from '../sql.ts'

/** A page of what was found. */
export interface FoundFiles extends FilePage<StoredFile> {
  /** More match: these are some of them. */
  readonly isCut: boolean
}

/** No more files are found: nobody reads as many, and all of them have to be sorted. */
export const MAX_FOUND = 5000

/** A page of the files whose names contain this text, ignoring case, in all folders; the last page when a later one is requested. */
export async function searchFiles (sql: Sql, ownerId: number, text: string, order: FileOrder, asked: number, giveWay: () => Promise<void>): Promise<FoundFiles> {
  const found = await find(sql, ownerId, text, giveWay)
  const isCut = found.length > MAX_FOUND
  const total = Math.min(found.length, MAX_FOUND)
  const pages = Math.max(1, Math.ceil(total / PAGE_ROWS))
  const page = Math.min(asked, pages)
  const ids = found.slice(0, total).sort(comparison(order, total)).slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS).map(({ id }) => id)
  return { files: await findFiles(sql, ids), page, pages, total, isCut }
}

/** Names in natural order, many of them in that of the database, which takes less time. */
function comparison ({ by, isDescending }: FileOrder, total: number): (a: FoundFile, b: FoundFile) => number {
  const sign = isDescending ? -1 : 1
  const exactly = <V extends string | number>(a: V, b: V): number => a < b ? -1 : a > b ? 1 : 0
  const lower = new Map<FoundFile, string>()
  const lowerOf = (file: FoundFile): string => {
    const name = lower.get(file) ?? file.name.toLowerCase()
    lower.set(file, name)
    return name
  }
  const byName = (a: FoundFile, b: FoundFile): number => exactly(lowerOf(a), lowerOf(b)) || exactly(a.name, b.name)
  const byKey = {
    name: total <= MAX_SORTED ? (a: FoundFile, b: FoundFile) => compareNames(a.name, b.name) : byName,
    size: (a: FoundFile, b: FoundFile) => a.size - b.size || byName(a, b),
    date: (a: FoundFile, b: FoundFile) => a.uploadedAt - b.uploadedAt
  }[by]
  return (a, b) => sign * (byKey(a, b) || exactly(a.id, b.id))
}

/** Names compared in one statement: about four milliseconds, during which nobody else is served. */
const SLICE = 30_000

/** At most one more than `MAX_FOUND`. */
async function find (sql: Sql, ownerId: number, text: string, giveWay: () => Promise<void>): Promise<readonly FoundFile[]> {
  const batches = await listBatches(sql, ownerId)
  const isLarge = batches.reduce((sum, { files }) => sum + files, 0) > SLICE
  const listed = isLarge ? await sql.names?.find(ownerId, text, MAX_FOUND + 1, giveWay) : undefined
  return listed ?? await findInSlices(sql, ownerId, batches, anywhere(text), giveWay)
}

async function findInSlices (sql: Sql, ownerId: number, batches: readonly Batch[], pattern: string, giveWay: () => Promise<void>): Promise<FoundFile[]> {
  const found: FoundFile[] = []
  for (const batch of batches) {
    let range: Range | undefined = {}
    while (range !== undefined) {
      const { names, next }: Slice = await nextSlice(sql, ownerId, batch, range)
      found.push(...await readSlice(sql, ownerId, batch, names, { pattern, most: MAX_FOUND + 1 - found.length }))
      if (found.length > MAX_FOUND) return found
      range = next
      await giveWay()
    }
  }
  return found
}

/** A row with these columns. */
export const toFoundFile = (row: SqlRow): FoundFile => ({ id: textOf(row, 'id'), name: textOf(row, 'name'), size: numberOf(row, 'size'), uploadedAt: numberOf(row, 'uploaded_at') })

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

/** Names in lower case. Comparing whole places in a list instead, so that equal names could be split, takes three times as long. */
interface Range {
  readonly from?: string
  readonly after?: string
  readonly before?: string
  readonly upTo?: string
}

interface Slice {
  readonly names: Range
  /** What is left behind it. */
  readonly next: Range | undefined
}

/** The names up to the one that is `SLICE` further; if that is the first name itself, all files with this name. */
async function nextSlice (sql: Sql, ownerId: number, batch: Batch, range: Range): Promise<Slice> {
  if (batch.files <= SLICE) return { names: range, next: undefined }
  const { where, params } = conditionOf(ownerId, batch, range)
  const row = await sql.get(`select lower(name) as name from files where ${where} order by lower(name) limit 1 offset ${SLICE}`, params)
  if (row === undefined) return { names: range, next: undefined }
  const name = textOf(row, 'name')
  return name === range.from ? { names: { from: name, upTo: name }, next: { after: name } } : { names: { ...range, before: name }, next: { from: name } }
}

/** Reads entries of the index, and the rows of what matches. */
async function readSlice (sql: Sql, ownerId: number, batch: Batch, range: Range, { pattern, most }: { readonly pattern: string, readonly most: number }): Promise<FoundFile[]> {
  const { where, params } = conditionOf(ownerId, batch, range)
  const rows = await sql.all(`select id, name, size, uploaded_at from files where ${where} and lower(name) like $pattern escape '\\' limit $most`, { ...params, pattern, most })
  return rows.map(toFoundFile)
}

const SIGNS: Readonly<Record<keyof Range, string>> = { from: '>=', after: '>', before: '<', upTo: '<=' }

function conditionOf (ownerId: number, { folderIds }: Batch, range: Range): { readonly where: string, readonly params: SqlParams } {
  const folders = listOf('folder', folderIds)
  const bounds = Object.keys(SIGNS).filter((name): name is keyof Range => name in range).map(name => ` and lower(name) ${SIGNS[name]} $${name}`)
  return { where: `owner_id = $ownerId and folder_id in ${folders.sql}${bounds.join('')}`, params: { ...folders.params, ...range, ownerId } }
}
