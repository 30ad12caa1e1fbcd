/** Long lists: compared with the bare query, and how long others wait meanwhile. */
import { join } from 'node:path'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { download } from './curl.ts'
import type { Figure } from './figure.ts'
import { serveFilled } from './filled-storage.ts'
import { longestWaitDuring } from './longest-wait.ts'
import { compare, median } from './rounds.ts'

const ROUNDS = 9
const FILES = 10_000
const CONTACTS = 1_000
/** The answer may take three times as long. */
const AT_LEAST = 0.33

interface List {
  readonly work: string
  readonly method: string
  readonly sql: string
}

const FILE_LIST: List = {
  work: 'folders.getContents of 10,000 files',
  method: 'folders.getContents&folder_id=0',
  sql: `select id, name, description, sealed_password, folder_id, uploaded_at, size, downloads, expires_at, download_limit, limit_action,
    limit_action_folder_id, link_version from files where owner_id = 1 and folder_id = '0' order by uploaded_at, id`
}

const CONTACT_LIST: List = {
  work: 'addressbook.list of 1,000',
  method: 'addressbook.list',
  sql: 'select email, name, description, type from contacts where user_id = 1 order by email_key'
}

export async function measureLongLists (folder: string): Promise<Figure[]> {
  const respace = await serveFilled(join(folder, 'storage-of-long-lists'), FILES, 1)
  const db = openDatabase(join(respace.storage, 'respace.sqlite'))
  fillAddressBook(db)
  const [call = ''] = respace.calls
  const session = new URL(call).searchParams.get('session_key') ?? ''
  const addressOf = ({ method }: List) => `${respace.url}/rest/?method=${method}&session_key=${session}`

  const figures: Figure[] = []
  for (const list of [FILE_LIST, CONTACT_LIST]) {
    const ask = async () => 1 / (await download(addressOf(list))).seconds
    const query = async () => 1 / queryAndJoin(db, list.sql)
    await compare(3, ask, query)
    const { ours, theirs, ratio, spread } = await compare(ROUNDS, ask, query)
    figures.push({
      work: `${list.work} ÷ bare query and join`,
      ours: `${(1000 / ours).toFixed(1)} ms`,
      theirs: `${(1000 / theirs).toFixed(1)} ms`,
      value: ratio,
      spread,
      target: { atLeast: AT_LEAST }
    })
  }

  const waits: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    waits.push(await longestWaitDuring(folder, `${respace.url}/healthz`, () => download(addressOf(FILE_LIST))))
  }
  figures.push({
    work: 'longest wait of others during folders.getContents',
    ours: `${median(waits).toFixed(1)} ms`,
    theirs: '',
    value: median(waits),
    target: { atMost: 50, unit: 'ms' }
  })
  db.close()
  await respace.stop()
  return figures
}

/** Seconds to read all rows and join their values to one text. */
function queryAndJoin (db: ReturnType<typeof openDatabase>, sql: string): number {
  const statement = db.prepare<[], Record<string, string | number | null>>(sql)
  const began = performance.now()
  const text = statement.all().map(row => Object.entries(row).map(([name, value]) => `${name}="${value}"`).join(' ')).join('\n')
  if (text === '') throw new Error('the list is empty')
  return (performance.now() - began) / 1000
}

function fillAddressBook (db: ReturnType<typeof openDatabase>): void {
  const insert = db.prepare(`
    insert into contacts (user_id, email_key, email, name, description, type, created_at) values (1, $email, $email, 'A Name', 'Described & more', 0, 0)`)
  db.transaction(() => { for (let i = 0; i < CONTACTS; i++) insert.run({ email: `contact${i}@example.org` }) })()
}
