/** Lists of files on pages: a folder may have any number. */
import { compareNames, PAGE_ROWS, type AskedPage, type FileOrder, type FilePage } from '../../domain/files/file-order.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import { hasReachedLimit } from '../../domain/files/file-limit.ts'
import type { Sql, SqlParams, SqlRow } from '../../ports.ts'
import { readFolderTotals } from './file-totals.ts'
import { findFiles, limitsOf } from './files.ts'
import { ownedBy } from './folder-tree.ts'
import { numberOf, textOf } from '../sql.ts'

/** The files directly in a folder. */
export interface Shelf {
  /** null: files without an owner. */
  readonly ownerId: number | null
  readonly folderId: string
  /** Only files whose limits are not reached at this moment. */
  readonly availableAt?: number
}

/** Each order has an index, which ends with the id. */
const ORDERS: Readonly<Record<FileOrder['by'], readonly string[]>> = {
  name: ['lower(name)', 'name', 'id'],
  size: ['size', 'lower(name)', 'id'],
  date: ['uploaded_at', 'id']
}

/** Up to this many names are sorted in natural order, which databases cannot do; more would block all others. */
export const MAX_SORTED = 1000

/** A page of a list; the last page when a later one is requested. `giveWay` lets others be served while a page far inside is looked for. */
export async function listFilePage (sql: Sql, shelf: Shelf, order: FileOrder, asked: AskedPage, giveWay: () => Promise<void>): Promise<FilePage<StoredFile>> {
  const list = await lookAt(sql, shelf)
  const { total } = list
  const pages = Math.max(1, Math.ceil(total / PAGE_ROWS))
  const page = Math.min(asked.page, pages)
  const start = (page - 1) * PAGE_ROWS
  if (order.by === 'name' && total <= MAX_SORTED) {
    const names = (await sql.all(`select id, name from files where ${list.where} limit ${MAX_SORTED}`, list.params)).map(row => ({ id: textOf(row, 'id'), name: textOf(row, 'name') }))
    names.sort((a, b) => (compareNames(a.name, b.name) || (a.id < b.id ? -1 : 1)) * (order.isDescending ? -1 : 1))
    return { files: await findFiles(sql, names.slice(start, start + PAGE_ROWS).map(({ id }) => id)), page, pages, total }
  }
  const ids = await readBeside(sql, list, order, asked) ?? await readAt(sql, list, order, start, giveWay)
  const [first, last] = [ids.at(0), ids.at(-1)]
  return { files: await findFiles(sql, ids), page, pages, total, ...total > MAX_SORTED && first !== undefined && last !== undefined && { ends: { first, last } } }
}

/** A condition with its parameters. */
interface Condition {
  readonly where: string
  readonly params: SqlParams
}

interface Listed extends Condition {
  /** Whether some files are left out, for which each row has to be read. */
  readonly hasReached: boolean
  readonly total: number
}

/** The files of a list and their number. As long as no limit is reached, the condition needs no look at them: the index is enough. */
async function lookAt (sql: Sql, { availableAt, ...place }: Shelf): Promise<Listed> {
  const [inFolder, { files }] = [conditionOf(place), await readFolderTotals(sql, place.ownerId, place.folderId)]
  if (availableAt === undefined) return { ...inFolder, hasReached: false, total: files }
  const row = await sql.get(`
    select (select count(*) from files where ${inFolder.where} and expires_at is not null and expires_at <= $availableAt)
      + (select count(*) from files where ${inFolder.where} and download_limit is not null and downloads >= download_limit
          and (expires_at is null or expires_at > $availableAt)) as reached`, { ...inFolder.params, availableAt }) ?? {}
  const reached = numberOf(row, 'reached')
  return reached === 0 ? { ...inFolder, hasReached: false, total: files } : { ...conditionOf({ ...place, availableAt }), hasReached: true, total: files - reached }
}

/** The page that begins behind a file, or ends before it; undefined when the file is gone or the page is not whole: then its number counts. */
async function readBeside (sql: Sql, list: Condition, order: FileOrder, { after, before }: AskedPage): Promise<string[] | undefined> {
  const id = after ?? before
  const isForward = after !== undefined
  const at = id === undefined ? undefined : await sql.get(`select ${keysOf(order)} from files where id = $id and ${list.where}`, { ...list.params, id })
  if (at === undefined) return undefined
  const ids = await readFrom(sql, list, isForward ? order : reversed(order), at, PAGE_ROWS)
  if (isForward) return ids.length > 0 ? ids : undefined
  return ids.length === PAGE_ROWS ? ids.reverse() : undefined
}

/**
 * Files that are passed over in one statement, about ten milliseconds: the first ones only count entries of the index, later ones also compare them with
 * the place reached so far, and where limits are reached each row is read.
 */
const STEPS = { first: 200_000, later: 50_000, withRows: 10_000 }

/** The page that begins with the file number `start`, from 0, counted from the nearer end. */
async function readAt (sql: Sql, list: Listed, order: FileOrder, start: number, giveWay: () => Promise<void>): Promise<string[]> {
  const { total } = list
  const length = Math.min(PAGE_ROWS, total - start)
  const isForward = start <= total / 2
  const way = isForward ? order : reversed(order)
  let at: SqlRow | undefined
  for (let left = isForward ? start : total - start - length; left > 0;) {
    if (at !== undefined) await giveWay()
    const passed = Math.min(left, list.hasReached ? STEPS.withRows : at === undefined ? STEPS.first : STEPS.later)
    const next: SqlRow | undefined = await sql.get(`select ${keysOf(way)} from files where ${list.where}${beyond(way, at)} order by ${sortOf(way)} limit 1 offset $others`,
      { ...list.params, ...at, others: passed - 1 })
    // Files were removed meanwhile.
    if (next === undefined) return []
    at = next
    left -= passed
  }
  const ids = await readFrom(sql, list, way, at, length)
  return isForward ? ids : ids.reverse()
}

async function readFrom (sql: Sql, list: Condition, way: FileOrder, at: SqlRow | undefined, most: number): Promise<string[]> {
  const rows = await sql.all(`select id from files where ${list.where}${beyond(way, at)} order by ${sortOf(way)} limit $most`, { ...list.params, ...at, most })
  return rows.map(row => textOf(row, 'id'))
}

const reversed = ({ by, isDescending }: FileOrder): FileOrder => ({ by, isDescending: !isDescending })

const sortOf = ({ by, isDescending }: FileOrder): string => ORDERS[by].map(column => isDescending ? `${column} desc` : column).join(', ')

/** The place of a file in an order, as parameters. */
const keysOf = ({ by }: FileOrder): string => ORDERS[by].map((column, i) => `${column} as key${i}`).join(', ')

/** The files behind a place. The first comparison is for SQLite, which uses no index on expressions for the second one: 0.5 ms instead of 60. */
function beyond ({ by, isDescending }: FileOrder, at: SqlRow | undefined): string {
  if (at === undefined) return ''
  const [columns, sign] = [ORDERS[by], isDescending ? '<' : '>']
  return ` and ${columns[0]} ${sign}= $key0 and (${columns.join(', ')}) ${sign} (${columns.map((_, i) => `$key${i}`).join(', ')})`
}

/** Files of which `hasOpenFile` looks for one: more would block all others. */
const MAX_LOOKED_AT = 10_000

/** Whether one of them needs no password, or the one that the reader has given. */
export async function hasOpenFile (sql: Sql, shelf: Shelf, sealedPassword?: string): Promise<boolean> {
  const { where, params } = conditionOf(shelf)
  const given = sealedPassword === undefined ? '' : ' or sealed_password = $sealedPassword'
  return await sql.get(`select 1 from (select sealed_password from files where ${where} limit ${MAX_LOOKED_AT}) as some_files where sealed_password is null${given} limit 1`,
    { ...params, ...sealedPassword !== undefined && { sealedPassword } }) !== undefined
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

function conditionOf ({ ownerId, folderId, availableAt }: Shelf): Condition {
  const owned = ownedBy(ownerId)
  const inFolder = `${owned.sql} and folder_id = $folderId`
  if (availableAt === undefined) return { where: inFolder, params: { ...owned.params, folderId } }
  return {
    where: `${inFolder} and (expires_at is null or expires_at > $availableAt) and (download_limit is null or downloads < download_limit)`,
    params: { ...owned.params, folderId, availableAt }
  }
}
