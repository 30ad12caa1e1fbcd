/** Which program created a database: the server, or the emulator, whose data anyone may change. */
import { resolve } from 'node:path'
import type { Sql } from '../../ports.ts'
import { StorageProblem } from './storage-folder.ts'

export type Maker = 'server' | 'emulator'

/** SQLite's application id in the header of a database: "rsEM". */
const EMULATOR_MARK = 0x7273454d

const REFUSALS: Readonly<Record<Maker, string>> = {
  server: 'was created by respace dev, where anyone may change everything: choose another folder for serve with --storage',
  emulator: 'was created by respace serve and has real files: choose a new folder for dev with --data'
}

/** Marks a new database; throws StorageProblem for one of the other program. */
export async function requireMark (sql: Sql, maker: Maker, storage: string): Promise<void> {
  const isNew = await sql.get("select 1 from sqlite_master where type = 'table' limit 1") === undefined
  if (isNew && maker === 'emulator') await sql.script(`pragma application_id = ${EMULATOR_MARK}`)
  const isEmulators = (await sql.get('pragma application_id'))?.application_id === EMULATOR_MARK
  if (isEmulators !== (maker === 'emulator')) throw new StorageProblem(`the storage folder ${resolve(storage)} ${REFUSALS[maker]}`)
}
