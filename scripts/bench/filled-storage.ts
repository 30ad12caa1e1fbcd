/** A storage with many files, written directly into the database while no server runs. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { openPostgres } from '../../src/adapters/database/postgres.ts'
import { recountTotals } from '../../src/store/files/file-totals.ts'
import { serve, session, type Respace } from './respace.ts'

export interface Filled extends Respace {
  /** URLs of files.getInfo for the requested number of files, spread over all of them. */
  readonly calls: readonly string[]
}

/** Serves a storage of `files` files of one user, with other settings, optionally in PostgreSQL; it is filled the first time. */
export async function serveFilled (storage: string, files: number, calls: number, variables: Readonly<Record<string, string>> = {}): Promise<Filled> {
  if (!existsSync(storage)) {
    const empty = await serve(storage, variables)
    await session(empty)
    await empty.stop()
    if (variables.RESPACE_DATABASE === undefined) fill(join(storage, 'respace.sqlite'), files)
    else await fillPostgres(variables.RESPACE_DATABASE, files)
  }
  const respace = await serve(storage, variables)
  return { ...respace, calls: await callsOf(respace, files, calls) }
}

/** URLs of files.getInfo on a server with a filled storage. */
export async function callsOf (respace: Pick<Respace, 'url'>, files: number, calls: number): Promise<string[]> {
  const key = await session(respace)
  const step = Math.max(1, Math.floor(files / calls))
  return Array.from({ length: calls }, (_, i) =>
    `${respace.url}/rest/?method=files.getInfo&session_key=${key}&file_id=${fileId((i * step) % files)}`)
}

const INSERT = `
  insert into files (id, owner_id, folder_id, name, size, crc32, blob_id, delete_code, uploaded_at)
  values ($id, (select min(id) from users), '0', $name, $size, 0, $blobId, $deleteCode, $uploadedAt)`

function rowOf (index: number, uploadedAt: number): Record<string, string | number> {
  const id = fileId(index)
  return { id, name: `report ${index} & more.pdf`, size: index, blobId: `blob${id}`.padEnd(24, 'x') + '-0', deleteCode: id.padEnd(32, '0'), uploadedAt }
}

/** Blobs are not written: files.getInfo reads only rows. */
function fill (path: string, files: number): void {
  const db = openDatabase(path)
  db.exec('pragma synchronous = OFF')
  const insert = db.prepare(INSERT)
  const uploadedAt = Date.now()
  db.transaction(() => {
    for (let i = 0; i < files; i++) insert.run(rowOf(i, uploadedAt))
    for (const { sql } of recountTotals()) db.prepare(sql).run()
  })()
  db.exec('pragma wal_checkpoint(TRUNCATE)')
  db.close()
}

async function fillPostgres (database: string, files: number): Promise<void> {
  const sql = await openPostgres(database, 1, 60_000)
  const uploadedAt = Date.now()
  await sql.batch(Array.from({ length: files }, (_, i) => ({ sql: INSERT, params: rowOf(i, uploadedAt) })))
  await sql.batch(recountTotals())
  await sql.run('analyze')
  await sql.close()
}

/** Six characters that look random and never repeat: multiplying by a unit modulo 36^6 is a permutation. */
function fileId (index: number): string {
  return ((BigInt(index) * 1_234_567_891n + 987_654_321n) % 36n ** 6n).toString(36).padStart(6, '0')
}
