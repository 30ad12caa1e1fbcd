/** What a storage folder holds, read beside the server that runs on it. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openDatabase } from '../../src/adapters/open-database.ts'

export interface StoredRow {
  readonly id: string
  readonly ownerId: number | null
  readonly name: string
  readonly size: number
  readonly blobId: string
  readonly deleteCode: string
}

export interface StorageState {
  /** Names in `incoming/`, and of all blobs. */
  readonly incoming: readonly string[]
  readonly blobs: readonly string[]
  readonly files: readonly StoredRow[]
  /** The sums over all users and tickets. */
  readonly bytesStored: number
  readonly bytesReserved: number
  readonly ticketsHeld: number
  /** Blobs that the sweep is to remove. */
  readonly doomed: number
  /** Users whose `bytes_stored` is not the sum of their files. */
  readonly miscounted: number
}

export async function readStorage (storage: string): Promise<StorageState> {
  const db = openDatabase(join(storage, 'respace.sqlite'), { readonly: true })
  try {
    const count = (sql: string): number => Number(db.prepare<[], number>(sql).pluck().get())
    return {
      // Without either where bytes are in a bucket.
      incoming: await readdir(join(storage, 'incoming')).catch(() => []),
      blobs: (await blobPaths(storage)).map(path => path.slice(path.lastIndexOf('/') + 1)),
      files: db.prepare<[], StoredRow>(
        'select id, owner_id as ownerId, name, size, blob_id as blobId, delete_code as deleteCode from files order by id').all(),
      bytesStored: count('select coalesce(sum(bytes_stored), 0) from users'),
      bytesReserved: count('select coalesce(sum(reserved_bytes), 0) from tickets'),
      ticketsHeld: count('select count(*) from tickets where upload_id is not null'),
      doomed: count('select count(*) from doomed_blobs'),
      miscounted: count(`select count(*) from users
        where bytes_stored <> (select coalesce(sum(size), 0) from files where owner_id = users.id)`)
    }
  } finally {
    db.close()
  }
}

export async function blobPaths (storage: string): Promise<string[]> {
  const entries = await readdir(join(storage, 'blobs'), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
}

/** Bytes on the disk, unfinished ones too. */
export async function bytesOnDisk (storage: string): Promise<number> {
  const paths = [...await blobPaths(storage), ...(await readdir(join(storage, 'incoming'))).map(name => join(storage, 'incoming', name))]
  const sizes = await Promise.all(paths.map(path => stat(path).then(({ size }) => size, () => 0)))
  return sizes.reduce((sum, size) => sum + size, 0)
}
