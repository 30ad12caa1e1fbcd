import type { Sql } from '../../ports.ts'
import { numberOf } from '../sql.ts'

/** One numbered file of `migrations/`. */
export interface Migration {
  readonly version: number
  readonly name: string
  readonly text: string
}

/** The database was written by a newer Respace: writing to it could lose data that this version does not know. */
export class NewerSchema extends Error {
  constructor (found: number, known: number) {
    super(`the database has schema version ${found}, but this Respace knows only versions up to ${known}: ` +
      'start the newer Respace, or restore a backup made before the upgrade')
  }
}

/** Migrates the database to the newest schema: all missing migrations in one transaction, each recorded. */
export async function migrate (sql: Sql, migrations: readonly Migration[]): Promise<void> {
  await sql.script('create table if not exists schema_migrations (version bigint primary key, name text not null)')
  const found = await readSchemaVersion(sql)
  const known = Math.max(0, ...migrations.map(migration => migration.version))
  if (found > known) throw new NewerSchema(found, known)
  const missing = migrations.filter(({ version }) => version > found).map(noted)
  if (missing.length === 0) return
  try {
    await sql.script(missing.join('\n'))
  } catch (error) {
    // Of two processes that start together one is first; its records make the other fail.
    if (await readSchemaVersion(sql) < known) throw error
  }
}

function noted ({ version, name, text }: Migration): string {
  if (!/^[\w-]+$/.test(name)) throw new Error(`migration ${version}: its name may contain only a-z, 0-9, _ and -`)
  return `insert into schema_migrations (version, name) values (${version}, '${name}');\n${text}`
}

/** The number of the newest applied migration. */
export async function readSchemaVersion (sql: Sql): Promise<number> {
  const row = await sql.get('select coalesce(max(version), 0) as version from schema_migrations')
  return row ? numberOf(row, 'version') : 0
}
