/** Copies of all rows within a SQLite database, to lead back to: only what has changed is written then. Just the emulator uses this. */
import type { Sql } from '../../ports.ts'
import { numberOf, textOf } from '../../store/sql.ts'
import { tablesOf } from './table-rows.ts'

/** The rows of one moment. */
export interface TableCopies {
  /** Copies all rows, in place of an earlier copy. */
  copy (): Promise<void>
  /** Makes all rows as they were. */
  restore (): Promise<void>
  /** The blobs of the files that were copied. */
  listBlobs (): Promise<string[]>
  /** Blobs of copied files that have gone since, and blobs that came since. */
  compareBlobs (): Promise<{ readonly gone: string[], readonly added: string[] }>
}

/** Nothing is copied yet. */
export function createTableCopies (sql: Sql): TableCopies {
  const idsOf = async (select: string): Promise<string[]> => (await sql.all(select)).map(row => textOf(row, 'blob_id'))
  const originals = 'select blob_id from main.files union select blob_id from main.doomed_blobs'

  return {
    async copy () {
      const tables = await (allTables ??= listTables(sql))
      await sql.script(tables.map(({ name, columns }) => [
        `drop table if exists temp.${copyOf(name)};`,
        // Without types, so that each value stays what it is.
        `create temp table ${copyOf(name)} (${columns.join(', ')});`,
        `insert into temp.${copyOf(name)} (rowid, ${columns.join(', ')}) select rowid, ${columns.join(', ')} from main.${name};`
      ].join('\n')).join('\n'))
    },
    async restore () {
      const tables = await (allTables ??= listTables(sql))
      await sql.batch([
        // Rows are inserted table by table, perhaps before the rows that they reference.
        { sql: 'pragma defer_foreign_keys = on' },
        ...tables.map(({ name, columns }) => ({
          sql: `delete from main.${name} where not exists (select 1 from temp.${copyOf(name)} as copied
                where copied.rowid = ${name}.rowid and ${columns.map(column => `copied.${column} is ${name}.${column}`).join(' and ')})`
        })),
        // After all deletions: that of a user deletes rows of other tables, too.
        ...tables.map(({ name, columns, hasOwnId }) => {
          const names = [...hasOwnId ? [] : ['rowid'], ...columns].join(', ')
          return { sql: `insert into main.${name} (${names}) select ${names} from temp.${copyOf(name)} as copied where not exists (select 1 from main.${name} as kept where kept.rowid = copied.rowid)` }
        })
      ])
    },
    listBlobs: () => idsOf('select blob_id from temp.copy_of_files'),
    async compareBlobs () {
      const [gone, added] = await Promise.all([
        idsOf('select blob_id from temp.copy_of_files except select blob_id from main.files'),
        idsOf(`${originals} except select blob_id from temp.copy_of_files`)
      ])
      return { gone, added }
    }
  }
}

const copyOf = (table: string): string => `copy_of_${table}`

/** Of this version: all databases of a process have the same. */
let allTables: ReturnType<typeof listTables> | undefined

async function listTables (sql: Sql) {
  return Promise.all((await tablesOf(sql)).map(async name => {
    const columns = await sql.all(`select name, type, pk from pragma_table_info('${name}') order by cid`)
    // That of such a column is the row's own.
    const hasOwnId = columns.some(column => numberOf(column, 'pk') > 0 && textOf(column, 'type').toLowerCase() === 'integer')
    return { name, columns: columns.map(column => textOf(column, 'name')), hasOwnId }
  }))
}
