/** How many files each folder has, and all folders together: kept where files are added, moved and removed, in the same transaction. */
import type { Sql, SqlParams, Statement } from '../../ports.ts'
import { numberOf } from '../sql.ts'

export interface FileTotals {
  readonly files: number
  readonly bytes: number
}

/** Folders of nobody's account have owner 0. */
const OWNER = 'coalesce(owner_id, 0)'

/** All files, in parts: with one row, uploads of all users would wait for each other on PostgreSQL. */
const PART = `${OWNER} % 64`

/** For a batch, after files were added or moved: counts the files for which `which` holds, in their folders. */
export const countIn = (which: string, params: SqlParams): Statement[] => [
  {
    sql: `insert into folder_totals (owner_id, folder_id, files, bytes)
          select ${OWNER}, folder_id, count(*), sum(size) from files where ${which} group by ${OWNER}, folder_id
          on conflict (owner_id, folder_id) do update set files = folder_totals.files + excluded.files, bytes = folder_totals.bytes + excluded.bytes`,
    params
  },
  {
    sql: `insert into file_totals (part, files, bytes) select ${PART}, count(*), sum(size) from files where ${which} group by ${PART}
          on conflict (part) do update set files = file_totals.files + excluded.files, bytes = file_totals.bytes + excluded.bytes`,
    params
  }
]

/** For a batch, before files are moved or removed: the same files are counted no longer. */
export const countOut = (which: string, params: SqlParams): Statement[] => [
  {
    sql: `update folder_totals set files = folder_totals.files - gone.files, bytes = folder_totals.bytes - gone.bytes
          from (select ${OWNER} as owner_id, folder_id, count(*) as files, sum(size) as bytes from files where ${which} group by ${OWNER}, folder_id) as gone
          where folder_totals.owner_id = gone.owner_id and folder_totals.folder_id = gone.folder_id`,
    params
  },
  {
    sql: `delete from folder_totals where files = 0 and (owner_id, folder_id) in (select ${OWNER}, folder_id from files where ${which})`,
    params
  },
  {
    sql: `update file_totals set files = file_totals.files - gone.files, bytes = file_totals.bytes - gone.bytes
          from (select ${PART} as part, count(*) as files, sum(size) as bytes from files where ${which} group by ${PART}) as gone
          where file_totals.part = gone.part`,
    params
  }
]

/** Files directly in a folder. */
export async function readFolderTotals (sql: Sql, ownerId: number | null, folderId: string): Promise<FileTotals> {
  return toTotals(await sql.get('select files, bytes from folder_totals where owner_id = $owner and folder_id = $folderId', { owner: ownerId ?? 0, folderId }))
}

/** All files of an owner. */
export async function readOwnerTotals (sql: Sql, ownerId: number): Promise<FileTotals> {
  return toTotals(await sql.get('select coalesce(sum(files), 0) as files, coalesce(sum(bytes), 0) as bytes from folder_totals where owner_id = $ownerId', { ownerId }))
}

/** Everybody's files. */
export async function readFileTotals (sql: Sql): Promise<FileTotals> {
  return toTotals(await sql.get('select coalesce(sum(files), 0) as files, coalesce(sum(bytes), 0) as bytes from file_totals'))
}

const toTotals = (row = {}): FileTotals => Object.keys(row).length === 0 ? { files: 0, bytes: 0 } : { files: numberOf(row, 'files'), bytes: numberOf(row, 'bytes') }

const COUNTED = `select ${OWNER} as owner_id, folder_id, count(*) as files, sum(size) as bytes from files group by ${OWNER}, folder_id`

/** The number of folders whose totals are not those of their files; one more when the sum of all is wrong. */
export async function countWrongTotals (sql: Sql): Promise<number> {
  const row = await sql.get(`
    select (select count(*) from (
        select owner_id, folder_id, files, bytes from (${COUNTED}) as counted except select owner_id, folder_id, files, bytes from folder_totals) as missing)
      + (select count(*) from folder_totals where not exists (
        select 1 from files where ${OWNER} = folder_totals.owner_id and files.folder_id = folder_totals.folder_id))
      + case when (select coalesce(sum(files), 0) from file_totals) = (select count(*) from files)
          and (select coalesce(sum(bytes), 0) from file_totals) = (select coalesce(sum(size), 0) from files) then 0 else 1 end as wrong`) ?? {}
  return numberOf(row, 'wrong')
}

/** For a batch that counts everything again. */
export const recountTotals = (): Statement[] => [
  { sql: 'delete from folder_totals' },
  { sql: `insert into folder_totals (owner_id, folder_id, files, bytes) ${COUNTED}` },
  { sql: 'delete from file_totals' },
  { sql: 'insert into file_totals (part, files, bytes) select owner_id % 64, sum(files), sum(bytes) from folder_totals group by owner_id % 64' }
]
