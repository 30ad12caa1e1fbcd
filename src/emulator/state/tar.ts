/** As much of the tar format (POSIX ustar) as snapshots need: plain files with short names. */
import type { Readable } from 'node:stream'
import { ControlProblem } from '../control-problem.ts'

const BLOCK = 512
/** Eleven octal digits. */
const MAX_SIZE = 8 ** 11 - 1
/** All names are written by us, and short. */
const MAX_NAME_BYTES = 100

/** Folders and extended headers, which other programs add when they repack a snapshot. */
const IGNORED_TYPES: ReadonlySet<string> = new Set(['5', 'x', 'g'])

export interface TarEntry {
  readonly name: string
  readonly size: number
  readonly bytes: AsyncIterable<Buffer>
}

/** Writes entries one after the other; each is opened just before it is written. */
export async function * writeTar (entries: AsyncIterable<TarEntry>, seconds: number): AsyncGenerator<Buffer> {
  for await (const { name, size, bytes } of entries) {
    yield writeHeader(name, size, seconds)
    yield * bytes
    yield Buffer.alloc(paddingOf(size))
  }
  yield Buffer.alloc(2 * BLOCK)
}

/** Reads entries; bytes of an entry that the caller does not read are skipped. Throws ControlProblem for anything else than such an archive. */
export async function * readTar (source: Readable): AsyncGenerator<TarEntry> {
  const { readExactly, streamOf } = createByteReader(source)
  while (true) {
    const header = await readExactly(BLOCK)
    if (header.every(byte => byte === 0)) return
    const { name, size, kind } = readHeader(header)
    const chunks = streamOf(size)
    if (!IGNORED_TYPES.has(kind) && kind !== 'file') throw new ControlProblem(400, `${JSON.stringify(name)} is not a plain file`, 'send what GET on a snapshot answered')
    if (kind === 'file') yield { name, size, bytes: chunks }
    // The caller may not have read the entry to its end.
    await drain(chunks)
    await readExactly(paddingOf(size))
  }
}

function writeHeader (name: string, size: number, seconds: number): Buffer {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES || size > MAX_SIZE) throw new ControlProblem(400, `${name} does not fit into a tar`, 'files above 8 GiB cannot be exported')
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  header.write(name, 0)
  header.write(`${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0${octal(size, 11)}\0${octal(seconds, 11)}\0`, 100)
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  header.write(`${octal(checksumOf(header), 6)}\0 `, 148)
  return header
}

function readHeader (header: Buffer): { name: string, size: number, kind: string } {
  const text = (from: number, to: number) => header.toString('utf8', from, to).replace(/\0.*$/s, '').trim()
  const sum = Buffer.from(header)
  sum.fill(' ', 148, 156)
  const size = Number(`0o${text(124, 136)}`)
  if (parseInt(text(148, 156), 8) !== checksumOf(sum) || !Number.isSafeInteger(size)) throw notATar()
  const kind = text(156, 157)
  return { name: text(0, MAX_NAME_BYTES), size, kind: /^0?$/.test(kind) ? 'file' : kind }
}

async function drain (chunks: AsyncIterable<Buffer>): Promise<void> {
  const rest = chunks[Symbol.asyncIterator]()
  while (!(await rest.next()).done) continue
}

const checksumOf = (header: Buffer): number => header.reduce((sum, byte) => sum + byte, 0)

const paddingOf = (size: number): number => (BLOCK - size % BLOCK) % BLOCK

const notATar = (): ControlProblem => new ControlProblem(400, 'the body is not a complete tar', 'send what GET on a snapshot answered')

/** Reads a stream in amounts that the caller chooses. */
function createByteReader (source: Readable) {
  const chunks: AsyncIterator<Buffer> = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)

  /** At least one byte, at most `maxBytes`. */
  async function readSome (maxBytes: number): Promise<Buffer> {
    while (rest.length === 0) {
      const next = await chunks.next()
      if (next.done) throw notATar()
      rest = next.value
    }
    const taken = rest.subarray(0, maxBytes)
    rest = rest.subarray(taken.length)
    return taken
  }

  return {
    async readExactly (length: number): Promise<Buffer> {
      const parts: Buffer[] = []
      for (let left = length; left > 0;) {
        const part = await readSome(left)
        parts.push(part)
        left -= part.length
      }
      return Buffer.concat(parts)
    },
    streamOf (size: number): AsyncIterable<Buffer> {
      let left = size
      return {
        async * [Symbol.asyncIterator] () {
          while (left > 0) {
            const chunk = await readSome(left)
            left -= chunk.length
            yield chunk
          }
        }
      }
    }
  }
}
