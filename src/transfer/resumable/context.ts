/** What all stages of resumable uploads work with. */
import type { Claim } from '../../store/uploads/upload-space.ts'
import type { ResumableUpload } from '../../store/uploads/resumable-uploads.ts'
import { storable, type Fields } from '../form.ts'
import type { Destination, Surroundings } from '../incoming.ts'
import { quotaOf, type TicketHolder } from '../reservation.ts'
import type { Pieces } from './pieces.ts'

/** What every upload works with, and what resumable ones need besides. */
export interface ResumableContext extends Surroundings {
  readonly pieces: Pieces
  /** Where an upload goes that answers a file request, by what its sender said; throws when nothing may come by it now. */
  findDestination (requestId: string, fields: Fields): Promise<Destination>
}

/** What its sender said, as the store can hold it. */
export const formOf = (fields: ReadonlyMap<string, string>): Fields => ({ get: name => storable(name, fields.get(name) ?? '') })

/** undefined for an upload that answers no file request. Throws when nothing more may come by the request. */
export const destinationOf = async ({ requestId, fields }: Pick<ResumableUpload, 'requestId' | 'fields'>, { findDestination }: ResumableContext): Promise<Destination | undefined> =>
  requestId === null ? undefined : findDestination(requestId, formOf(fields))

/** What an upload takes of its account's space. */
export async function claimOf ({ uploadId }: ResumableUpload, { ticket, user }: TicketHolder, contentLength: number | null, { ports, policy }: ResumableContext): Promise<Claim> {
  return { ticket, uploadId, quota: await quotaOf(user, policy, ports.room), contentLength }
}
