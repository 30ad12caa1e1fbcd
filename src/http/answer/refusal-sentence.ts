/** A refusal of the API in words for the reader of a page: programs read its own. */
import { TooLong, TooManyAttempts, type ErrorName, type Reason, type Refusal } from '../../api/errors.ts'
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

/** Reasons that tell more than the error does. */
const BY_REASON: Readonly<Record<Reason, Sentence>> = {
  'no room': sentence('refusal.serverFull'),
  'no anonymous space': sentence('refusal.anonymousFull'),
  'too many tickets': sentence('refusal.tooManyUploads'),
  'too many unfinished': sentence('refusal.tooManyUploads'),
  'file too large': sentence('refusal.fileTooLarge'),
  'bad type': sentence('refusal.badType'),
  'too many files': sentence('refusal.tooManyFiles'),
  'bad path': sentence('refusal.badPath'),
  'too many folders': sentence('refusal.tooManyFolders'),
  'logged out': sentence('refusal.loggedOut'),
  'bundle over': sentence('refusal.bundleOver'),
  'too many bundles': sentence('refusal.tooManyUploads'),
  'no file': sentence('refusal.noFile'),
  'too many mails': sentence('refusal.tooManyMails'),
  'no password mail': sentence('refusal.tooManyMails'),
  'name taken': sentence('register.nameTaken'),
  'e-mail taken': sentence('register.emailTaken'),
  'bad user name': sentence('register.badUserName'),
  'bad full name': sentence('register.badFullName'),
  'bad e-mail': sentence('register.badEmail'),
  'bad password': sentence('register.badPassword')
}

export function refusalSentence (refusal: Refusal): Sentence {
  if (refusal instanceof TooLong) return tooLong(refusal.maxBytes)
  const { error, reason } = refusal
  if (refusal instanceof TooManyAttempts) return ({ count }) => count('attempts.tooMany', Math.max(1, Math.ceil(refusal.retryAfter / 60_000)))
  return (reason && BY_REASON[reason]) ?? BY_ERROR[error] ?? sentence('refusal.unknown')
}

/** At a field whose text does not fit. */
export const tooLong = (maxBytes: number): Sentence => words => words.say('refusal.tooLong', { most: words.number(maxBytes) })
