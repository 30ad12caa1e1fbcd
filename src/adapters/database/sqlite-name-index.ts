/**
 * The index of names in SQLite: FTS5 with parts of three characters. It holds only accounts that asked for it, so others pay nothing for it when they
 * upload. Its tables and triggers are made with the first of them, and they are no part of the schema: backups leave them out.
 */
import type { FoundFile, NameIndex } from '../../domain/files/name-index.ts'
import type { Sql, Statement } from '../../ports.ts'
import { toFoundFile } from '../../store/files/file-search.ts'
import { anywhere, numberOf } from '../../store/sql.ts'

/** Its tables begin with this, also those that FTS5 makes. */
export const NAME_INDEX = 'name_index'

const TRIGGERS = ['name_index_added', 'name_index_removed', 'name_index_renamed']
const MADE = ['name_index', 'name_index_accounts', ...TRIGGERS]

/** All entries of an account lie together, in the order of the rows: those of others are not read. Larger row numbers would need 4,294,967,296 uploads. */
const numberIn = (row: string): string => `${row}owner_id * 4294967296 + ${row}rowid`

/** Rows up to `up_to` are in the index. */
const isHeld = (row: string): string => `exists (select 1 from name_index_accounts where owner_id = ${row}owner_id and up_to >= ${row}rowid)`

const COMPLETE = Number.MAX_SAFE_INTEGER

const DROP = [...TRIGGERS.map(name => `drop trigger if exists ${name};`), 'drop table if exists name_index;', 'drop table if exists name_index_accounts;'].join('\n')

const CREATE = `
create table name_index_accounts (owner_id integer primary key, up_to integer not null);
create virtual table name_index using fts5 (name, content = '', tokenize = 'trigram', detail = 'none', columnsize = 0);
create trigger name_index_added after insert on files when ${isHeld('new.')} begin
  insert into name_index (rowid, name) values (${numberIn('new.')}, new.name);
end;
create trigger name_index_removed after delete on files when ${isHeld('old.')} begin
  insert into name_index (name_index, rowid, name) values ('delete', ${numberIn('old.')}, old.name);
end;
create trigger name_index_renamed after update of name, owner_id on files begin
  insert into name_index (name_index, rowid, name) select 'delete', ${numberIn('old.')}, old.name where ${isHeld('old.')};
  insert into name_index (rowid, name) select ${numberIn('new.')}, new.name where ${isHeld('new.')};
end;`

/** Rows that one transaction adds: about 40 milliseconds, for which other writes wait. */
const STEP = 2000

/** Rows that one statement searches, and those of them that it reads: some milliseconds, during which nobody else is served. */
const RANGE = 200_000
const READ = 1000

export function createNameIndex (sql: Sql): NameIndex {
  let making: Promise<void> | undefined

  async function make (ownerId: number): Promise<void> {
    // A migration that made the table of files again has removed the triggers.
    if (!await isMade(sql)) await sql.script(DROP + CREATE)
    for (let upTo = await readUpTo(sql, ownerId); upTo < COMPLETE;) {
      const written = await sql.batch(addRows(ownerId, upTo))
      upTo = numberOf(written?.at(-1)?.rows[0] ?? {}, 'up_to')
    }
  }

  return {
    async find (ownerId, text, most, giveWay) {
      const parts = partsOf(text)
      if (parts === undefined) return undefined
      if (!await isMade(sql) || await readUpTo(sql, ownerId) < COMPLETE) {
        // Without room, or at the end of the process, it stays incomplete: the next search continues it.
        making ??= make(ownerId).catch(() => undefined).finally(() => { making = undefined })
        return undefined
      }
      return search(sql, { ownerId, parts, pattern: anywhere(text) }, most, giveWay)
    }
  }
}

async function isMade (sql: Sql): Promise<boolean> {
  const names = MADE.map(name => `'${name}'`).join(', ')
  return numberOf(await sql.get(`select count(*) as made from sqlite_master where name in (${names})`) ?? {}, 'made') === MADE.length
}

async function readUpTo (sql: Sql, ownerId: number): Promise<number> {
  const row = await sql.get('select up_to from name_index_accounts where owner_id = $ownerId', { ownerId })
  return row === undefined ? 0 : numberOf(row, 'up_to')
}

const addRows = (ownerId: number, upTo: number): Statement[] => [
  {
    sql: `insert into name_index (rowid, name) select ${numberIn('')}, name from files not indexed
          where rowid > cast($upTo as integer) and rowid <= cast($end as integer) and owner_id = $ownerId order by rowid`,
    params: { ownerId, upTo, end: upTo + STEP }
  },
  {
    sql: `insert into name_index_accounts (owner_id, up_to) select $ownerId, case when $end >= (select coalesce(max(rowid), 0) from files) then ${COMPLETE} else $end end
          where true on conflict (owner_id) do update set up_to = excluded.up_to returning up_to`,
    params: { ownerId, end: upTo + STEP }
  }
]

/** More of them find hardly less. */
const MOST_PARTS = 32

/** What FTS5 looks for: all parts, in any order. undefined for a text that has none. */
function partsOf (text: string): string | undefined {
  const letters = [...text.toLowerCase()]
  if (letters.length < 3 || text.includes('\0')) return undefined
  const parts = new Set(letters.slice(2).map((_, i) => letters.slice(i, i + 3).join('')))
  return [...parts].slice(0, MOST_PARTS).map(part => `"${part.replaceAll('"', '""')}"`).join(' AND ')
}

interface Wanted {
  readonly ownerId: number
  readonly parts: string
  readonly pattern: string
}

/** FTS5 also ignores the case of letters that `lower` does not know, and does not see where the parts are: each name is compared. */
async function search (sql: Sql, wanted: Wanted, most: number, giveWay: () => Promise<void>): Promise<FoundFile[] | undefined> {
  const last = numberOf(await sql.get('select coalesce(max(rowid), 0) as last from files') ?? {}, 'last')
  const found: FoundFile[] = []
  for (let after = 0; after < last && found.length < most;) {
    const end = after + RANGE
    const rows = await sql.all(`
      select id, name, size, uploaded_at, files.rowid as place, lower(name) like $pattern escape '\\' as is_found
      from (select rowid & 4294967295 as place from name_index where name_index match $parts
        and rowid > cast($ownerId as integer) * 4294967296 + cast($after as integer) and rowid <= cast($ownerId as integer) * 4294967296 + cast($end as integer)
        order by rowid limit ${READ}) as entries
      cross join files on files.rowid = entries.place`, { ...wanted, after, end })
    // Very many names contain it: reading them one after the other finds enough sooner than reading as many rows in any order.
    if (after === 0 && rows.length === READ && numberOf(rows.at(-1) ?? {}, 'place') - numberOf(rows[0] ?? {}, 'place') < READ * 4) return undefined
    found.push(...rows.filter(row => row.is_found === 1).map(toFoundFile))
    after = rows.length < READ ? end : numberOf(rows.at(-1) ?? {}, 'place')
    if (after < last) await giveWay()
  }
  return found.slice(0, most)
}

/** Removes it from a copy: a restored backup has no triggers, and the first search makes it again. */
export const dropNameIndex = (sql: Sql): Promise<void> => sql.script(DROP)

/** The number of names that are missing in the index, by looking for each of them. Also while a server runs. */
export async function countMissingNames (sql: Sql): Promise<number> {
  if (!await isMade(sql)) return 0
  let missing = 0
  for (let after = 0; ;) {
    const rows = await sql.all(`select rowid as place, owner_id, name from files where rowid > cast($after as integer) and ${isHeld('files.')} order by rowid limit ${READ}`, { after })
    for (const row of rows) {
      const parts = partsOf(String(row.name))
      if (parts === undefined) continue
      const entry = await sql.get(`select 1 from files where rowid = cast($place as integer) and name = $name
        and not exists (select 1 from name_index where name_index match $parts and rowid = ${numberIn('files.')})`, { place: row.place ?? 0, name: row.name ?? '', parts })
      if (entry !== undefined) missing++
    }
    if (rows.length < READ) return missing
    after = numberOf(rows.at(-1) ?? {}, 'place')
  }
}
