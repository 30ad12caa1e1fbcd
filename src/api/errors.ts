import type { BrokenRule } from '../domain/accounts/registration.ts'

/** The 33 errors of the guide. 27 has no text of its own: it is the specific reason. */
export const ERRORS = {
  NO_METHOD: { code: 1, text: 'No method parameter in request' },
  UNKNOWN_METHOD: { code: 2, text: 'Unknown method' },
  SESSION_KEY_MISSING: { code: 3, text: 'Session key parameter missing' },
  PARAMETER_MISSING: { code: 4, text: 'Method parameter(s) missing' },
  BAD_API_VERSION: { code: 5, text: 'Unknown or unsupported API version' },
  SESSION_BAD: { code: 6, text: 'Session expired or not found' },
  SESSION_NOT_AUTH: { code: 7, text: 'Session not authenticated' },
  AUTHENTICATION_FAILURE: { code: 8, text: 'Authentication error' },
  FILE_NOT_FOUND: { code: 9, text: 'File not found' },
  FOLDER_NOT_FOUND: { code: 10, text: 'Folder not found' },
  PERMISSION_DENIED: { code: 11, text: 'Permission denied' },
  DOWNLOAD_TEMP_ERROR: { code: 12, text: 'Download is temporarily unavailable' },
  UPLOAD_TEMP_ERROR: { code: 13, text: 'Upload is temporarily unavailable' },
  FOLDER_NOT_EMPTY: { code: 14, text: 'Folder is not empty' },
  SYSTEM_MAINTENANCE: { code: 15, text: 'System maintenance, try again later' },
  INVALID_PARAMETER: { code: 16, text: 'One of the parameters is invalid' },
  HTTPS_FORBIDDEN: { code: 17, text: 'HTTPS is forbidden for current user' },
  UNKNOWN_API_KEY: { code: 18, text: 'Unknown API key sent' },
  PRO_EXPIRED: { code: 19, text: 'Pro user, account expired' },
  PRO_DISKSPACE_LIMIT: { code: 20, text: 'Pro user, reached disk space limit' },
  PARAMETER_BAD_VALUE: { code: 21, text: 'One of the parameter values is invalid' },
  BAD_PASSWORD: { code: 22, text: 'A wrong or empty password was given' },
  BANDWIDTH_LIMIT: { code: 23, text: 'Account bandwidth limit reached' },
  INVALID_EMAIL: { code: 24, text: 'Email(s) are invalid' },
  OUTDATED_VERSION: { code: 25, text: 'The application version you are using is too old. Please upgrade it.' },
  INVALID_FILE_URL: {
    code: 26,
    text: 'Not a sendspace download URL (must start with http://www.sendspace.com/ and contain a 6 character link)'
  },
  REGISTRATION_ERROR: { code: 27, text: '' },
  CONTACT_EXISTS: { code: 28, text: 'Contact already exist' },
  CONTACT_NOT_EXISTS: { code: 29, text: 'Contact doesn\'t exist' },
  TOO_MANY_SESSIONS: {
    code: 30,
    text: 'Too many sessions open for your user account. Please close previous sessions.'
  },
  BAD_TARGET_FOLDER: { code: 31, text: 'Invalid target folder selected' },
  CONTACTS_LIMIT: { code: 32, text: 'Reached contacts limit. Please free up unused contacts and try again.' },
  FOLDER_IS_PRIVATE: { code: 33, text: 'Folder is private. Only the owner can view.' }
} as const

export type ErrorName = keyof typeof ERRORS

/** One of the 33, thrown. `info` is the optional third attribute: the parameter's name or the specific reason. */
export class Refusal extends Error {
  readonly error: ErrorName
  readonly info: string | undefined
  /** For other code; programs read `info`. */
  readonly reason: Reason | undefined

  constructor (error: ErrorName, info?: string, reason?: Reason) {
    super(error)
    this.error = error
    this.info = info
    this.reason = reason
  }

  get code (): number {
    return ERRORS[this.error].code
  }

  /** The guide's text; for 27 the reason itself (the guide). */
  get text (): string {
    return this.error === 'REGISTRATION_ERROR' ? this.info ?? '' : ERRORS[this.error].text
  }
}

/** Too much of something was tried: the same will be refused for `retryAfter` milliseconds more. */
export class TooManyAttempts extends Refusal {
  readonly retryAfter: number

  constructor (error: ErrorName, retryAfter: number, info = 'too many attempts') {
    super(error, info)
    this.retryAfter = retryAfter
  }
}

/** A text that does not fit: pages tell how much does, programs read it in the contract. */
export class TooLong extends Refusal {
  readonly maxBytes: number

  constructor (param: string, maxBytes: number) {
    super('PARAMETER_BAD_VALUE', param)
    this.maxBytes = maxBytes
  }
}

/** Makes the refusal; callers throw it, so that the compiler sees the end of the path. */
export const refuse = (error: ErrorName, info?: string, reason?: Reason): Refusal => new Refusal(error, info, reason)

/** Refusals that other code tells apart: pages say them in words of their own. Each with its error and what programs read as its `info`. */
const REASONS = {
  'no room': { error: 'UPLOAD_TEMP_ERROR', info: 'the server has no disk space left' },
  'no anonymous space': { error: 'UPLOAD_TEMP_ERROR', info: 'the space for uploads without an account is used up' },
  'too many tickets': { error: 'UPLOAD_TEMP_ERROR', info: 'too many tickets from this address wait for an upload' },
  'too many unfinished': { error: 'UPLOAD_TEMP_ERROR', info: 'too many unfinished uploads' },
  'file too large': { error: 'PARAMETER_BAD_VALUE', info: 'the file is larger than max_file_size' },
  'bad type': { error: 'PARAMETER_BAD_VALUE', info: 'this type of file is not asked for' },
  'too many files': { error: 'PARAMETER_BAD_VALUE', info: 'more than 50 files' },
  'bad path': { error: 'PARAMETER_BAD_VALUE', info: 'path: expected names of folders with / between, at most 32 deep' },
  'too many folders': { error: 'PARAMETER_BAD_VALUE', info: 'path: the account has too many folders' },
  'logged out': { error: 'SESSION_BAD', info: 'log in again' },
  'bundle over': { error: 'PERMISSION_DENIED', info: 'the bundle has expired' },
  'too many bundles': { error: 'UPLOAD_TEMP_ERROR', info: 'too many empty bundles' },
  'no file': { error: 'PARAMETER_MISSING', info: 'userfile' },
  'name taken': { error: 'REGISTRATION_ERROR', info: 'The user name is taken.' },
  'e-mail taken': { error: 'REGISTRATION_ERROR', info: 'The e-mail address is in use already.' },
  'no password mail': { error: 'REGISTRATION_ERROR', info: 'The password cannot be mailed now: too many mails were sent. Choose a password, or try again in an hour.' }
} as const satisfies Readonly<Record<string, { error: ErrorName, info: string }>>

/** Those whose `info` has a number in it are made by `refuse`. */
export type Reason = keyof typeof REASONS | 'too many mails' | BrokenRule['rule']

/** Makes the refusal for a reason; callers throw it. */
export function refuseBecause (reason: keyof typeof REASONS): Refusal {
  const { error, info } = REASONS[reason]
  return new Refusal(error, info, reason)
}
