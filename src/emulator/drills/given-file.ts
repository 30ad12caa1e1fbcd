/** The file that a drill gives the client to upload. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { GivenFile } from './drill.ts'

/** Used by most drills: small, so that they are fast. */
export const DEFAULT_FILE = { name: 'drill.bin', size: 100_000 }

const PIECE = 64 * 1024

/** Writes the file into a folder. No two pieces of it are equal: a missing or repeated part changes its hash. */
export async function writeGivenFile (folder: string, { name, size }: Pick<GivenFile, 'name' | 'size'>): Promise<GivenFile & { readonly path: string }> {
  const hash = createHash('sha256')
  const path = join(folder, name)
  await pipeline(Readable.from(pieces(size, piece => { hash.update(piece) })), createWriteStream(path))
  return { name, size, path, sha256: hash.digest('hex') }
}

function * pieces (size: number, note: (piece: Buffer) => void): Generator<Buffer> {
  for (let at = 0; at < size; at += PIECE) {
    const piece = Buffer.alloc(Math.min(PIECE, size - at), `respace drill, byte ${at}\n`)
    note(piece)
    yield piece
  }
}
