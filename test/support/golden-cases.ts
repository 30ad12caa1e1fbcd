/** What is asked for each golden answer, and the account that answers it. */
import { API_KEY, element, logIn, md5, newToken, register, upload, userTicket, type Params } from './client.ts'
import { recount } from '../../src/store/uploads/stored-bytes.ts'
import type { TestServer } from './server.ts'

export interface Case {
  /** The golden answer's name, which begins with its method unless that is given. */
  readonly golden: string
  readonly params: Params
  readonly method?: string
  /** A change of what is stored before the call; it is undone afterwards. */
  readonly state?: string
  /** Whether it comes over HTTPS, through a trusted proxy. */
  readonly isHttps?: boolean
  readonly since?: string
  /** What is sent otherwise in ten calls before it. */
  readonly wrong?: Params
}

/** The mails of a user's hour, or with 0 of all who have no account, are used up. */
const noMoreMails = (sender: number, now: number) =>
  `delete from mail_counts; insert into mail_counts (sender_id, hour, mails) values (${sender}, ${Math.floor(now / 3_600_000)}, 100)`

/** What the operator has switched off. */
const pause = (name: 'maintenance' | 'uploads') => `insert into pauses (name, paused_at) values ('${name}', 0)`

/** Names that a strict reader must get back as they are. */
const ODD_NAME = 'R&D <1> "x".txt'

/** Alice with five files and four folders, Bobby with one private folder; the ids stand in the golden answers. */
export async function makeWorld (server: TestServer, version: string): Promise<string> {
  await register(server)
  await register(server, 'bobby')
  const key = element(await logIn(server, 'alice', 'secret1', version), 'session_key')
  const { sql } = server.app.ports
  const files: Array<[string, string, string, string, Record<string, string>]> = [
    ['file01', ODD_NAME, 'hello', '0', { description: 'A & B', password: 'pass' }], ['file02', 'b.txt', 'b', 'fold01', {}],
    ['file03', 'c.txt', 'c', 'fold04', {}], ['file04', 'd.txt', 'd', 'fold04', {}], ['file05', 'e.txt', 'e', 'fold04', {}]
  ]
  for (const [id, name, bytes, folder, fields] of files) {
    const { url } = await userTicket(server, key)
    const { body } = await upload({ url: server.url + url.slice(url.indexOf('/', 'https://'.length)) }, [{ name, bytes }], fields)
    const found = /file_id=(\w+)/.exec(body)?.[1] ?? ''
    await sql.run('update files set id = $id, folder_id = $folder where id = $found', { id, folder, found })
  }
  const folders: Array<[string, number, string, string, number]> = [
    ['fold01', 1, '0', 'Photos & more', 1], ['fold02', 1, 'fold01', 'Inner', 0], ['fold03', 1, 'fold01', 'also inner', 1], ['fold09', 2, '0', 'Secret', 0]
  ]
  for (const [id, owner, parent, name, shared] of folders) {
    await sql.run('insert into folders (id, owner_id, parent_id, name, is_shared, created_at) values ($id, $owner, $parent, $name, $shared, 0)',
      { id, owner, parent, name, shared })
  }
  await recount(sql)
  return key
}

/** What is asked of an account without files. */
export async function accountCases (server: TestServer, version: string): Promise<Case[]> {
  const token = await newToken(server, version)
  const session = async () => ({ session_key: element(await logIn(server, 'alice', 'secret1', version), 'session_key') })
  const key = { api_key: API_KEY, api_version: version }
  const alice = { api_key: API_KEY, user_name: 'alice', full_name: 'Alice Example', email: 'alice@example.org', password: 'secret1' }
  const credentials = { token, user_name: 'alice', tokened_password: md5(token + md5('secret1')) }
  const unknown = { session_key: 'x'.repeat(32) }
  return [
    { golden: 'auth.register', params: { ...alice, user_name: 'carol', email: 'carol@example.org' } },
    { golden: 'auth.register.27', params: { ...alice, email: 'other@example.org' } },
    { golden: 'auth.register.mails', params: { ...alice, user_name: 'dave', email: 'dave@example.org', password: '' }, state: noMoreMails(0, server.clock.time) },
    // The accounts that were opened before are in the counts.
    { golden: 'auth.register.often', params: { ...alice, user_name: 'dave', email: 'dave@example.org' }, state: 'update rate_counts set used = 1000' },
    { golden: 'auth.createToken', params: key },
    { golden: 'auth.createToken.small', method: 'auth.createtoken', params: key },
    { golden: 'auth.createToken.5', params: { ...key, api_version: '1.3' } },
    { golden: 'auth.login', params: credentials },
    { golden: 'auth.login.6', params: { ...credentials, token: 'x'.repeat(32) } },
    { golden: 'auth.login.8', params: { ...credentials, tokened_password: md5('wrong') } },
    { golden: 'auth.login.11', params: credentials, state: 'update users set is_disabled = 1 where id = 1' },
    {
      golden: 'auth.login.30',
      params: credentials,
      state: `insert into sessions (session_key, user_id, api_version, created_at, last_used_at)
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 100)
        select 's' || i, 1, '1.0', ${server.clock.now()}, ${server.clock.now()} from n`
    },
    { golden: 'auth.checkSession', params: await session() },
    { golden: 'auth.checkSession.expired', params: await session(), state: 'update sessions set last_used_at = 0' },
    { golden: 'auth.checkSession.6', params: unknown },
    { golden: 'auth.checkSession.7', params: { session_key: token } },
    { golden: 'auth.logout', params: await session() },
    { golden: 'auth.logout.6', params: unknown },
    { golden: 'upload.getInfo', params: await session() },
    { golden: 'upload.getInfo.6', params: unknown },
    { golden: 'upload.getInfo.19', params: await session(), state: 'update users set plan_ends_at = 1' },
    { golden: 'upload.getInfo.20', params: await session(), state: 'update users set disk_quota = 0' },
    { golden: 'upload.getInfo.11', params: await session(), state: "update users set capabilities = 'download'" },
    { golden: 'upload.getInfo.13', params: await session(), state: pause('uploads') },
    { golden: 'folders.create.11', params: { ...await session(), name: 'a' }, state: "update users set capabilities = 'upload'" },
    { golden: 'anonymous.uploadGetInfo', params: key },
    { golden: 'anonymous.uploadGetInfo.13', params: key, state: pause('uploads') },
    { golden: 'anonymous.uploadGetInfo.5', params: { ...key, api_version: '0.9' } },
    { golden: 'common.1', method: '', params: {} },
    { golden: 'common.2', method: 'no.such&method', params: {} },
    { golden: 'common.3', method: 'folders.getAll', params: {} },
    { golden: 'common.4', method: 'folders.create', params: await session() },
    { golden: 'common.5', method: 'auth.createToken', params: { ...key, api_version: '2.0' } },
    { golden: 'common.6', method: 'folders.getAll', params: unknown },
    { golden: 'common.7', method: 'folders.getAll', params: { session_key: token } },
    { golden: 'common.15', method: 'folders.getAll', params: {}, state: pause('maintenance') },
    { golden: 'common.16', method: 'upload.getInfo', params: { ...await session(), speed_limit: 'fast' } },
    { golden: 'common.17', method: 'folders.getAll', params: await session(), state: 'update users set is_https_forbidden = 1', isHttps: true },
    { golden: 'common.18', method: 'auth.createToken', params: { ...key, api_key: 'bad' } },
    { golden: 'common.21', method: 'folders.create', params: { ...await session(), name: 'a', shared: 2 } },
    { golden: 'auth.login.8.limited', params: credentials, wrong: { tokened_password: md5('wrong') } }
  ]
}

/** What is asked of Alice's files. */
export function fileCases (key: string, version: string, now: number): Case[] {
  const session = { session_key: key }
  const day = Math.floor(now / 86_400_000)
  const ask = (golden: string, params: Params, state?: string): Case =>
    ({ golden, params: { ...session, ...params }, ...(state !== undefined && { state }) })
  const anonymous = (golden: string, params: Params, since = '1.0', state?: string): Case => ({
    golden,
    params: { api_key: API_KEY, api_version: version, sender_email: 's@example.org', emails: 'a@example.org', file_id: 'file01', ...params },
    since,
    ...(state !== undefined && { state })
  })
  const renamed = { file_id: 'file01', name: 'new & old.txt' }
  const cleared = { ...renamed, password: '', folder_id: '', time_limit: '', downloads_limit: '', limit_action: '' }
  return [
    ask('download.getInfo', { file_id: 'http://www.sendspace.com/file/file01', password: 'pass' }),
    ask('download.getInfo.9', { file_id: 'zzzzzz' }),
    ask('download.getInfo.11', { file_id: 'file01', password: 'pass' }, 'update files set download_limit = 1, downloads = 1, limit_action = 1'),
    ask('download.getInfo.12', { file_id: 'file01', password: 'pass' }, "update files set blob_id = 'gone' where id = 'file01'"),
    ask('download.getInfo.19', { file_id: 'file01', password: 'pass' }, 'update users set plan_ends_at = 1'),
    ask('download.getInfo.22', { file_id: 'file01' }),
    ask('download.getInfo.23', { file_id: 'file01', password: 'pass' }, `insert into traffic (user_id, day, bytes) values (1, ${day}, 1099511627776)`),
    ask('download.getInfo.26', { file_id: 'http://files.example/file/file01?a=1&b=<2>' }),
    ask('files.getInfo', { file_id: 'file01' }),
    ask('files.getInfo.some', { file_id: 'file02, zzzzzz,,http://respace.example/file/file01,yyyyyy,file02' }),
    ask('files.getInfo.9', { file_id: 'zzzzzz, yyyyyy' }),
    ask('files.getInfo.26', { file_id: 'http://files.example/file/file01' }),
    ask('files.moveToFolder', { file_id: 'file01', folder_id: 'fold01' }),
    ask('files.moveToFolder.some', { file_id: 'file02,zzzzzz,file01', folder_id: 0 }),
    ask('files.moveToFolder.9', { file_id: 'zzzzzz', folder_id: 'fold01' }),
    ask('files.moveToFolder.10', { file_id: 'file01,file02', folder_id: 'fold09' }),
    ask('files.setInfo', {
      ...renamed, description: 'changed', password: 'secret', folder_id: 'fold01', time_limit: 3600, downloads_limit: 7, limit_action: 3, limit_action_to_folder: 'fold02'
    }),
    ask('files.setInfo.clear', { ...cleared, description: '' }),
    ask('files.setInfo.some', { ...cleared, description: 'again', file_id: 'file01,zzzzzz' }),
    ask('files.setInfo.4', { file_id: 'file01', limit_action: 3 }),
    ask('files.setInfo.9', { file_id: 'zzzzzz', name: 'a' }),
    ask('files.setInfo.10', { file_id: 'file01', folder_id: 'zzzzzz' }),
    ask('files.setInfo.21', { file_id: 'file01', name: '' }),
    ask('files.sendMail', { file_id: 'file01,file02', emails: 'a@example.org', message: 'look' }),
    ask('files.sendMail.some', { file_id: 'zzzzzz,file02', emails: 'a@example.org' }),
    ask('files.sendMail.9', { file_id: 'zzzzzz', emails: 'a@example.org' }),
    ask('files.sendMail.11', { file_id: 'file01', emails: 'a@example.org' }, noMoreMails(1, now)),
    ask('files.sendMail.24', { file_id: 'file01', emails: 'a@example.org,bad' }),
    ask('files.delete', { file_id: 'file03' }),
    ask('files.delete.some', { file_id: 'file04,zzzzzz,file05,yyyyyy' }),
    ask('files.delete.9', { file_id: 'u5txwy' }),
    anonymous('anonymous.filesSendMail', {}),
    anonymous('anonymous.filesSendMail.some', { file_id: 'file02,zzzzzz,file01' }, '1.2'),
    anonymous('anonymous.filesSendMail.9', { file_id: 'zzzzzz' }, '1.2'),
    anonymous('anonymous.filesSendMail.11', {}, '1.2', noMoreMails(0, now)),
    anonymous('anonymous.filesSendMail.24', { emails: 'bad' }, '1.2'),
    { ...ask('download.getInfo.22.limited', { file_id: 'file01', password: 'pass' }), wrong: { password: 'wrong' } }
  ]
}

/** What is asked of Alice's folders and contacts. */
export function folderCases (key: string, now: number): Case[] {
  const ask = (golden: string, params: Params = {}, state?: string): Case =>
    ({ golden, params: { session_key: key, ...params }, ...(state !== undefined && { state }) })
  const contacts = `insert into contacts (user_id, email_key, email, name, description, type, created_at)
    values (1, 'bob@example.org', 'Bob@example.org', 'Bob & "B"', 'a friend', 0, 0), (1, 'amy@example.org', 'amy@example.org', '', '', 1, 0)`
  const full = `insert into contacts (user_id, email_key, email, name, description, type, created_at)
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000) select 1, i, i, '', '', 0, 0 from n`
  return [
    ask('folders.getInfo', { folder_id: 'fold01' }),
    ask('folders.getInfo.root', { folder_id: 0 }),
    ask('folders.getInfo.10', { folder_id: 'zzzzzz' }),
    ask('folders.create', { name: 'New <one>', shared: 1, parent_folder_id: 'fold01' }),
    ask('folders.create.10', { name: 'New', parent_folder_id: 'fold09' }),
    ask('folders.setInfo', { folder_id: 'fold02', name: 'Inner 2', shared: 1 }),
    ask('folders.setInfo.clear', { folder_id: 'fold02', name: 'Inner 2', shared: '', parent_folder_id: '' }),
    ask('folders.setInfo.10', { folder_id: 'zzzzzz', name: 'a' }),
    ask('folders.setInfo.11', { folder_id: 0, shared: 1 }),
    ask('folders.setInfo.31', { folder_id: 'fold01', parent_folder_id: 'fold02' }),
    ask('folders.setInfo.31.root', { folder_id: 0, parent_folder_id: 'fold01' }),
    ask('folders.move', { folder_id: 'fold02', parent_folder_id: 0 }),
    ask('folders.move.10', { folder_id: 'fold02', parent_folder_id: 'fold09' }),
    ask('folders.move.31', { folder_id: 'fold01', parent_folder_id: 'fold01' }),
    ask('folders.move.31.root', { folder_id: 0, parent_folder_id: 'fold01' }),
    ask('folders.getContents', { folder_id: 'fold01' }),
    ask('folders.getContents.empty', { folder_id: 'fold02' }),
    ask('folders.getContents.10', { folder_id: 'zzzzzz' }),
    ask('folders.getShared', { folder_id: 'http://www.sendspace.com/folder/fold01' }),
    ask('folders.getShared.10', { folder_id: 'http://files.example/folder/fold01' }),
    ask('folders.getShared.33', { folder_id: 'fold09' }),
    ask('folders.getAll'),
    ask('folders.sendMail', { folder_id: 'fold01', emails: 'a@example.org' }),
    ask('folders.sendMail.some', { folder_id: 'fold03,zzzzzz,fold01', emails: 'a@example.org' }),
    ask('folders.sendMail.10', { folder_id: 'zzzzzz', emails: 'a@example.org' }),
    ask('folders.sendMail.11', { folder_id: 'fold01', emails: 'a@example.org' }, noMoreMails(1, now)),
    ask('folders.sendMail.24', { folder_id: 'fold01', emails: 'bad' }),
    ask('folders.delete', { folder_id: 'fold04' }, "insert into folders (id, owner_id, parent_id, name, created_at) values ('fold04', 1, '0', 'Empty', 0); delete from files where folder_id = 'fold04'"),
    ask('folders.delete.10', { folder_id: 'zzzzzz' }),
    ask('folders.delete.11', { folder_id: 0 }),
    ask('folders.delete.14', { folder_id: 'fold01' }),
    ask('addressbook.list.empty'),
    ask('addressbook.list', {}, contacts),
    ask('addressbook.add', { email: 'Bob@example.org', name: 'Bob & "B"', description: 'a friend' }),
    ask('addressbook.add.type', { email: 'amy@example.org', type: 1 }),
    ask('addressbook.add.24', { email: 'bad' }),
    ask('addressbook.add.28', { email: 'BOB@example.org' }, contacts),
    ask('addressbook.add.32', { email: 'one@example.org' }, full),
    ask('addressbook.update', { email: 'bob@example.org', name: 'Robert', description: '', type: 1 }, contacts),
    ask('addressbook.update.29', { email: 'nobody@example.org', name: 'a' }),
    ask('addressbook.delete', { email: 'bob@example.org' }, contacts),
    ask('addressbook.delete.some', { email: 'amy@example.org,nobody@example.org' }, contacts),
    ask('addressbook.delete.29', { email: 'nobody@example.org' })
  ]
}
