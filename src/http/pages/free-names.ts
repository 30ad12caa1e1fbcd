/** Names of folders on pages: programs may give folders in one place the same name (wire contract); on a page nobody could tell them apart. */
import type { Sql } from '../../ports.ts'
import { listFolders } from '../../store/files/folders.ts'
import type { PlainKey } from '../../web/i18n/words.ts'

/** A form that asks for nothing that can be done, with the key of why. */
export class NotPossible extends Error {
  readonly key: PlainKey
  constructor (key: PlainKey) {
    super(key)
    this.key = key
  }
}

/** Throws NotPossible when a folder that comes to `parentId` has the name of one that is there, or of another that comes. */
export async function requireFreeNames (sql: Sql, ownerId: number, parentId: string, coming: ReadonlyArray<{ readonly id: string, readonly name: string }>): Promise<void> {
  const ids = new Set(coming.map(({ id }) => id))
  const keyOf = ({ name }: { readonly name: string }) => name.trim().toLowerCase()
  const taken = new Set((await listFolders(sql, ownerId, parentId)).filter(({ id }) => !ids.has(id)).map(keyOf))
  for (const folder of coming) {
    if (taken.has(keyOf(folder))) throw new NotPossible('my.nameTaken')
    taken.add(keyOf(folder))
  }
}
