/** Clients that call every method at random on one account, upload and download between, and never agree with each other. */
import { randomBytes, randomInt } from 'node:crypto'
import { METHODS } from '../../src/api/registry.ts'
import { API_KEY, attribute, call, element, errorCode, md5, newToken, readTicket, upload, type Params } from './client.ts'

export interface MixedLoad {
  readonly url: string
  /** Of the one account, which is alice's. */
  readonly sessionKey: string
  readonly clients: number
  /** Asked before each call, with the methods that have succeeded. */
  readonly isOver: (succeeded: ReadonlyMap<string, number>) => boolean
}

export interface MixedOutcome {
  /** Successful calls by method. */
  readonly succeeded: ReadonlyMap<string, number>
  readonly calls: number
  /** What no load excuses: other statuses, temporary errors, broken connections. */
  readonly failures: readonly string[]
}

const VERSION = '1.2'
const BYTES = randomBytes(100_000)
const MAX_KNOWN = 60
/** 12, 13 and 15 are what a bug or a busy engine is answered as. */
const TEMPORARY = [12, 13, 15]

export async function callAtRandom ({ url, sessionKey, clients, isOver }: MixedLoad): Promise<MixedOutcome> {
  const server = { url }
  const files: string[] = []
  const folders: string[] = []
  const succeeded = new Map<string, number>()
  const failures: string[] = []
  let calls = 0

  const pick = <T>(items: readonly T[], otherwise: T): T => items[randomInt(Math.max(1, items.length))] ?? otherwise
  const some = (items: readonly string[]): string => Array.from({ length: randomInt(1, 5) }, () => pick(items, 'zzzzzz')).join(',')
  const aFile = () => pick(files, 'zzzzzz')
  const aFolder = () => randomInt(4) === 0 ? '0' : pick(folders, '0')
  const anEmail = () => `contact${randomInt(40)}@example.org`
  const own = (params: Params): Params => ({ session_key: sessionKey, ...params })
  const key: Params = { api_key: API_KEY, api_version: VERSION }

  /** How each method is called; a new one must be told here. */
  const PARAMS: Readonly<Record<string, () => Params | Promise<Params>>> = {
    'auth.register': () => ({ ...key, user_name: `user${randomInt(200)}`, full_name: 'Some User', email: `user${randomInt(200)}@example.org`, password: 'secret1' }),
    'auth.createToken': () => key,
    'auth.login': async () => {
      const token = await newToken(server, VERSION)
      return { token, user_name: 'alice', tokened_password: md5(token + md5('secret1')) }
    },
    'auth.checkSession': () => own({}),
    // Its own session, so that the others go on.
    'auth.logout': async () => {
      const xml = await call(server, 'auth.login', await PARAMS['auth.login']?.())
      return { session_key: errorCode(xml) === 0 ? element(xml, 'session_key') : 'none' }
    },
    'upload.getInfo': () => own({}),
    'anonymous.uploadGetInfo': () => key,
    'anonymous.filesSendMail': () => ({ ...key, file_id: some(files), sender_email: anEmail(), emails: anEmail() }),
    'download.getInfo': () => own({ file_id: aFile() }),
    'files.getInfo': () => own({ file_id: some(files) }),
    'files.moveToFolder': () => own({ file_id: some(files), folder_id: aFolder() }),
    'files.setInfo': () => own({
      file_id: some(files),
      description: 'changed',
      folder_id: aFolder(),
      downloads_limit: pick(['', 1, 5], ''),
      limit_action: pick([0, 1, 2, 3], 0),
      limit_action_to_folder: aFolder()
    }),
    'files.delete': () => own({ file_id: aFile() }),
    'files.sendMail': () => own({ file_id: some(files), emails: anEmail() }),
    'folders.getInfo': () => own({ folder_id: aFolder() }),
    'folders.create': () => own({ name: 'folder', shared: randomInt(2), parent_folder_id: aFolder() }),
    'folders.setInfo': () => own({ folder_id: pick(folders, 'zzzzzz'), name: 'renamed', parent_folder_id: aFolder() }),
    'folders.delete': () => own({ folder_id: pick(folders, 'zzzzzz') }),
    'folders.getContents': () => own({ folder_id: aFolder() }),
    'folders.getShared': () => own({ folder_id: pick(folders, '0') }),
    'folders.getAll': () => own({}),
    'folders.move': () => own({ folder_id: pick(folders, 'zzzzzz'), parent_folder_id: aFolder() }),
    'folders.sendMail': () => own({ folder_id: some(folders), emails: anEmail() }),
    'addressbook.list': () => own({}),
    'addressbook.add': () => own({ email: anEmail() }),
    'addressbook.update': () => own({ email: anEmail(), name: 'Contact' }),
    'addressbook.delete': () => own({ email: `${anEmail()},${anEmail()}` })
  }

  function remember (known: string[], id: string | undefined): void {
    if (id === undefined) return
    if (known.length < MAX_KNOWN) known.push(id)
    else known[randomInt(MAX_KNOWN)] = id
  }

  async function act (method: string): Promise<void> {
    const params = PARAMS[method]
    if (params === undefined) throw new Error(`say here how to call ${method}`)
    const xml = await call(server, method, await params())
    const code = errorCode(xml)
    calls++
    // Files that others have deleted meanwhile are counted as guesses.
    if (TEMPORARY.includes(code) && !xml.includes('too many attempts')) failures.push(`${method}: ${code}`)
    if (code !== 0) return
    succeeded.set(method, (succeeded.get(method) ?? 0) + 1)
    if (method === 'folders.create') remember(folders, attribute(xml, 'id'))
    if (method === 'auth.login') await call(server, 'auth.logout', { session_key: element(xml, 'session_key') })
    if (method.endsWith('ploadGetInfo') || method === 'upload.getInfo') await send(readTicket(xml))
    if (method === 'download.getInfo') await fetchFile(attribute(xml, 'url'))
  }

  async function send (ticket: ReturnType<typeof readTicket>): Promise<void> {
    const { status, body } = await upload(ticket, [{ name: 'a.bin', bytes: BYTES.subarray(0, randomInt(BYTES.length)) }], { folder_id: aFolder() })
    if (status !== 200 || /error(?:=| code=")13/.test(body)) failures.push(`an upload: ${status} ${body}`)
    remember(files, /^file_id=(\w{6})$/m.exec(body)?.[1])
  }

  /** One in three breaks off. */
  async function fetchFile (link: string): Promise<void> {
    const response = await fetch(link)
    if (response.status >= 500) failures.push(`a download: ${response.status}`)
    await (randomInt(3) === 0 ? response.body?.cancel() : response.arrayBuffer())
  }

  const names = METHODS.map(method => method.name)
  await Promise.all(Array.from({ length: clients }, async () => {
    while (!isOver(succeeded)) await act(pick(names, '')).catch((error: unknown) => { failures.push(String(error)) })
  }))
  return { succeeded, calls, failures }
}
