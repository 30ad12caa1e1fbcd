/** Finds violations of the guide that the API forgives. */
import { parametersOf } from '../../api/describe.ts'
import type { AnyMethod } from '../../api/method.ts'
import { METHODS } from '../../api/registry.ts'
import { UPLOAD_FIELDS } from '../../api/upload-documents.ts'
import { nearest } from '../../settings/nearest.ts'
import type { UploadKind } from './request-kind.ts'
import type { UploadInspector } from './upload-inspector.ts'

export type LintKind = 'unknown-parameter' | 'ignored-parameter' | 'upper-case-md5' | 'missing-upload-field' | 'double-encoding' | 'unescaped-xml' | 'strict-parser'

export interface Lint {
  readonly kind: LintKind
  /** The name of the parameter or field; text from the client. */
  readonly name: string
  /** What is wrong, and the probable intention. */
  readonly problem: string
}

/** Names of a method's parameters, aliases included. */
const namesOf = (method: AnyMethod): string[] =>
  ['method', ...Object.entries(parametersOf(method)).flatMap(([name, { alias }]) => alias === undefined ? [name] : [name, alias])]

const ALL_PARAMETERS = new Set(METHODS.flatMap(namesOf))

/** Checks an API call. Missing parameters are reported by its answer. */
export function lintCall (method: AnyMethod | undefined, params: ReadonlyMap<string, string>): Lint[] {
  const lints = method === undefined ? [] : lintNames(params.keys(), namesOf(method), ALL_PARAMETERS, method.name)
  const format = params.get('response_format')?.toLowerCase()
  if (format && format !== 'xml') lints.push({ kind: 'ignored-parameter', name: 'response_format', problem: 'response_format is ignored: answers are always XML' })
  if (/^(?=.*[A-F])[0-9a-fA-F]{32}$/.test(params.get('tokened_password') ?? '')) {
    lints.push({ kind: 'upper-case-md5', name: 'tokened_password', problem: 'tokened_password has capital letters: both MD5 sums are written in lower case, and the inner one counts' })
  }
  for (const [name, value] of params) if (isDoubleEncoded(value)) lints.push({ kind: 'double-encoding', name, problem: `${name} was encoded twice: %XX is left after decoding` })
  return lints
}

const MANDATORY_FIELDS = UPLOAD_FIELDS.filter(({ isMandatory }) => isMandatory).map(({ name }) => name)
const FIELD_NAMES = UPLOAD_FIELDS.map(({ name }) => name.toLowerCase())
/** Fields that an anonymous upload ignores. */
const ACCOUNT_FIELDS = ['folder_id', 'notify_uploader']

/** Further fields of the kinds of upload that are not in the guide; tus clients choose the names of metadata themselves. */
const EXTRA_FIELDS: Readonly<Record<UploadKind, readonly string[]>> = {
  ticket: [], form: [], key: [], request: ['request_password'], piece: ['filename', 'filetype', 'name', 'type', 'relativepath']
}

/** Checks an upload, once its body has arrived: its form, and the query of its URL, which comes from the ticket. */
export function lintUpload (inspector: UploadInspector, query: ReadonlyMap<string, string>, uploadKind: UploadKind, isAnonymous: boolean): Lint[] {
  const { fields } = inspector
  if (uploadKind !== 'ticket') return lintNames(fields.keys(), [...FIELD_NAMES, ...EXTRA_FIELDS[uploadKind]], new Set(), 'the upload')
  const isForm = fields.size > 0 || inspector.files().some(({ field }) => field !== '')
  const fileFields = inspector.files().map(({ field }) => field)
  const lints = lintNames(fields.keys(), FIELD_NAMES, new Set(FIELD_NAMES), 'the upload')
  for (const name of query.keys()) {
    if (name.startsWith('amp;')) lints.push({ kind: 'unescaped-xml', name, problem: `${name} is ${name.replace(/^(?:amp;)+/, '')} in a URL in which &amp; was not unescaped: XML writes & as &amp;` })
  }
  if (isForm) {
    for (const name of MANDATORY_FIELDS) {
      const isThere = name === 'userfile' ? fileFields.length === 0 || fileFields.some(field => field.startsWith('userfile')) : fields.has(name.toLowerCase())
      if (!isThere) lints.push({ kind: 'missing-upload-field', name, problem: name === 'userfile' ? `the file is in the field ${fileFields[0]}: the guide calls it userfile` : `the form has no field ${name}` })
    }
  }
  for (const name of ACCOUNT_FIELDS) {
    const value = fields.get(name) ?? query.get(name) ?? ''
    if (isAnonymous && value !== '' && value !== '0') lints.push({ kind: 'ignored-parameter', name, problem: `${name} is ignored: the upload is anonymous` })
  }
  return lints
}

function lintNames (sent: Iterable<string>, known: readonly string[], knownElsewhere: ReadonlySet<string>, subject: string): Lint[] {
  return [...sent].filter(name => !known.includes(name)).map(name => {
    if (name.startsWith('amp;')) return { kind: 'unescaped-xml', name, problem: `${name} comes from a URL in which &amp; was not unescaped` }
    if (knownElsewhere.has(name)) return { kind: 'ignored-parameter', name, problem: `${subject} ignores ${name}` }
    const meant = nearest(name, known)
    return { kind: 'unknown-parameter', name, problem: `${subject} knows no ${name}${meant === undefined ? '' : `; did you mean ${meant}?`}` }
  })
}

function isDoubleEncoded (value: string): boolean {
  if (!/%[0-9a-f]{2}/i.test(value)) return false
  try {
    return decodeURIComponent(value) !== value
  } catch {
    return false
  }
}

/** The value of the header: non-ASCII characters are encoded. */
export const lintHeaderValue = (lints: readonly Lint[]): string =>
  lints.slice(0, 10).map(({ kind, name }) => `${kind} ${encodeURIComponent(name.slice(0, 60))}`).join('; ')
