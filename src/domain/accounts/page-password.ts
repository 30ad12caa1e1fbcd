/** Passwords on the pages are compared with a memory-hard hash: each guess costs 32 MiB and much of a second. */
import { scrypt, type ScryptOptions } from 'node:crypto'
import { equals } from './credentials.ts'
import { createLimitedQueue } from '../limited-queue.ts'

const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }
const LENGTH = 32

/** Node's thread pool has four threads, which also read and write files: hashes use at most two of them. */
const MAX_HASHES = 2
const MAX_WAITING_HASHES = 64
const inTurn = createLimitedQueue(MAX_HASHES, MAX_WAITING_HASHES)

/** `scrypt.` then salt and hash in base64url, separated by a dot. Rejects with QueueFull when too many are waiting. */
export async function hashPassword (password: string, salt: Buffer): Promise<string> {
  const hash = await inTurn(() => derive(password, salt, COST))
  return ['scrypt', salt.toString('base64url'), hash.toString('base64url')].join('.')
}

/** Whether the password is the one that was hashed. Rejects as `hashPassword` does. */
export async function fitsHash (hashed: string, password: string): Promise<boolean> {
  const salt = Buffer.from(hashed.split('.')[1] ?? '', 'base64url')
  return equals(hashed, await hashPassword(password, salt))
}

function derive (password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, LENGTH, options, (error, hash) => { error ? reject(error) : resolve(hash) })
  })
}
