/** Checks blob ids before they become part of a path or of a key in a bucket. */
import { isBlobId } from '../../domain/identifiers.ts'

/** The id itself. Throws ENOENT for an invalid id, whatever it points to. */
export function requireBlobId (id: string): string {
  if (isBlobId(id)) return id
  throw Object.assign(new Error(`ENOENT: ${JSON.stringify(id.slice(0, 80))} is not the id of a blob`), { code: 'ENOENT' })
}
