/** The end of a resumable upload: the blob is kept, then the rows are written. */
import { refuse, refuseBecause, Refusal } from '../../api/errors.ts'
import { readFolderPath, requireInnerFolder } from '../../api/upload-folder.ts'
import { isOver } from '../../domain/files/bundle.ts'
import { cleanFileName } from '../../domain/files/file-name.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import type { BlobWriter, Ports } from '../../ports.ts'
import { findBundle } from '../../store/files/bundles.ts'
import { findFile } from '../../store/files/files.ts'
import { becomes, type ResumableUpload } from '../../store/uploads/resumable-uploads.ts'
import type { Fields } from '../form.ts'
import { commitFiles, requireFolder } from '../commit.ts'
import { findTicketHolder } from '../reservation.ts'
import { claimOf, destinationOf, formOf, type ResumableContext } from './context.ts'
import { blobOf } from './pieces.ts'

/** What a request left: the upload as it is now, and its file once it is whole. */
export interface Appended {
  readonly upload: ResumableUpload
  readonly file: StoredFile | undefined
}

/** Makes a file of an upload that is whole, once: afterwards it is the same file. `writer` is that of the last piece. Throws BytesGone. */
export async function completeUpload (upload: ResumableUpload, context: ResumableContext, writer?: BlobWriter): Promise<Appended> {
  const { sql } = context.ports
  if (upload.fileId !== null) return { upload, file: await findFile(sql, upload.fileId) }
  const fileId = await becomeFile(upload, writer, context)
  return { upload: { ...upload, fileId }, file: await findFile(sql, fileId) }
}

/** The folder of a file in its bundle, made when it is missing. Throws 10 and 11. */
async function requireBundleFolder (id: string, sent: Fields, ports: Ports): Promise<string> {
  const bundle = await findBundle(ports.sql, id)
  if (bundle === undefined) throw refuse('FOLDER_NOT_FOUND')
  if (isOver(bundle, ports.clock.now())) throw refuseBecause('bundle over')
  return requireInnerFolder(bundle, readFolderPath(sent.get('path')), ports)
}

/** The id of the file. What a refusal ends is gone. */
async function becomeFile (upload: ResumableUpload, writer: BlobWriter | undefined, context: ResumableContext): Promise<string> {
  const { ports, pieces } = context
  const { uploadId, fields, crc32, length } = upload
  const holder = await findTicketHolder(ports, upload.ticketId)
  const { user } = holder
  const sent = formOf(fields)
  try {
    const destination = await destinationOf(upload, context)
    const bundleId = fields.get('target_folder') ?? ''
    // Whoever knows the link of a bundle sends no mails in its owner's name.
    const form = destination?.fields(sent) ?? (bundleId === '' ? sent : { get: (name: string) => name === 'description' ? sent.get(name) : '' })
    const folderId = bundleId !== '' ? await requireBundleFolder(bundleId, sent, ports) : await destination?.folderOf?.(sent) ?? destination?.folderId ?? await requireFolder(user, form, ports)
    await pieces.keep(upload, writer)
    const collected = [{ name: cleanFileName(fields.get('filename') ?? ''), size: length, crc32, blobId: blobOf(uploadId) }]
    const claim = await claimOf(upload, holder, length, context)
    const [file] = await commitFiles({ claim, user }, collected, folderId, form, { publicUrl: sent.get('public_url'), locale: sent.get('locale') }, context,
      files => [...files.map(({ id }) => becomes(uploadId, id)), ...destination?.alongside(files) ?? []])
    if (file === undefined) throw new Error('an upload became no file')
    return file.id
  } catch (error) {
    if (error instanceof Refusal) await pieces.end(uploadId)
    throw error
  }
}
