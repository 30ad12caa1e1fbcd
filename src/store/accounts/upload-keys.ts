/** Upload keys: programs can only upload to the account with them (our choice). */
import type { Uploader } from '../../domain/uploads/uploader.ts'
import { isUploader } from '../../domain/uploads/uploader.ts'
import type { User } from '../../domain/accounts/user.ts'
import type { Sql } from '../../ports.ts'
import { IS_STILL_PROVEN, provenParams, type Proven } from '../access.ts'
import { lockUser, numberOf, numberOrNull, textOf } from '../sql.ts'
import { toUser, USER_COLUMNS } from './users.ts'

export interface UploadKey {
  readonly keyHash: string
  readonly kind: Uploader
  readonly createdAt: number
  /** Null: not yet. */
  readonly lastUsedAt: number | null
}

/** False when the password was changed since its user was found. */
export async function addUploadKey (sql: Sql, proven: Proven, { keyHash, kind, createdAt }: UploadKey): Promise<boolean> {
  return await sql.batch([lockUser(proven.id), {
    sql: `insert into upload_keys (key_hash, user_id, kind, created_at) select $keyHash, $userId, $kind, $createdAt where ${IS_STILL_PROVEN}`,
    params: { keyHash, kind, createdAt, ...provenParams(proven) },
    must: true
  }]) !== undefined
}

/** The user of a key, and when it was last used. */
export async function findUploadKey (sql: Sql, keyHash: string): Promise<{ user: User, lastUsedAt: number | null } | undefined> {
  const row = await sql.get(`
    select last_used_at, ${USER_COLUMNS} from upload_keys join users on users.id = upload_keys.user_id
    where key_hash = $keyHash`, { keyHash })
  return row && { user: toUser(row), lastUsedAt: numberOrNull(row, 'last_used_at') }
}

/** A user's keys, the newest first. */
export async function listUploadKeys (sql: Sql, userId: number): Promise<UploadKey[]> {
  const rows = await sql.all(`
    select key_hash, kind, created_at, last_used_at from upload_keys
    where user_id = $userId order by created_at desc, key_hash`, { userId })
  return rows.map(row => {
    const kind = textOf(row, 'kind')
    if (!isUploader(kind)) throw new TypeError(`upload_keys.kind: expected an uploader, got ${kind}`)
    return { keyHash: textOf(row, 'key_hash'), kind, createdAt: numberOf(row, 'created_at'), lastUsedAt: numberOrNull(row, 'last_used_at') }
  })
}

export async function renewUploadKey (sql: Sql, keyHash: string, now: number): Promise<void> {
  await sql.run('update upload_keys set last_used_at = $now where key_hash = $keyHash', { keyHash, now })
}

/** Revokes one key of a user. */
export async function removeUploadKey (sql: Sql, userId: number, keyHash: string): Promise<void> {
  await sql.run('delete from upload_keys where key_hash = $keyHash and user_id = $userId', { keyHash, userId })
}
