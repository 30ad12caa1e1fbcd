/** A refusal of the API in words for the reader of a page: programs read its own. */
import { NO_ANONYMOUS_SPACE, NO_ROOM, TOO_MANY_TICKETS, TOO_MANY_UNFINISHED, TooLong, TooManyAttempts, type ErrorName, type Refusal } from '../../api/errors.ts'
import { sentence, type Sentence } from '../../web/i18n/words.ts'

const BY_ERROR: Partial<Readonly<Record<ErrorName, Sentence>>> = {
  PARAMETER_MISSING: sentence('refusal.missing'),
  INVALID_PARAMETER: sentence('refusal.invalid'),
  PARAMETER_BAD_VALUE: sentence('refusal.invalid'),
  FILE_NOT_FOUND: sentence('refusal.fileGone'),
  FOLDER_NOT_FOUND: sentence('refusal.folderGone'),
  PERMISSION_DENIED: sentence('refusal.forbidden'),
  DOWNLOAD_TEMP_ERROR: sentence('refusal.downloadsOff'),
  UPLOAD_TEMP_ERROR: sentence('refusal.uploadsOff'),
  SYSTEM_MAINTENANCE: sentence('refusal.maintenance'),
  FOLDER_NOT_EMPTY: sentence('refusal.folderNotEmpty'),
  PRO_EXPIRED: sentence('refusal.membershipOver'),
  PRO_DISKSPACE_LIMIT: sentence('refusal.diskFull'),
  BAD_PASSWORD: sentence('refusal.wrongPassword'),
  BANDWIDTH_LIMIT: sentence('refusal.noBandwidth'),
  INVALID_EMAIL: sentence('refusal.badEmail'),
  CONTACT_EXISTS: sentence('refusal.contactExists'),
  CONTACT_NOT_EXISTS: sentence('refusal.contactGone'),
  CONTACTS_LIMIT: sentence('refusal.tooManyContacts'),
  BAD_TARGET_FOLDER: sentence('refusal.badTarget')
}

/** Reasons that tell more than the error does, by how the API begins to say them. */
const BY_REASON: ReadonlyArray<readonly [string, Sentence]> = [
  [NO_ROOM, sentence('refusal.serverFull')],
  [NO_ANONYMOUS_SPACE, sentence('refusal.anonymousFull')],
  [TOO_MANY_TICKETS, sentence('refusal.tooManyUploads')],
  [TOO_MANY_UNFINISHED, sentence('refusal.tooManyUploads')],
  ['the file is larger', sentence('refusal.fileTooLarge')],
  ['this type', sentence('refusal.badType')],
  ['more than 50 files', sentence('refusal.tooManyFiles')],
  ['userfile', sentence('refusal.noFile')],
  ['no more than', sentence('refusal.tooManyMails')],
  ['The password cannot be mailed', sentence('refusal.tooManyMails')],
  ['The user name is taken', sentence('register.nameTaken')],
  ['The e-mail address is in use', sentence('register.emailTaken')],
  ['The user name must', sentence('register.badUserName')],
  ['The full name must', sentence('register.badFullName')],
  ['The e-mail address is not', sentence('register.badEmail')],
  ['The password must', sentence('register.badPassword')]
]

export function refusalSentence (refusal: Refusal): Sentence {
  if (refusal instanceof TooLong) return tooLong(refusal.maxBytes)
  const { error, info = '' } = refusal
  if (refusal instanceof TooManyAttempts) return ({ count }) => count('attempts.tooMany', Math.max(1, Math.ceil(refusal.retryAfter / 60_000)))
  return BY_REASON.find(([start]) => info.startsWith(start))?.[1] ?? BY_ERROR[error] ?? sentence('refusal.unknown')
}

/** At a field whose text does not fit. */
export const tooLong = (maxBytes: number): Sentence => words => words.say('refusal.tooLong', { most: words.number(maxBytes) })
