/** What a storage folder and its database hold, read beside the server that runs on them. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { numberOf, numberOrNull, textOf } from '../../src/store/sql.ts'
import { openReader } from './database.ts'

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

/** Asserts these parts of it wholly: tap's `match` takes an empty list for any list. */
export async function storageHolds (t: { strictSame (found: unknown, wanted: unknown): unknown }, storage: string, wanted: Partial<StorageState>): Promise<void> {
  const state = await readStorage(storage)
  t.strictSame(Object.fromEntries((Object.keys(wanted) as Array<keyof StorageState>).map(key => [key, state[key]])), wanted)
}

export async function readStorage (storage: string): Promise<StorageState> {
  const reader = await openReader(storage)
  try {
    const count = async (sql: string): Promise<number> => Number((await reader.all(sql))[0]?.n)
    const rows = await reader.all('select id, owner_id, name, size, blob_id, delete_code from files order by id')
    return {
      // Without either where bytes are in a bucket.
      incoming: await readdir(join(storage, 'incoming')).catch(() => []),
      blobs: (await blobPaths(storage)).map(path => path.slice(path.lastIndexOf('/') + 1)),
      files: rows.map(row => ({
        id: textOf(row, 'id'),
        ownerId: numberOrNull(row, 'owner_id'),
        name: textOf(row, 'name'),
        size: numberOf(row, 'size'),
        blobId: textOf(row, 'blob_id'),
        deleteCode: textOf(row, 'delete_code')
      })),
      bytesStored: await count('select coalesce(sum(bytes_stored), 0) as n from users'),
      bytesReserved: await count('select coalesce(sum(reserved_bytes), 0) as n from tickets'),
      ticketsHeld: await count('select count(*) as n from tickets where upload_id is not null'),
      doomed: await count('select count(*) as n from doomed_blobs'),
      miscounted: await count(`select count(*) as n from users
        where bytes_stored <> (select coalesce(sum(size), 0) from files where owner_id = users.id)`)
    }
  } finally {
    await reader.close()
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
