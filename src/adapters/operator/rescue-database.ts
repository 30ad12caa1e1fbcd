/** Copies the readable rows of a damaged database into a new one, with new indexes. */
import type { SqlRow } from '../../ports.ts'
import { migrate } from '../../store/operations/migrate.ts'
import { isDamage } from '../database/damage.ts'
import { readMigrations } from '../database/migration-files.ts'
import { openDatabase } from '../database/open-database.ts'
import { openSqlite } from '../database/sqlite.ts'
import { readShapes } from '../database/table-shapes.ts'

/**
 * Copies rows in their physical order, so that a damaged index loses nothing, and of a damaged table the rows before the
 * damage are kept. Returns the incomplete tables. The source must have the newest schema.
 */
export async function rescueDatabase (from: string, to: string): Promise<string[]> {
  const fresh = openSqlite(to)
  await migrate(fresh, await readMigrations())
  await fresh.close()
  const source = openDatabase(from)
  const target = openDatabase(to)
  const damaged: string[] = []
  try {
    target.exec('pragma foreign_keys = OFF')
    target.exec('begin immediate')
    for (const { name, columns } of await readShapes()) {
      const names = Object.keys(columns)
      const insert = target.prepare<[SqlRow]>(`insert or ignore into ${name} (${names.join(', ')}) values (${names.map(column => `$${column}`).join(', ')})`)
      try {
        for (const row of source.prepare<[], SqlRow>(`select ${names.join(', ')} from ${name} not indexed order by rowid`).iterate()) insert.run(row)
      } catch (error) {
        if (!isDamage(error)) throw error
        damaged.push(name)
      }
    }
    // Rows whose parents were lost, such as the files of an account.
    for (const { table, rowid } of target.prepare<[], { table: string, rowid: number }>('pragma foreign_key_check').all()) {
      target.prepare<[{ rowid: number }]>(`delete from ${table} where rowid = $rowid`).run({ rowid })
    }
    target.exec('commit')
    return damaged
  } finally {
    source.close()
    target.close()
  }
}
