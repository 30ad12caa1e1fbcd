/** Files of resumed uploads: missing bytes are never invented. */
import { open, rm, type FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { BytesGone, type Durable } from '../../ports.ts'
import { isMissing } from './blob-folder.ts'

const COPY_SIZE = 1024 * 1024

/** The same file, cut to its durable bytes. */
export async function goOn (id: string, path: string, { size }: Durable): Promise<FileHandle> {
  const file = await openUnfinished(id, path, 'r+')
  try {
    const { size: found } = await file.stat()
    if (found < size) throw new BytesGone(id)
    if (found > size) await file.truncate(size)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/** A new file with the durable bytes: a writer that still has the old one open cannot change it. */
export async function copyBeginning (id: string, from: string, to: string, { size, crc32: expected }: Durable): Promise<FileHandle> {
  const source = await openUnfinished(id, from, 'r')
  try {
    const file = await open(to, 'wx')
    try {
      let checksum = 0
      for (let at = 0; at < size;) {
        const { buffer, bytesRead } = await source.read(Buffer.allocUnsafe(Math.min(COPY_SIZE, size - at)), 0, undefined, at)
        if (bytesRead === 0) throw new BytesGone(id)
        const bytes = buffer.subarray(0, bytesRead)
        checksum = crc32(bytes, checksum)
        await file.writeFile(bytes)
        at += bytesRead
      }
      if (checksum !== expected) throw new BytesGone(id)
      return file
    } catch (error) {
      await file.close()
      await rm(to, { force: true })
      throw error
    }
  } finally {
    await source.close()
  }
}

async function openUnfinished (id: string, path: string, flags: 'r' | 'r+'): Promise<FileHandle> {
  try {
    return await open(path, flags)
  } catch (error) {
    throw isMissing(error) ? new BytesGone(id) : error
  }
}
