/** Parameters: what a method declares, and how raw text becomes a value. */
import { splitList } from '../domain/email.ts'
import { isShortId, ROOT_FOLDER } from '../domain/identifiers.ts'
import { readFileReference, readFolderReference } from '../domain/link.ts'
import type { ApiVersion } from '../domain/version.ts'
import { withoutForbidden } from '../xml.ts'
import { refuse } from './errors.ts'

/** Raw parameters of a call: names in lower case, the last of a repeated name. */
export type RawParams = ReadonlyMap<string, string>

/** A kind of value. `read` throws 16 for what cannot be read as its kind, 21 for a value that is not allowed. */
export interface Kind<T> {
  readonly name: string
  read (raw: string, param: string, publicUrl: string): T
}

export interface Param<T, Mandatory extends boolean = boolean> {
  readonly kind: Kind<T>
  readonly isMandatory: Mandatory
  /** The first version in which an otherwise mandatory parameter may be left out. */
  readonly optionalSince?: ApiVersion
  /** What it is for, as a sentence for the API page. */
  readonly about: string
}

export type ParamTable = Readonly<Record<string, Param<unknown>>>

export type ParamValues<P extends ParamTable> = {
  readonly [K in keyof P]: P[K] extends Param<infer T, infer M> ? (M extends true ? T : T | undefined) : never
}

export const mandatory = <T>(kind: Kind<T>, about: string): Param<T, true> => ({ kind, isMandatory: true, about })
export const optional = <T>(kind: Kind<T>, about: string): Param<T, false> => ({ kind, isMandatory: false, about })

/** Mandatory in older versions only; handlers of newer ones must do without. */
export function mandatoryBefore<T> (version: ApiVersion, kind: Kind<T>, about: string): Param<T, false> {
  return { kind, isMandatory: false, optionalSince: version, about }
}

/** What no answer can tell and PostgreSQL cannot keep (NUL) becomes U+FFFD. */
export const text: Kind<string> = { name: 'text', read: withoutForbidden }

/** A whole number from 0 up; empty counts as 0 (an unset limit). */
export const wholeNumber: Kind<number> = {
  name: 'whole number',
  read (raw, param) {
    const trimmed = raw.trim()
    if (!/^-?\d*$/.test(trimmed) || trimmed === '-') throw refuse('INVALID_PARAMETER', param)
    const value = Number(trimmed)
    if (value < 0 || !Number.isSafeInteger(value)) throw refuse('PARAMETER_BAD_VALUE', param)
    return value
  }
}

/** One file: a bare id or a link (wire contract, Values). */
export const fileReference: Kind<string> = {
  name: 'file id or link',
  read (raw, param, publicUrl) {
    const id = readFileReference(raw.trim(), publicUrl)
    if (id === 'foreign') throw refuse('INVALID_FILE_URL')
    if (id === undefined) throw refuse('INVALID_PARAMETER', param)
    return id
  }
}

export const MOST_IDS = 100

/** Several files, at most 100, in the order asked. */
export const fileReferences: Kind<readonly string[]> = {
  name: 'file ids or links, separated by commas',
  read (raw, param, publicUrl) {
    const items = readList(raw, param, item => item)
    // 26 is the method's own, so it beats the 16 of another item (wire contract, order of checks).
    if (items.some(item => readFileReference(item, publicUrl) === 'foreign')) throw refuse('INVALID_FILE_URL')
    return [...new Set(items.map(item => fileReference.read(item, param, publicUrl)))]
  }
}

/** Several texts, at most 100. */
export const list: Kind<readonly string[]> = {
  name: 'texts, separated by commas',
  read: (raw, param) => readList(raw, param, withoutForbidden)
}

function readList (raw: string, param: string, readItem: (item: string) => string): string[] {
  const items = splitList(raw)
  if (items.length === 0) throw refuse('PARAMETER_MISSING', param)
  if (items.length > MOST_IDS) throw refuse('PARAMETER_BAD_VALUE', param)
  return [...new Set(items.map(readItem))]
}

/** One folder: its id, `0` is the root (the guide); empty is the root as well, blanks are no id. */
export const folderReference: Kind<string> = {
  name: 'folder id',
  read (raw, param) {
    const id = raw.trim()
    if (raw === '' || id === ROOT_FOLDER) return ROOT_FOLDER
    if (!isShortId(id)) throw refuse('INVALID_PARAMETER', param)
    return id
  }
}

/** A folder of anyone: an id or a link; a link to anywhere else is 10 (wire contract, folders.getShared). */
export const sharedFolderReference: Kind<string> = {
  name: 'folder id or link',
  read (raw, param, publicUrl) {
    const text = raw.trim()
    if (text === ROOT_FOLDER) return text
    const id = readFolderReference(text, publicUrl)
    if (id === 'foreign') throw refuse('FOLDER_NOT_FOUND')
    if (id === undefined) throw refuse('INVALID_PARAMETER', param)
    return id
  }
}

/** Several folders, at most 100, in the order asked. */
export const folderReferences: Kind<readonly string[]> = {
  name: 'folder ids, separated by commas',
  read: (raw, param, publicUrl) => readList(raw, param, item => folderReference.read(item, param, publicUrl))
}

/** One of some numbers; empty is 0. */
export const oneOf = (allowed: readonly number[]): Kind<number> => ({
  name: allowed.join(', '),
  read (raw, param) {
    const value = wholeNumber.read(raw, param, '')
    if (!allowed.includes(value)) throw refuse('PARAMETER_BAD_VALUE', param)
    return value
  }
})

/** 0 or 1; empty is 0. */
export const flag: Kind<boolean> = {
  name: '0 or 1',
  read: (raw, param) => oneOf([0, 1]).read(raw, param, '') === 1
}

/** A name: anything but empty (our choice). Control characters are removed, as from the names of uploads. */
export const name: Kind<string> = {
  name: 'text, not empty',
  read (raw, param) {
    const visible = raw.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
    if (visible.trim() === '') throw refuse('PARAMETER_BAD_VALUE', param)
    return visible
  }
}

/** Reads the declared parameters in their order; a mandatory one that is missing or empty is refused with 4. */
export function readParams<P extends ParamTable> (
  declared: P, raw: RawParams, version: ApiVersion, publicUrl: string
): ParamValues<P> {
  const values: Record<string, unknown> = {}
  for (const [name, param] of Object.entries(declared)) {
    const sent = raw.get(name)
    const isMandatory = param.isMandatory || (param.optionalSince !== undefined && version < param.optionalSince)
    if (isMandatory && (sent === undefined || sent === '')) throw refuse('PARAMETER_MISSING', name)
    values[name] = sent === undefined ? undefined : param.kind.read(sent, name, publicUrl)
  }
  return values as ParamValues<P>
}
