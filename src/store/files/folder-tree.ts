/** Conditions shared by changes of folders and files. */
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import type { Sql } from '../../ports.ts'

/** Whether a user may put something there: the root, or one of the user's folders. */
export async function isOwnFolder (sql: Sql, ownerId: number, id: string): Promise<boolean> {
  if (id === ROOT_FOLDER) return true
  return await sql.get('select 1 from folders where id = $id and owner_id = $ownerId', { id, ownerId }) !== undefined
}
