/** Bytes that come in several requests, which may break off: what has come is kept, the rest comes later. */
import type { StoredFile } from '../../domain/files/file.ts'
import { findResumableUpload, removeResumableUpload, type ResumableUpload } from '../../store/uploads/resumable-uploads.ts'
import type { Surroundings } from '../incoming.ts'
import { appendBytes } from './append.ts'
import { beginUpload, type Announced } from './begin.ts'
import { completeUpload, type Appended } from './complete.ts'
import type { ResumableContext } from './context.ts'
import { createCurrentRequests } from './current-requests.ts'
import { createPieces } from './pieces.ts'

/** The uploads of one server. */
export function createResumer ({ ports, policy, live, transfers }: Surroundings, findDestination: ResumableContext['findDestination']) {
  const { sql, clock, vault } = ports
  const context: ResumableContext = { ports, policy, live, transfers, findDestination, pieces: createPieces(ports) }
  const requests = createCurrentRequests(live)

  return {
    /** As `beginUpload`. */
    begin: (announced: Announced): Promise<ResumableUpload> => beginUpload(announced, context),
    find: (uploadId: string): Promise<ResumableUpload | undefined> => findResumableUpload(sql, vault, uploadId, clock.now()),
    /**
     * Does the work of a request that appends, after the one before it has ended. It counts as running from this moment, also while it reads
     * what it is about: a client that asks for the offset must not overtake it. `stop` ends the request.
     */
    take: requests.replace,
    /** As `appendBytes`, within `take`. */
    append: (uploadId: string, offset: number, body: AsyncIterator<Buffer>, stop: () => void): Promise<Appended | undefined> => appendBytes(uploadId, offset, body, stop, context),
    /** Resolves when no request writes to an upload any more. */
    ended: (uploadId: string): Promise<void> => requests.ended(uploadId),
    /** Ends a request that still writes to an upload, and waits until what came of it is noted. */
    interrupt: (uploadId: string): Promise<void> => requests.end(uploadId),
    /**
     * The file of an upload that is whole: one that a dead server left unfinished becomes one now. Throws BytesGone when what has come is
     * not there any more.
     */
    async settle (upload: ResumableUpload): Promise<StoredFile | undefined> {
      const { uploadId, receivedBytes, length } = upload
      if (requests.has(uploadId)) return undefined
      if (receivedBytes >= length) return (await requests.replace(uploadId, () => undefined, () => completeUpload(upload, context))).file
      await context.pieces.requireBytes(upload)
    },
    /** Throws away what has come, for its sender: a request that still writes to it is ended first. */
    async terminate (uploadId: string): Promise<void> {
      await requests.end(uploadId)
      await removeResumableUpload(sql, uploadId)
      await context.pieces.throwAway(uploadId)
    }
  }
}
