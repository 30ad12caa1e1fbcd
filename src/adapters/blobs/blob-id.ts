/** The guard before each path and each key of a bucket that is made of the id of a blob. */
import { isBlobId } from '../../domain/identifiers.ts'

/** The id itself. What is no id of a blob is not there, wherever it leads to: throws ENOENT. */
export function requireBlobId (id: string): string {
  if (isBlobId(id)) return id
  throw Object.assign(new Error(`ENOENT: ${JSON.stringify(id.slice(0, 80))} is not the id of a blob`), { code: 'ENOENT' })
}
