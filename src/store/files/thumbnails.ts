/** Thumbnails, in the database: they are small, and there is one moment in which a file and its thumbnail go. */
import type { StoredFile } from '../../domain/files/file.ts'
import type { Sql } from '../../ports.ts'
import { textOf } from '../sql.ts'

/** Keeps the thumbnail of a file, or that none can be made of it. Nothing happens when the file is gone. */
export async function keepThumbnail (sql: Sql, fileId: string, image: Buffer | undefined): Promise<void> {
  const params = { fileId }
  await sql.batch([
    { sql: `update files set thumbnail = ${image === undefined ? 0 : 1} where id = $fileId`, params, must: true },
    ...image === undefined ? [] : [{ sql: 'insert into thumbnails (file_id, image) values ($fileId, $image) on conflict do nothing', params: { fileId, image: image.toString('base64') } }]
  ])
}

/** The thumbnail of a file; undefined when it has none, and when the bytes of the file are damaged. */
export async function findThumbnail (sql: Sql, { id, blobId }: Pick<StoredFile, 'id' | 'blobId'>): Promise<Buffer | undefined> {
  const row = await sql.get(`
    select image from thumbnails where file_id = $id and not exists (select 1 from damaged_blobs where blob_id = $blobId)`, { id, blobId })
  return row && Buffer.from(textOf(row, 'image'), 'base64')
}
