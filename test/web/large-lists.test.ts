/** Lists of more files than one statement reads, and the totals of folders. */
import t from 'tap'
import { PAGE_ROWS, type FileOrder } from '../../src/domain/files/file-order.ts'
import { listFilePage } from '../../src/store/files/file-pages.ts'
import { MAX_FOUND, searchFiles } from '../../src/store/files/file-search.ts'
import { recountTotals } from '../../src/store/files/file-totals.ts'
import { copyFile } from '../support/insert-files.ts'
import { logInOnPages } from '../support/page-session.ts'
import { attribute, call, openSession, uploadFile, type Params } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

const createFolder = async (server: TestServer, key: string, params: Params) => attribute(await call(server, 'folders.create', { session_key: key, ...params }), 'id')

const ORDERS: readonly FileOrder[] = (['name', 'size', 'date'] as const).flatMap(by => [{ by, isDescending: false }, { by, isDescending: true }])

const COLUMNS = {
  id: 'text', owner_id: 'bigint', folder_id: 'text', name: 'text', size: 'bigint', crc32: 'bigint', blob_id: 'text', delete_code: 'text', uploaded_at: 'bigint', expires_at: 'bigint'
} as const

const NAMES = (i: number): string => `${i % 2 === 0 ? 'Name' : 'name'} ${i * 31 % 4001}`

/** Files in the root folder; of each hundred one has expired at 1000. */
async function fill ({ app }: TestServer, count: number, nameOf = NAMES): Promise<void> {
  const { sql } = app.ports
  const rows = [...Array(count).keys()].map(i => {
    const id = (i * 7919 % 99_991).toString(36).padStart(6, '0')
    return {
      id, owner_id: 1, folder_id: '0', name: nameOf(i), size: i % 13, crc32: 0, blob_id: id, delete_code: id, uploaded_at: i % 1000, expires_at: i % 100 === 0 ? 1000 : null
    }
  })
  for (let at = 0; at < count; at += 5000) await sql.fill('files', COLUMNS, rows.slice(at, at + 5000))
  await sql.batch(recountTotals())
}

const giveWay = async () => undefined

t.test('each page of a very long folder is the one that counting gives, by its number and from the pages beside it', async t => {
  const server = await startServer(t)
  await openSession(server)
  await fill(server, 25_123)
  const { sql } = server.app.ports
  for (const availableAt of [undefined, 2000]) {
    const shelf = { ownerId: 1, folderId: '0', ...availableAt !== undefined && { availableAt } }
    for (const order of ORDERS) {
      const columns = { name: ['lower(name)', 'name', 'id'], size: ['size', 'lower(name)', 'id'], date: ['uploaded_at', 'id'] }[order.by]
      const all = (await sql.all(`select id from files where owner_id = 1 and folder_id = '0' ${availableAt === undefined ? '' : 'and expires_at is null'} order by ${columns.map(column => `${column}${order.isDescending ? ' desc' : ''}`).join(', ')}`)).map(row => row.id)
      const pages = Math.ceil(all.length / PAGE_ROWS)
      for (const page of [1, 2, 51, 60, 63, 64, pages - 1, pages, pages + 5]) {
        const list = await listFilePage(sql, shelf, order, { page }, giveWay)
        const shown = Math.min(page, pages)
        const expected = (shown: number) => all.slice((shown - 1) * PAGE_ROWS, shown * PAGE_ROWS)
        t.strictSame([list.page, list.pages, list.total], [shown, pages, all.length])
        t.strictSame(list.files.map(({ id }) => id), expected(shown), `page ${page}`)
        if (shown < pages) t.strictSame((await listFilePage(sql, shelf, order, { page: shown + 1, after: list.ends?.last }, giveWay)).files.map(({ id }) => id), expected(shown + 1), 'the next one')
        if (shown > 1) t.strictSame((await listFilePage(sql, shelf, order, { page: shown - 1, before: list.ends?.first }, giveWay)).files.map(({ id }) => id), expected(shown - 1), 'the previous one')
      }
    }
  }
  const order: FileOrder = { by: 'size', isDescending: false }
  const second = await listFilePage(sql, { ownerId: 1, folderId: '0' }, order, { page: 2 }, giveWay)
  t.strictSame((await listFilePage(sql, { ownerId: 1, folderId: '0' }, order, { page: 2, after: 'absent' }, giveWay)).files, second.files, 'a file that is gone leads nowhere: the number counts')
})

t.test('a search looks at all names of an account, and finds no more than can be shown', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  // More have the same name than one statement reads, and more come behind it.
  await fill(server, 75_000, i => i < 35_000 ? 'M, the same' : NAMES(i))
  const folder = await createFolder(server, key, { name: 'Inner' })
  const other = await uploadFile(server, key, 'NAME 77 again', 'a', { folder_id: folder })
  const { sql } = server.app.ports
  for (const [text, like] of [['ame 77', '%ame 77%'], ['NAME 4000', '%name 4000%'], ['again', '%again%'], ['nowhere', '%nowhere%'], [' 3999', '% 3999%']] as const) {
    const expected = (await sql.all('select id from files where lower(name) like $like order by uploaded_at, id', { like })).map(row => row.id)
    const found = await searchFiles(sql, 1, text, { by: 'date', isDescending: false }, 1, giveWay)
    t.strictSame([found.total, found.isCut, found.files.map(({ id }) => id)], [expected.length, false, expected.slice(0, PAGE_ROWS)], text)
  }
  t.equal((await searchFiles(sql, 1, 'ame 77', { by: 'date', isDescending: true }, 1, giveWay)).files[0]?.id, other)
  t.equal((await searchFiles(sql, 2, 'name', { by: 'name', isDescending: false }, 1, giveWay)).total, 0, 'of another account nothing')
  t.equal((await searchFiles(sql, 1, 'm, the', { by: 'date', isDescending: true }, 1, giveWay)).isCut, true)
  const many = await searchFiles(sql, 1, 'name', { by: 'name', isDescending: false }, 1000, giveWay)
  t.strictSame([many.total, many.isCut, many.page, many.files.length], [MAX_FOUND, true, MAX_FOUND / PAGE_ROWS, PAGE_ROWS])
  const page = await (await (await logInOnPages(server)).visit('/my?q=name')).text()
  t.match(page, 'Very many files match. These are 5,000 of them')
})

t.test('the links of a long list lead through all of it and back', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await createFolder(server, key, { name: 'Long', shared: 1 })
  await copyFile(server, await uploadFile(server, key, 'N 1', 'a', { folder_id: id }), 1100, i => `N ${i + 2}`)
  const visitor = await logInOnPages(server)
  for (const [start, look] of [[`/my?folder=${id}`, /aria-label="Select (N \d+)"/g], [`/folder/${id}`, />(N \d+)</g]] as const) {
    for (const sort of ['name', '-size', 'date']) {
      const pages: string[][] = []
      const follow = async (from: string, label: string, take: (names: string[]) => void): Promise<string> => {
        for (let address = from; ;) {
          const text = await (await visitor.visit(address)).text()
          take([...text.matchAll(look)].map(([, name = '']) => name))
          const next = new RegExp(`<a href="([^"]*)">${label}`).exec(text)?.[1]?.replaceAll('&amp;', '&')
          if (next === undefined) return address
          address = next.startsWith('?') ? `${start.split('?')[0]}${next}` : next
        }
      }
      const last = await follow(`${start}${start.includes('?') ? '&' : '?'}sort=${sort}`, 'Next', names => { pages.push(names) })
      t.equal(new Set(pages.flat()).size, 1101, `${start} ${sort}`)
      t.match(last, '&after=')
      const back: string[][] = []
      await follow(last, 'Previous', names => { back.unshift(names) })
      t.strictSame(back, pages, 'and back')
    }
  }
})
