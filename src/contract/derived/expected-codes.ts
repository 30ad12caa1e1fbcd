/** Which codes the contract allows for a call that is valid except for one parameter; 0 is success. */
import type { MethodDescription, ParameterDescription } from '../../api/contract-format.ts'
import type { ApiVersion } from '../../domain/version.ts'

/** What exists when the call arrives. */
export interface World {
  /** The base of the server's own links. */
  readonly url: string
  /** Files of the caller. */
  readonly files: ReadonlySet<string>
  readonly folders: ReadonlySet<string>
  /** The folder that valid calls change, and the one they move into. */
  readonly moving: string
  readonly target: string
  /** Of other users: any file, public folders, private folders. */
  readonly strangersFiles: ReadonlySet<string>
  readonly publicFolders: ReadonlySet<string>
  readonly privateFolders: ReadonlySet<string>
}

export interface Sent {
  readonly method: MethodDescription
  readonly version: ApiVersion
  readonly param: string
  /** undefined: not sent. */
  readonly value: string | undefined
}

const MAX_IDS = 100
const MAX_RECIPIENTS = 20
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g

/** The parameters of a method, the name of the method first. */
export const paramsOf = ({ parameters }: MethodDescription): readonly string[] => ['method', ...parameters.map(({ name }) => name)]

/** The code of the answer must be one of these. Throws for a kind of parameter without a rule here. */
export function expectedCodes (sent: Sent, world: World): readonly number[] {
  const { method, version, param, value } = sent
  if (param === 'method') return [value ? 2 : 1]
  if (param === 'session_key') return [value ? 6 : 3]
  if (param === 'api_key') return [!value ? 4 : /^[A-Z0-9]{10}$/.test(value) ? 0 : 18]
  if (param === 'api_version') return value ? versionCodes(value, method.since) : [method.auth === 'key' ? 0 : 4]
  const declared = method.parameters.find(({ name }) => name === param)
  if (declared === undefined) throw new Error(`${method.name} has no ${param}`)
  const isMandatory = declared.isMandatory && (declared.optionalSince === null || version < declared.optionalSince)
  if (isMandatory && !value) return [4]
  if (value === undefined) return method.name === 'download.getInfo' ? [22] : [0]
  const text = TEXTS[`${method.name} ${param}`] ?? TEXTS[param]
  if (text !== undefined) return text(value, version)
  const rule = KINDS.get(declared.kind) ?? textRule(declared) ?? choiceRule(declared.kind)
  if (rule === undefined) throw new Error(`say here what the contract demands of a "${declared.kind}"`)
  return rule(value, sent, world)
}

type Rule = (value: string, sent: Sent, world: World) => readonly number[]

/** A new kind fails the test until it has a rule here. */
const KINDS: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['name', value => nameCodes(value)],
  ['fileName', value => nameCodes(value, value.slice(Math.max(value.lastIndexOf('/'), value.lastIndexOf('\\')) + 1))],
  ['wholeNumber', (value, { param }) => {
    const codes = numberCodes(value)
    // A time_limit of more than a hundred years is refused, so that every date can be represented.
    return param === 'time_limit' && codes[0] === 0 && Number(value) > 1e9 ? [0, 21] : codes
  }],
  ['flag', value => choiceCodes(value, 1)],
  ['fileReference', (value, sent, world) => {
    const id = readFile(value.trim(), world)
    return id === '' ? [4, 16] : typeof id === 'number' ? [id] : fileCodes([id], sent, world)
  }],
  ['fileReferences', (value, sent, world) => {
    const items = itemsOf(value)
    if (items.length === 0) return [4]
    if (items.length > MAX_IDS) return [21]
    const ids = items.map(item => readFile(item, world))
    if (ids.includes(26)) return [26]
    return ids.includes(16) ? [16] : fileCodes(ids.map(String), sent, world)
  }],
  ['folderReference', (value, sent, world) => {
    const id = value === '' ? '0' : value.trim()
    return isId(id) || id === '0' ? folderCodes([id], sent, world) : [16]
  }],
  ['folderReferences', (value, sent, world) => {
    const items = itemsOf(value)
    if (items.length === 0) return [4]
    if (items.length > MAX_IDS) return [21]
    return items.every(item => isId(item) || item === '0') ? folderCodes(items, sent, world) : [16]
  }],
  ['sharedFolderReference', (value, _sent, { publicFolders, privateFolders, folders }) => {
    const id = value.trim()
    if (id.includes('://')) return [10]
    if (!isId(id) && id !== '0') return [id === '' ? 4 : 16, 16]
    if (privateFolders.has(id)) return [33]
    return [id === '0' || folders.has(id) || publicFolders.has(id) ? 0 : 10]
  }],
  ['list', value => {
    const items = itemsOf(value)
    return [items.length === 0 ? 4 : items.length > MAX_IDS ? 21 : 29]
  }]
])

/** Texts differ in their limit of bytes. */
function textRule ({ kind, maxBytes }: ParameterDescription): Rule | undefined {
  return kind === 'text' && maxBytes !== null ? value => [Buffer.byteLength(storedText(value)) > maxBytes ? 21 : 0] : undefined
}

/** A character that no answer can contain is stored as U+FFFD. */
const storedText = (value: string): string => value.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')

/** `kept` is the resulting name. */
function nameCodes (value: string, kept: unknown = value): readonly number[] {
  if (value.replace(CONTROLS, '').trim() === '') return [21]
  return [typeof kept === 'string' && Buffer.byteLength(kept.replace(CONTROLS, '')) > 255 ? 21 : 0]
}

/** One of the numbers from 0 up; the largest is at the end of the kind's name. */
function choiceRule (name: string): Rule | undefined {
  const largest = /^[^a-z]*(?:oneOf)?[\d, ]*(\d)$/.exec(name)?.[1]
  // 3 means a move, which needs a target folder.
  return largest === undefined ? undefined : value => value.trim() === '3' && largest === '3' ? [4] : choiceCodes(value, Number(largest))
}

/** `1` is 1.0; a newer method refuses older versions. */
function versionCodes (value: string, since = '1.0'): readonly number[] {
  const version = value === '1' ? '1.0' : value
  return ['1.0', '1.1', '1.2'].includes(version) && version >= since ? [0] : [5]
}

const TEXTS: Readonly<Record<string, (value: string, version: ApiVersion) => readonly number[]>> = {
  token: () => [6],
  tokened_password: () => [8],
  'auth.login user_name': () => [8],
  'auth.register user_name': value => value === '' || /^[a-z0-9]{3,20}$/i.test(value) ? [0] : [27],
  'auth.register full_name': (value, version) =>
    /^(?:\p{L}\p{M}*| )+$/u.test(value) && value.trim() !== '' && [...value].length >= 3 && [...value].length <= (version === '1.0' ? 20 : 100) ? [0] : [27],
  'auth.register email': value => mayBeEmail(value) ? [0, 27] : [27],
  'auth.register password': value => value === '' || ([...value].length >= 4 && [...value].length <= 20) ? [0] : [27],
  'download.getInfo password': () => [22],
  'addressbook.add email': value => mayBeEmail(value) ? [0, 24] : [24],
  'addressbook.update email': () => [29],
  sender_email: value => mayBeEmail(value) ? [0, 24] : [24],
  emails: recipientCodes
}

function recipientCodes (value: string): readonly number[] {
  const items = itemsOf(value)
  if (items.length === 0) return [4]
  if (!items.every(mayBeEmail)) return [24]
  return items.length > MAX_RECIPIENTS ? [21, 24] : [0, 24]
}

function numberCodes (value: string): readonly number[] {
  const text = value.trim()
  if (text === '') return [0]
  if (!/^-?\d+$/.test(text)) return [16]
  return BigInt(text) < 0n || BigInt(text) > BigInt(Number.MAX_SAFE_INTEGER) ? [21] : [0]
}

function choiceCodes (value: string, largest: number): readonly number[] {
  const [code = 0] = numberCodes(value)
  return [code === 0 && Number(value) > largest ? 21 : code]
}

/** A file id, or the error code for anything else. */
function readFile (item: string, { url }: World): string | number {
  if (!item.includes('://')) return item === '' || isId(item) ? item : 16
  const bases = ['http://', 'https://'].flatMap(scheme => [`${scheme}sendspace.com`, `${scheme}www.sendspace.com`]).concat(url)
  const path = bases.flatMap(base => item.startsWith(`${base}/`) ? item.slice(base.length) : [])[0]
  return /^\/(?:file|pro\/dl)\/([a-z0-9]{6})$/.exec(path ?? '')?.[1] ?? 26
}

function fileCodes (ids: readonly string[], { method }: Sent, { files, strangersFiles }: World): readonly number[] {
  const isForAnyone = method.name === 'download.getInfo' || method.name.startsWith('anonymous.')
  return [ids.some(id => files.has(id) || (isForAnyone && strangersFiles.has(id))) ? 0 : 9]
}

function folderCodes (ids: readonly string[], { method, param }: Sent, { folders, moving, target }: World): readonly number[] {
  // A folder moved into itself.
  if (method.name === 'folders.move' && param === 'folder_id' && ids[0] === target) return [31]
  if (/^folders\.(?:move|setInfo)$/.test(method.name) && param === 'parent_folder_id' && ids[0] === moving) return [31]
  const isActedOn = param === 'folder_id' && /^folders\.(?:setInfo|delete|move|sendMail)$/.test(method.name)
  if (isActedOn && ids.every(id => id === '0')) return method.name === 'folders.move' ? [31] : [10, 11]
  if (ids.some(id => folders.has(id))) return [0]
  // Of several failures the first is reported; the root exists, but cannot be deleted.
  if (isActedOn) return [method.name === 'folders.delete' && ids[0] === '0' ? 11 : 10]
  return [ids.includes('0') ? 0 : 10]
}

function mayBeEmail (text: string): boolean {
  return /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text.trim()) && [...text.trim()].length <= 254
}

const isId = (text: string): boolean => /^[a-z0-9]{6}$/.test(text)
const itemsOf = (value: string): string[] => [...new Set(value.split(',').map(item => item.trim()).filter(item => item !== ''))]
