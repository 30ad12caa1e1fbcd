/** A storage with many files in it, written straight into the database while no server runs. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '../../src/adapters/open-database.ts'
import { serve, session, type Respace } from './respace.ts'

export interface Filled extends Respace {
  /** Addresses of files.getInfo for as many of the files as were asked for, spread over all of them. */
  readonly calls: readonly string[]
}

/** Serves a storage of `files` files of one user; it is filled the first time. */
export async function serveFilled (storage: string, files: number, calls: number): Promise<Filled> {
  if (!existsSync(storage)) {
    const empty = await serve(storage)
    await session(empty)
    await empty.stop()
    fill(join(storage, 'respace.sqlite'), files)
  }
  const respace = await serve(storage)
  const key = await session(respace)
  const step = Math.max(1, Math.floor(files / calls))
  const asked = Array.from({ length: calls }, (_, i) =>
    `${respace.url}/rest/?method=files.getInfo&session_key=${key}&file_id=${fileId((i * step) % files)}`)
  return { ...respace, calls: asked }
}

/** Blobs are not written: files.getInfo tells of rows. */
function fill (path: string, files: number): void {
  const db = openDatabase(path)
  db.exec('pragma synchronous = OFF')
  const insert = db.prepare(`
    insert into files (id, owner_id, folder_id, name, size, crc32, blob_id, delete_code, uploaded_at)
    values ($id, (select min(id) from users), '0', $name, $size, 0, $blobId, $deleteCode, $uploadedAt)`)
  const uploadedAt = Date.now()
  db.transaction(() => {
    for (let i = 0; i < files; i++) {
      const id = fileId(i)
      insert.run({
        id, name: `report ${i} & more.pdf`, size: i, blobId: `blob${id}`.padEnd(24, 'x') + '-0', deleteCode: id.padEnd(32, '0'), uploadedAt
      })
    }
  })()
  db.exec('pragma wal_checkpoint(TRUNCATE)')
  db.close()
}

/** Six characters that look drawn by chance and never repeat: multiplying by a unit modulo 36^6 is a permutation. */
function fileId (index: number): string {
  return ((BigInt(index) * 1_234_567_891n + 987_654_321n) % 36n ** 6n).toString(36).padStart(6, '0')
}
