/** The moment in which received bytes become files. */
import { refuse, refuseBecause } from '../api/errors.ts'
import { sealFilePassword } from '../domain/accounts/credentials.ts'
import { isEmail, MAX_RECIPIENTS, splitList, withoutRepeats } from '../domain/mail/email.ts'
import { anonymousLimit } from '../domain/files/file-limit.ts'
import { isNamedAsImage } from '../domain/files/thumbnail.ts'
import { newDeleteCode, newShortId, ROOT_FOLDER } from '../domain/identifiers.ts'
import type { User } from '../domain/accounts/user.ts'
import type { Ports, Statement } from '../ports.ts'
import { isOwnFolder } from '../store/files/folder-tree.ts'
import { isForSomebody, type Notice } from '../store/uploads/upload-notifications.ts'
import { commitUpload, type NewFile } from '../store/uploads/uploads.ts'
import type { CollectedFile } from './collect.ts'
import type { Fields } from './form.ts'
import { noSpace, type Reservation } from './reservation.ts'
import type { Incoming, Surroundings } from './incoming.ts'
import { createSecondChance } from './second-chance.ts'

/** Of a list of addresses: most of a longer one is no address. */
const MAX_ITEMS = 1000

/** The folder that is asked for, the root for whoever has none; throws 10. */
export async function requireFolder (user: User | undefined, fields: Fields, { sql }: Pick<Ports, 'sql'>): Promise<string> {
  const folderId = (user && fields.get('folder_id').trim()) || ROOT_FOLDER
  if (user && !await isOwnFolder(sql, user.id, folderId)) throw refuse('FOLDER_NOT_FOUND')
  return folderId
}

/** The last stage of a request that has come whole: the remaining rules, then the blobs, then the rows. Throws refusals. */
export async function commitRequest (
  reservation: Reservation, files: readonly CollectedFile[], form: Fields, { destination, gather, trustedUrl, locale }: Pick<Incoming, 'destination' | 'gather' | 'trustedUrl' | 'locale'>,
  context: Pick<Surroundings, 'ports' | 'policy' | 'transfers'>
): Promise<readonly NewFile[]> {
  reservation.verifyProof(form.get('extra_info'))
  if (files.length === 0) throw refuseBecause('no file')
  const place = destination ?? await gather?.(files.length, form)
  const fields = place?.fields(form) ?? form
  const folderId = place?.folderId ?? await requireFolder(reservation.user, form, context.ports)
  await Promise.all(files.map(file => file.writer.keep()))
  return commitFiles(reservation, files, folderId, fields, { publicUrl: trustedUrl, locale }, context, destination?.alongside)
}

/** Writes the rows, and `alongside` with them; a file id that is taken is drawn again. */
export async function commitFiles (
  { claim, user }: Pick<Reservation, 'claim' | 'user'>, collected: ReadonlyArray<Omit<CollectedFile, 'writer'>>, folderId: string, fields: Fields, origin: Pick<Notice, 'publicUrl' | 'locale'>,
  { ports, policy, transfers }: Pick<Surroundings, 'ports' | 'policy' | 'transfers'>, alongside: (files: readonly NewFile[]) => readonly Statement[] = () => []
): Promise<readonly NewFile[]> {
  const password = fields.get('password')
  const notice = {
    // What is no address is passed over: a mail never fails an upload.
    recipients: withoutRepeats(splitList(fields.get('recipient_email'), MAX_ITEMS).filter(isEmail)).slice(0, MAX_RECIPIENTS),
    message: fields.get('recipient_message'),
    isUploaderNotified: user !== undefined && fields.get('notify_uploader').trim() === '1',
    ...origin
  }
  const mayFit = createSecondChance({ ports, transfers }, claim.ticket.userId)
  while (true) {
    const now = ports.clock.now()
    const files = collected.map(({ name, size, crc32, blobId }) => ({
      id: newShortId(ports.ids),
      ownerId: user?.id ?? null,
      folderId,
      name,
      description: fields.get('description'),
      sealedPassword: password === '' ? null : sealFilePassword(ports.vault, password),
      size,
      crc32,
      blobId,
      deleteCode: newDeleteCode(ports.ids),
      uploadedAt: now,
      ...user === undefined ? anonymousLimit(policy, now) : { expiresAt: null, limitAction: null }
    }))
    const outcome = await commitUpload(ports.sql, claim, files, notice, now, alongside(files))
    if (outcome === 'committed') {
      if (isForSomebody(notice)) ports.mailer.wake()
      // Others are not read: most files are no images, and from a bucket each look is a request.
      for (const file of files) if (isNamedAsImage(file.name)) ports.thumbnails.want(file)
      return files
    }
    if (outcome === 'switched off') throw refuse('INVALID_PARAMETER', 'UPLOAD_IDENTIFIER')
    if (outcome === 'no folder') throw refuse('FOLDER_NOT_FOUND')
    if (outcome === 'full' && !await mayFit()) throw noSpace(claim.ticket.userId)
    if (outcome === 'lost') throw refuse('UPLOAD_TEMP_ERROR')
  }
}
