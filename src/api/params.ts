/** Parameters: what a method declares, and how raw text becomes a value. */
import { isEmail, MAX_RECIPIENTS, splitList } from '../domain/mail/email.ts'
import { wholeFileName } from '../domain/files/file-name.ts'
import { isShortId, ROOT_FOLDER } from '../domain/identifiers.ts'
import { readFileReference, readFolderReference } from '../domain/files/link.ts'
import { fitsBytes, MAX_NAME_BYTES, MAX_TEXT_BYTES } from '../domain/text-limit.ts'
import type { ApiVersion } from '../domain/version.ts'
import { withoutForbidden } from '../xml.ts'
import { refuse, TooLong, type ErrorName } from './errors.ts'
import { ADDRESS, ID, LINK, VISIBLE, type KindForm } from './kind-form.ts'
import type { Sourced } from './provenance.ts'

/** Raw parameters of a call: names in lower case, the last of a repeated name. */
export type RawParams = ReadonlyMap<string, string>

/** A kind of value. `read` throws 16 for a value of another kind, 21 for a value that is not allowed. */
export interface Kind<T> {
  readonly name: string
  /** Its format, as a sentence for the API page. */
  readonly about: string
  /** The errors of `read`, or of the rules of a list. */
  readonly errors: readonly ErrorName[]
  readonly isList?: boolean
  /** The longest text, in bytes of UTF-8; a longer one is refused with 21. */
  readonly maxBytes?: number
  /** What clients should send, of a list each item. Not given: any text. */
  readonly form?: KindForm
  /** `ownUrls` are the addresses of this server's links. */
  read (raw: string, param: string, ownUrls: readonly string[]): T
}

export interface Param<T, Mandatory extends boolean = boolean> extends Sourced {
  readonly kind: Kind<T>
  readonly isMandatory: Mandatory
  /** The first version in which an otherwise mandatory parameter is optional. */
  readonly optionalSince?: ApiVersion
  /** Another name that some clients send. */
  readonly alias?: string
  /** Its purpose, as a sentence for the API page. */
  readonly about: string
  /** The value in the sample request. */
  readonly example: string | number
}

export type ParamTable = Readonly<Record<string, Param<unknown>>>

export type ParamValues<P extends ParamTable> = {
  readonly [K in keyof P]: P[K] extends Param<infer T, infer M> ? (M extends true ? T : T | undefined) : never
}

type Example = Param<unknown>['example']

export const mandatory = <T>(kind: Kind<T>, about: string, example: Example): Param<T, true> =>
  ({ kind, isMandatory: true, about, example })
export const optional = <T>(kind: Kind<T>, about: string, example: Example): Param<T, false> =>
  ({ kind, isMandatory: false, about, example })

/** Mandatory only in older versions; handlers of newer ones must not need it. */
export function mandatoryBefore<T> (version: ApiVersion, kind: Kind<T>, about: string, example: Example): Param<T, false> {
  return { kind, isMandatory: false, optionalSince: version, about, example }
}

/** A text that is stored or sent on. Characters that answers cannot contain or PostgreSQL cannot store (NUL) become U+FFFD. */
export const textUpTo = (maxBytes: number): Kind<string> => ({
  name: 'text',
  about: 'Any text.',
  errors: ['PARAMETER_BAD_VALUE'],
  maxBytes,
  read: (raw, param) => requireBytes(withoutForbidden(raw), maxBytes, param)
})

export const text = textUpTo(MAX_TEXT_BYTES)

/** A text that the method checks with its own error code instead of 21: a password to compare, a name to look up. */
export const judgedText: Kind<string> = { name: 'text', about: 'Any text.', errors: [], read: withoutForbidden }

/** The same for an address: spaces around it are ignored. */
export const judgedAddress: Kind<string> = { ...judgedText, read: raw => withoutForbidden(raw).trim() }

function requireBytes (text: string, maxBytes: number, param: string): string {
  if (!fitsBytes(text, maxBytes)) throw new TooLong(param, maxBytes)
  return text
}

/** Mail addresses; the methods read them themselves, since their own errors come first. */
export const emailList: Kind<string> = {
  name: 'emailList', about: 'Addresses, separated by commas, at most 20.', errors: ['PARAMETER_BAD_VALUE'], isList: true, form: { type: 'string', pattern: ADDRESS, maxItems: MAX_RECIPIENTS }, read: withoutForbidden
}

/** A whole number from 0 up; empty counts as 0 (an unset limit). */
export const wholeNumber: Kind<number> = {
  name: 'wholeNumber',
  about: 'A whole number, 0 or more.',
  form: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  errors: ['INVALID_PARAMETER', 'PARAMETER_BAD_VALUE'],
  read (raw, param) {
    const trimmed = raw.trim()
    if (!/^-?\d*$/.test(trimmed) || trimmed === '-') throw refuse('INVALID_PARAMETER', param)
    const value = Number(trimmed)
    if (value < 0 || !Number.isSafeInteger(value)) throw refuse('PARAMETER_BAD_VALUE', param)
    return value
  }
}

/** One address; an invalid one is 24 (the guide), not 16. */
export const emailAddress: Kind<string> = {
  name: 'emailAddress',
  about: 'A mail address.',
  form: { type: 'string', pattern: ADDRESS },
  errors: ['INVALID_EMAIL'],
  read (raw) {
    const email = raw.trim()
    if (!isEmail(email)) throw refuse('INVALID_EMAIL')
    return email
  }
}

/** One file: a bare id or a link (wire contract, Values). */
export const fileReference: Kind<string> = {
  name: 'fileReference',
  about: 'A file id or the address of a download page.',
  form: { type: 'string', pattern: `${ID}|${LINK}` },
  errors: ['INVALID_PARAMETER', 'INVALID_FILE_URL'],
  read (raw, param, ownUrls) {
    const id = readFileReference(raw.trim(), ownUrls)
    if (id === 'foreign') throw refuse('INVALID_FILE_URL')
    if (id === undefined) throw refuse('INVALID_PARAMETER', param)
    return id
  }
}

export const MAX_IDS = 100

/** Several files, at most 100, in the order asked. */
export const fileReferences: Kind<readonly string[]> = {
  name: 'fileReferences',
  about: 'File ids or addresses of download pages, separated by commas, at most 100.',
  form: { type: 'string', pattern: `${ID}|${LINK}`, maxItems: MAX_IDS },
  errors: ['INVALID_PARAMETER', 'PARAMETER_BAD_VALUE', 'INVALID_FILE_URL'],
  isList: true,
  read (raw, param, ownUrls) {
    const items = readList(raw, param, item => item)
    // 26 is the method's own error, so it has priority over the 16 of another item (wire contract, order of checks).
    if (items.some(item => readFileReference(item, ownUrls) === 'foreign')) throw refuse('INVALID_FILE_URL')
    return [...new Set(items.map(item => fileReference.read(item, param, ownUrls)))]
  }
}

/** Several texts, at most 100. */
export const list: Kind<readonly string[]> = {
  name: 'list',
  about: 'Texts, separated by commas, at most 100.',
  form: { type: 'string', pattern: '[^,]+', maxItems: MAX_IDS },
  errors: ['PARAMETER_BAD_VALUE'],
  isList: true,
  read: (raw, param) => readList(raw, param, withoutForbidden)
}

function readList (raw: string, param: string, readItem: (item: string) => string): string[] {
  const items = splitList(raw)
  if (items.length === 0) throw refuse('PARAMETER_MISSING', param)
  if (items.length > MAX_IDS) throw refuse('PARAMETER_BAD_VALUE', param)
  return [...new Set(items.map(readItem))]
}

/** One folder: its id, `0` is the root (the guide); empty is the root as well, spaces are not an id. */
export const folderReference: Kind<string> = {
  name: 'folderReference',
  about: 'A folder id; 0 is the root.',
  form: { type: 'string', pattern: `0|${ID}` },
  errors: ['INVALID_PARAMETER'],
  read (raw, param) {
    const id = raw.trim()
    if (raw === '' || id === ROOT_FOLDER) return ROOT_FOLDER
    if (!isShortId(id)) throw refuse('INVALID_PARAMETER', param)
    return id
  }
}

/** A folder of anyone: an id or a link; any other link is 10 (wire contract, folders.getShared). */
export const sharedFolderReference: Kind<string> = {
  name: 'sharedFolderReference',
  about: 'A folder id or the address of a folder page.',
  form: { type: 'string', pattern: `0|${ID}|${LINK}` },
  errors: ['INVALID_PARAMETER', 'FOLDER_NOT_FOUND'],
  read (raw, param, ownUrls) {
    const text = raw.trim()
    if (text === ROOT_FOLDER) return text
    const id = readFolderReference(text, ownUrls)
    if (id === 'foreign') throw refuse('FOLDER_NOT_FOUND')
    if (id === undefined) throw refuse('INVALID_PARAMETER', param)
    return id
  }
}

/** Several folders, at most 100, in the order asked. */
export const folderReferences: Kind<readonly string[]> = {
  name: 'folderReferences',
  about: 'Folder ids, separated by commas, at most 100.',
  form: { type: 'string', pattern: `0|${ID}`, maxItems: MAX_IDS },
  errors: ['INVALID_PARAMETER', 'PARAMETER_BAD_VALUE'],
  isList: true,
  read: (raw, param, ownUrls) => readList(raw, param, item => folderReference.read(item, param, ownUrls))
}

/** One of some numbers; empty is 0. */
export const oneOf = (allowed: readonly number[]): Kind<number> => ({
  name: `oneOf${allowed.join('')}`,
  about: `One of ${allowed.join(', ')}.`,
  form: { type: 'integer', minimum: Math.min(...allowed), maximum: Math.max(...allowed), values: allowed },
  errors: ['INVALID_PARAMETER', 'PARAMETER_BAD_VALUE'],
  read (raw, param) {
    const value = wholeNumber.read(raw, param, [])
    if (!allowed.includes(value)) throw refuse('PARAMETER_BAD_VALUE', param)
    return value
  }
})

/** 0 or 1; empty is 0. */
export const flag: Kind<boolean> = {
  name: 'flag',
  about: '0 or 1.',
  form: { type: 'integer', minimum: 0, maximum: 1, values: [0, 1] },
  errors: ['INVALID_PARAMETER', 'PARAMETER_BAD_VALUE'],
  read: (raw, param) => oneOf([0, 1]).read(raw, param, []) === 1
}

/** A name: not empty (our choice). Control characters are removed, as from the names of uploads. */
export const name: Kind<string> = {
  name: 'name',
  about: 'A text that is not empty.',
  form: { type: 'string', pattern: VISIBLE },
  errors: ['PARAMETER_BAD_VALUE'],
  maxBytes: MAX_NAME_BYTES,
  read: (raw, param) => requireBytes(readVisible(raw, param), MAX_NAME_BYTES, param)
}

/** The name of a file; of a path the last segment is used. An upload cuts a longer name, here it is refused. */
export const fileName: Kind<string> = {
  ...name,
  name: 'fileName',
  about: 'A text that is not empty; of a path the last segment is used.',
  read: (raw, param) => requireBytes(wholeFileName(readVisible(raw, param)), MAX_NAME_BYTES, param)
}

function readVisible (raw: string, param: string): string {
  const visible = raw.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
  if (visible.trim() === '') throw refuse('PARAMETER_BAD_VALUE', param)
  return visible
}
