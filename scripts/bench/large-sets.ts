/** A storage with two million files of 50,000 accounts, compared with one of a thousand: lists, sums, search and the sweep, and how long others wait. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { recountTotals } from '../../src/store/files/file-totals.ts'
import { logInOnPages, type Visitor } from '../../test/support/page-session.ts'
import type { Figure } from './figure.ts'
import { longestWaitDuring } from './longest-wait.ts'
import { measureByTurns, median } from './rounds.ts'
import { serve, session, type Respace } from './respace.ts'

const ROUNDS = 9
/** The large storage may take twice the time of the small one. */
const AT_LEAST = 0.5
/** Milliseconds. */
const LONGEST_WAIT = 50

interface Size {
  readonly files: number
  readonly users: number
}

const SMALL: Size = { files: 1000, users: 25 }
/** BENCH_LARGE_FILES makes it smaller, for a first look. */
const FILES = Number(process.env.BENCH_LARGE_FILES ?? 2_000_000)
const LARGE: Size = { files: FILES, users: FILES / 40 }

/** Half of the files are in the root folder of one account, the others belong to everybody. */
const SHARE = 2

/** A server on a filled storage, with its administrator. */
interface Filled extends Respace {
  readonly size: Size
  readonly key: string
  readonly visitor: Visitor
}

interface Work {
  readonly name: string
  ask (filled: Filled): Promise<unknown>
}

const page = (name: string, address: (filled: Filled) => string): Work => ({ name, ask: async filled => requireOk(await filled.visitor.visit(address(filled))) })
const call = (name: string, words: string): Work => ({ name, ask: async ({ url, key }) => requireOk(await fetch(`${url}/rest/?method=${words}&session_key=${key}`)) })

const WORKS: readonly Work[] = [
  { name: '/metrics', ask: async ({ url }) => requireOk(await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })) },
  page('/admin', () => '/admin'),
  page('/admin/files', () => '/admin/files'),
  page('/admin/users, searched', () => '/admin/users?q=user7'),
  call('folders.getInfo of the root', 'folders.getInfo&folder_id=0'),
  page('/my', () => '/my'),
  page('/my, its page 1,000', ({ size }) => `/my?page=${Math.min(1000, size.files / SHARE / 200)}`),
  page('/my, its page 1,000, by size', ({ size }) => `/my?sort=-size&page=${Math.min(1000, size.files / SHARE / 200)}`),
  page('search of a name', ({ size }) => `/my?q=report+${size.files / SHARE - 7}+`),
  page('search of what all have', () => '/my?q=more'),
  page('search of nothing', () => '/my?q=nowhere')
]

const TOKEN = 'token-of-the-benchmark'

/** Measures both alternately; the ratio is small ÷ large. */
export async function measureLargeSets (folder: string, only = /./): Promise<Figure[]> {
  const [small, large] = [await serveFilled(join(folder, 'storage-of-small-set'), SMALL), await serveFilled(join(folder, 'storage-of-large-set'), LARGE)]
  const figures: Figure[] = []
  for (const work of WORKS.filter(({ name }) => only.test(name))) figures.push(...await measure(folder, work, small, large))
  await small.stop()
  await large.stop()
  return [...figures, ...await measureStarts(small, large)]
}

async function measure (folder: string, { name, ask }: Work, small: Filled, large: Filled): Promise<Figure[]> {
  const time = (filled: Filled) => async () => {
    const began = performance.now()
    await ask(filled)
    return performance.now() - began
  }
  await measureByTurns(2, [time(large), time(small)])
  const results = await measureByTurns(ROUNDS, [time(large), time(small)])
  const wait = await longestWaitDuring(folder, `${large.url}/rest/?method=auth.checkSession&session_key=${large.key}`, async () => { for (let i = 0; i < 3; i++) await ask(large) })
  return [ratioOf(`${name}: 1,000 files ÷ ${LARGE.files.toLocaleString('en')}`, results), {
    work: 'longest wait of others meanwhile', ours: `${wait.toFixed(1)} ms`, theirs: '', value: wait, target: { atMost: LONGEST_WAIT, unit: 'ms' }
  }]
}

/** The sweep is part of a start. */
async function measureStarts (small: Filled, large: Filled): Promise<Figure[]> {
  const time = ({ storage }: Filled) => async () => {
    const began = performance.now()
    const respace = await serve(storage)
    const took = performance.now() - began
    await respace.stop()
    return took
  }
  return [ratioOf('a start, with its sweep: 1,000 files ÷ ' + LARGE.files.toLocaleString('en'), await measureByTurns(ROUNDS, [time(large), time(small)]))]
}

function ratioOf (work: string, results: readonly number[][]): Figure {
  const [large, small] = [median(results.map(([mine = NaN]) => mine)), median(results.map(([, other = NaN]) => other))]
  return {
    work, ours: `${large.toFixed(1)} ms`, theirs: `${small.toFixed(1)} ms`, value: median(results.map(([mine = NaN, other = NaN]) => other / mine)), target: { atLeast: AT_LEAST }
  }
}

async function requireOk (response: Response): Promise<void> {
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${response.url}: status ${response.status}: ${text.slice(0, 200)}`)
}

/** Serves a storage of this size, which is filled the first time. */
async function serveFilled (storage: string, size: Size): Promise<Filled> {
  const variables = { RESPACE_METRICS_TOKEN: TOKEN }
  if (!existsSync(storage)) {
    const empty = await serve(storage)
    await session(empty)
    await empty.stop()
    fill(join(storage, 'respace.sqlite'), size)
  }
  const respace = await serve(storage, variables)
  const visitor = await logInOnPages(respace)
  await requireOk(await visitor.visit('/my?q=first'))
  if (size === LARGE) await indexIsMade(join(storage, 'respace.sqlite'))
  return { ...respace, size, key: await session(respace), visitor }
}

/** The first search has asked for it. */
async function indexIsMade (path: string): Promise<void> {
  const db = openDatabase(path, { readonly: true })
  const began = performance.now()
  while (db.prepare("select 1 from sqlite_master where name = 'name_index_accounts'").get() === undefined || db.prepare('select 1 from name_index_accounts where up_to > 1e15').get() === undefined) await sleep(100)
  process.stderr.write(`the index of names took ${((performance.now() - began) / 1000).toFixed(0)} s\n`)
  db.close()
}

/** Six characters that look random and never repeat: multiplying by a unit modulo 36^6 is a permutation. */
const ID = [5, 4, 3, 2, 1, 0].map(place => `substr('0123456789abcdefghijklmnopqrstuvwxyz', 1 + (i * 1234567891 + 987654321) % 2176782336 / ${36 ** place} % 36, 1)`).join(' || ')

/** Every tenth file has an end, every twentieth a limit of downloads. */
const STATEMENTS: ReadonlyArray<readonly [string, (size: Size) => number]> = [
  [`insert into users (id, user_name, user_name_key, full_name, email, email_key, sealed_password, plan, created_at)
    select i + 2, 'user' || i, 'user' || i, 'User ' || i, 'user' || i || '@example.org', 'user' || i || '@example.org', 'x', 'Pro', $now from numbers`, ({ users }) => users],
  [`insert into folders (id, owner_id, parent_id, name, created_at) select ${ID}, i + 2, '0', 'Folder', $now from numbers`, ({ users }) => users],
  ['insert into sessions (session_key, user_id, api_version, created_at, last_used_at) select \'session\' || i, i + 2, \'1.0\', $now, $now from numbers', ({ users }) => users],
  ['insert into traffic (user_id, day, bytes) select i + 2, $now / 86400000, 1000 from numbers', ({ users }) => users],
  [`insert into tickets (id, proof, api_version, max_file_size, speed_limit, expires_at, started_at, address, outcome, ended_at)
    select 'ticket' || i, 'x', '1.0', 0, 0, $now + 80000000, $now, 'x', 'done', $now from numbers`, ({ users }) => users],
  [`insert into events (id, happened_at, kind, who, about, address)
    select 'event' || i, $now - i, case i % 4 when 0 then 'login' when 1 then 'program-login' when 2 then 'deleted' else 'login-failed' end, 'user' || i, '', '' from numbers`,
  ({ users }) => Math.min(users, 40_000)],
  [`insert into files (id, owner_id, folder_id, name, size, crc32, blob_id, delete_code, uploaded_at, expires_at, download_limit, limit_action)
    select ${ID}, case when i < $alone then 1 else 2 + i % $users end, '0', 'report ' || i || ' & more.pdf', i, 0, 'blob' || i || '-0', i, $now - i,
      case when i % 10 = 0 then $now + 86400000000 end, case when i % 20 = 1 then 10 end, case when i % 20 < 2 then 2 end from numbers`, ({ files }) => files],
  ['update users set is_admin = 1 where id = 1', () => 1],
  ['update users set bytes_stored = (select coalesce(sum(size), 0) from files where owner_id = users.id)', () => 1],
  ...recountTotals().map(({ sql }): readonly [string, () => number] => [sql, () => 1])
]

/** Blobs are not written: nobody asks for them. */
function fill (path: string, size: Size): void {
  const db = openDatabase(path)
  db.exec('pragma synchronous = OFF')
  const known = { now: Date.now(), users: size.users, alone: size.files / SHARE }
  db.transaction(() => {
    for (const [text, countOf] of STATEMENTS) {
      const numbers = text.includes('from numbers') ? `with recursive numbers (i) as (select 0 union all select i + 1 from numbers where i < ${countOf(size) - 1})` : ''
      const [insert, select] = numbers === '' ? [text, ''] : [text.slice(0, text.indexOf('select')), numbers + text.slice(text.indexOf('select'))]
      const params = Object.fromEntries(Object.entries(known).filter(([name]) => text.includes(`$${name}`)))
      db.prepare(insert + select).run(params)
    }
  })()
  db.exec('pragma wal_checkpoint(TRUNCATE)')
  db.close()
}
