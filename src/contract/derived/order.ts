/** The faults that a call of each method can have, in the order in which the contract checks them: of two faults the earlier is reported. */
import type { ApiVersion } from '../../domain/version.ts'
import type { State } from '../check.ts'

type Params = Readonly<Record<string, string | undefined>>

/** One fault: other parameters (undefined: left out), a state, HTTPS, or several of these. */
export interface Fault {
  readonly code: number
  readonly params?: Params
  readonly state?: State
  readonly isHttps?: boolean
  /** The first version of a session in which it is not a fault. */
  readonly until?: ApiVersion
}

/** The things that calls refer to. All of them belong to one user. */
export interface OrderThings {
  readonly apiKey: string
  readonly version: ApiVersion
  readonly session: string
  /** A token that is not logged in. */
  readonly token: string
  readonly user: string
  /** `tokened_password` for it. */
  readonly proof: string
  readonly file: string
  /** A file whose password is `sesame`. */
  readonly locked: string
  /** A folder with a subfolder. */
  readonly folder: string
  readonly inner: string
  /** A private folder of another user; undefined: unknown. */
  readonly foreign: string | undefined
  /** The e-mail address of a contact. */
  readonly contact: string
}

/** Well-formed ids that do not exist. */
const NONE = 'zzzzzz'
const NO_KEY = '0'.repeat(32)

const wrong = (code: number, name: string, value: string | undefined): Fault => ({ code, params: { [name]: value } })
const when = (code: number, state: State, more: Omit<Fault, 'code' | 'state'> = {}): Fault => ({ code, state, ...more })

const COMMON: readonly Fault[] = [when(15, 'maintenance'), wrong(2, 'method', 'no.such')]
const HTTPS = when(17, 'https-forbidden', { isHttps: true })
const KEYS: readonly Fault[] = [...COMMON, wrong(4, 'api_key', undefined), wrong(18, 'api_key', 'short')]
const VERSIONS: readonly Fault[] = [wrong(4, 'api_version', undefined), wrong(5, 'api_version', '9')]
const OUTDATED = when(25, 'min-app-version', { params: { app_version: '1.3' } })
const NOT_CAPABLE = when(11, 'no-capabilities')
const FILE_IDS: readonly Fault[] = [wrong(4, 'file_id', undefined), wrong(16, 'file_id', '?'), wrong(26, 'file_id', 'http://example.org/x')]
const NO_FILE = wrong(9, 'file_id', NONE)
const FOLDER_IDS: readonly Fault[] = [wrong(4, 'folder_id', undefined), wrong(16, 'folder_id', '?')]
const NO_EMAILS = wrong(4, 'emails', undefined)

/** For each method, a call that would succeed (or lacks only what it would use up), and its possible faults, in order. */
export function orderTable ({ apiKey, version, session, token, user, proof, file, locked, folder, inner, foreign, contact }: OrderThings): Readonly<Record<string, readonly [Params, readonly Fault[]]>> {
  const sessions: readonly Fault[] = [...COMMON, wrong(3, 'session_key', undefined), wrong(6, 'session_key', NO_KEY), wrong(7, 'session_key', token), HTTPS]
  const mine = { session_key: session }
  const key = { api_key: apiKey }
  const versioned = { ...key, api_version: version }
  const person = { ...key, user_name: 'carol', full_name: 'Carol', email: 'carol@example.org' }
  const elsewhere = foreign ?? NONE
  const noFolder = wrong(10, 'folder_id', elsewhere)
  const noParent = wrong(10, 'parent_folder_id', elsewhere)

  return {
    'auth.register': [person, [
      ...KEYS, wrong(5, 'api_version', '9'), wrong(4, 'user_name', undefined), wrong(4, 'full_name', undefined), wrong(4, 'email', undefined),
      wrong(27, 'user_name', 'x'), wrong(27, 'full_name', '0'), wrong(27, 'email', 'bob@'), wrong(27, 'password', '123')
    ]],
    'auth.createToken': [versioned, [...KEYS, ...VERSIONS, OUTDATED]],
    'auth.login': [{ token, user_name: user, tokened_password: proof }, [
      ...COMMON, wrong(4, 'token', undefined), wrong(4, 'user_name', undefined), wrong(4, 'tokened_password', undefined), wrong(6, 'token', NO_KEY),
      wrong(8, 'tokened_password', 'x'), HTTPS, when(11, 'disabled'), when(30, 'sessions-full')
    ]],
    'auth.checkSession': [mine, sessions],
    'auth.logout': [mine, sessions],
    'upload.getInfo': [mine, [
      ...sessions, wrong(16, 'speed_limit', 'x'), wrong(21, 'speed_limit', '-1'), NOT_CAPABLE, when(13, 'uploads-paused'), when(19, 'membership-over'), when(20, 'disk-full')
    ]],
    'anonymous.uploadGetInfo': [versioned, [...KEYS, ...VERSIONS, OUTDATED, wrong(16, 'speed_limit', 'x'), wrong(21, 'speed_limit', '-1'), when(13, 'uploads-paused')]],
    'download.getInfo': [{ ...mine, file_id: locked, password: 'sesame' }, [
      ...sessions, ...FILE_IDS, NO_FILE, NOT_CAPABLE, when(12, 'downloads-paused'), when(19, 'membership-over'), wrong(22, 'password', 'x'), when(23, 'bandwidth-over')
    ]],
    'files.getInfo': [{ ...mine, file_id: file }, [...sessions, ...FILE_IDS, NO_FILE]],
    'files.moveToFolder': [{ ...mine, file_id: file, folder_id: '0' }, [...sessions, ...FILE_IDS, ...FOLDER_IDS, NO_FILE, noFolder, NOT_CAPABLE]],
    'files.setInfo': [{ ...mine, file_id: file }, [
      ...sessions, ...FILE_IDS, wrong(21, 'name', ''), wrong(16, 'folder_id', '?'), wrong(16, 'time_limit', 'x'), wrong(16, 'downloads_limit', 'x'),
      wrong(16, 'limit_action', 'x'), wrong(21, 'limit_action', '4'), wrong(16, 'limit_action_to_folder', '?'), NO_FILE, noFolder, NOT_CAPABLE
    ]],
    'files.delete': [{ ...mine, file_id: NONE }, [...sessions, ...FILE_IDS, NO_FILE, { ...NOT_CAPABLE, params: { file_id: file } }]],
    'files.sendMail': [{ ...mine, file_id: file, emails: contact }, [...sessions, ...FILE_IDS, NO_EMAILS, NO_FILE, wrong(24, 'emails', 'bob')]],
    'folders.getInfo': [{ ...mine, folder_id: folder }, [...sessions, ...FOLDER_IDS, noFolder]],
    'folders.create': [{ ...mine, name: 'x', parent_folder_id: folder }, [
      ...sessions, wrong(4, 'name', undefined), wrong(21, 'name', ' '), wrong(16, 'shared', 'x'), wrong(21, 'shared', '2'), wrong(16, 'parent_folder_id', '?'), noParent, NOT_CAPABLE
    ]],
    'folders.setInfo': [{ ...mine, folder_id: folder }, [
      ...sessions, ...FOLDER_IDS, wrong(21, 'name', ''), wrong(16, 'shared', 'x'), wrong(21, 'shared', '2'), wrong(16, 'parent_folder_id', '?'),
      noFolder, noParent, NOT_CAPABLE, { code: 11, params: { folder_id: '0', name: 'x' } }, wrong(31, 'parent_folder_id', inner)
    ]],
    'folders.delete': [{ ...mine, folder_id: NONE }, [
      ...sessions, ...FOLDER_IDS, noFolder, { ...NOT_CAPABLE, params: { folder_id: folder } }, wrong(11, 'folder_id', '0'), { ...wrong(14, 'folder_id', folder), until: '1.1' }
    ]],
    'folders.getContents': [{ ...mine, folder_id: folder }, [...sessions, ...FOLDER_IDS, noFolder]],
    'folders.getShared': [{ ...mine, folder_id: folder }, [...sessions, ...FOLDER_IDS, wrong(10, 'folder_id', NONE), ...foreign === undefined ? [] : [wrong(33, 'folder_id', foreign)]]],
    'folders.getAll': [mine, sessions],
    'folders.move': [{ ...mine, folder_id: folder, parent_folder_id: '0' }, [
      ...sessions, ...FOLDER_IDS, wrong(4, 'parent_folder_id', undefined), wrong(16, 'parent_folder_id', '?'), noFolder,
      noParent, NOT_CAPABLE, wrong(31, 'folder_id', '0'), wrong(31, 'parent_folder_id', inner)
    ]],
    'folders.sendMail': [{ ...mine, folder_id: folder, emails: contact }, [...sessions, ...FOLDER_IDS, NO_EMAILS, noFolder, wrong(24, 'emails', 'bob')]],
    'addressbook.list': [mine, sessions],
    'addressbook.add': [{ ...mine, email: `new.${contact}` }, [
      ...sessions, wrong(4, 'email', undefined), wrong(24, 'email', 'bob'), wrong(16, 'type', 'x'), wrong(21, 'type', '2'), wrong(28, 'email', contact), when(32, 'contacts-full')
    ]],
    'addressbook.update': [{ ...mine, email: contact }, [
      ...sessions, wrong(4, 'email', undefined), wrong(16, 'type', 'x'), wrong(21, 'type', '2'), wrong(29, 'email', `no.${contact}`)
    ]],
    'addressbook.delete': [{ ...mine, email: NONE }, [...sessions, wrong(4, 'email', undefined), wrong(29, 'email', `no.${contact}`)]],
    'anonymous.filesSendMail': [{ ...versioned, file_id: file, sender_email: 'a@example.org', emails: contact }, [
      ...KEYS, ...VERSIONS, wrong(5, 'api_version', '1.1'), OUTDATED, ...FILE_IDS, wrong(4, 'sender_email', undefined), NO_EMAILS, NO_FILE,
      wrong(24, 'sender_email', 'bob'), wrong(24, 'emails', 'bob')
    ]]
  }
}

/** Two faults that need different values of one parameter, or the same state, cannot occur together. */
export const excludes = (a: Fault, b: Fault): boolean =>
  Object.keys(a.params ?? {}).some(name => name in (b.params ?? {})) || (a.state !== undefined && a.state === b.state)

/** The parameters of a call with all these faults. */
export const paramsWith = (method: string, valid: Params, faults: readonly Fault[]): Params =>
  Object.assign({ method, ...valid }, ...faults.map(fault => fault.params ?? {})) as Params

export const describeFault = ({ code, params, state, isHttps }: Fault): string =>
  `${code} (${[params && Object.entries(params).map(([name, value]) => value === undefined ? `no ${name}` : `${name}=${value}`).join(' '), state, isHttps === true ? 'HTTPS' : undefined].filter(Boolean).join(', ')})`
