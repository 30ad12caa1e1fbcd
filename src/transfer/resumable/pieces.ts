/** The bytes of resumable uploads: resumed, kept, or discarded, even if other requests still write to them. */
import { BytesGone, type BlobWriter, type Copies, type Ports } from '../../ports.ts'
import { findResumableUpload, giveUpUpload, releaseWriteLock, type ResumableUpload } from '../../store/uploads/resumable-uploads.ts'
import { abandonUpload } from '../../store/uploads/uploads.ts'

/** The blob of an upload that is one file; the sweep knows it by this name. */
export const blobOf = (uploadId: string): string => `${uploadId}-0`

const durableOf = ({ receivedBytes, crc32 }: ResumableUpload) => ({ size: receivedBytes, crc32 })

export function createPieces ({ sql, blobs, clock, vault }: Pick<Ports, 'sql' | 'blobs' | 'clock' | 'vault'>) {
  /**
   * A writer for whoever has the write lock; undefined when another has taken it meanwhile. Throws BytesGone when what has come is not there
   * any more; the upload has ended then, and its space is free.
   */
  async function resume (upload: ResumableUpload, copies: Copies, lock: string): Promise<BlobWriter | undefined> {
    const { uploadId } = upload
    try {
      return await blobs.resume(blobOf(uploadId), durableOf(upload), copies)
    } catch (error) {
      if (!(error instanceof BytesGone)) throw error
      if (!await giveUpUpload(sql, uploadId, lock)) return undefined
      await throwAway(uploadId)
      throw error
    }
  }

  /** After a full disk: acknowledged bytes stay, later ones are removed to free the space. */
  async function cutOff (writer: BlobWriter, upload: ResumableUpload, { from, to }: Copies, lock: string): Promise<void> {
    try {
      await writer.leave()
      if (from === to) await (await blobs.resume(blobOf(upload.uploadId), durableOf(upload), { from, to })).leave()
      await releaseWriteLock(sql, upload.uploadId, lock)
    } catch {
      // The next piece cuts them off.
    }
  }

  /** Turns a complete upload into a blob. `writer` is that of the last piece, in the process that received it. Throws BytesGone, after which the upload has ended. */
  async function keep (upload: ResumableUpload, writer: BlobWriter | undefined): Promise<void> {
    const { uploadId, generation } = upload
    const blobId = blobOf(uploadId)
    if (writer === undefined && await blobs.has(blobId)) return
    try {
      const last = writer ?? await blobs.resume(blobId, durableOf(upload), { from: generation, to: generation })
      if (writer === undefined) await last.finish()
      await last.keep()
    } catch (error) {
      if (!(error instanceof BytesGone)) throw error
      // Another process may have kept it at the same moment.
      if (await blobs.has(blobId)) return
      await end(uploadId)
      throw error
    }
  }

  /** Throws BytesGone, after which the upload has ended, when its received bytes are missing. */
  async function requireBytes (upload: ResumableUpload): Promise<void> {
    const { uploadId, receivedBytes, generation } = upload
    if (receivedBytes === 0 || await blobs.holds(blobOf(uploadId), durableOf(upload), generation)) return
    // It may have been resumed elsewhere since it was found.
    const now = await findResumableUpload(sql, vault, uploadId, clock.now())
    if (now?.receivedBytes !== receivedBytes || now.generation !== generation || now.fileId !== null) return
    await end(uploadId)
    throw new BytesGone(uploadId)
  }

  /** Discards the received bytes and releases the space; an upload that became a file meanwhile stays. */
  async function end (uploadId: string): Promise<void> {
    await giveUpUpload(sql, uploadId)
    await throwAway(uploadId)
  }

  /** The same for an upload without a row. */
  async function throwAway (uploadId: string): Promise<void> {
    if (await abandonUpload(sql, uploadId, [blobOf(uploadId)], clock.now())) await blobs.remove([blobOf(uploadId)])
  }

  return { resume, cutOff, keep, requireBytes, end, throwAway }
}

/** What `createPieces` makes. */
export type Pieces = ReturnType<typeof createPieces>
