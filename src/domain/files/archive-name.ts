/** Names inside archives must be valid and distinct on every system that unpacks them, and must not lead outside the target folder. */
import { createHash } from 'node:crypto'
import { shortenName } from './file-name.ts'

/** Windows forbids most of these; macOS forbids lone surrogates and non-characters of Unicode. */
const FORBIDDEN = /[/\\:*?"<>|\u0000-\u001f\u007f\p{Surrogate}\p{Noncharacter_Code_Point}]/gu

/** Device names on Windows, with any extension; macOS treats the last one as its own metadata. */
const RESERVED = /^(?:(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³]|conin\$|conout\$|clock\$)(?=\s*(?:\.|$))|__macosx$)/i

/** One segment of a path: forbidden characters and names get `_`; at most 255 bytes. */
export function archiveName (name: string): string {
  const clean = fit(name.replace(FORBIDDEN, '_'))
  return RESERVED.test(clean) ? fit(`_${clean}`) : clean
}

/** The longest path of a directory: macOS limits paths to 1,024 bytes, including the file name and the target folder. */
const LONGEST_DIRECTORY = 640

/** The path of a folder; the parent's path ends with `/` or is empty. A folder that would be too deep is put at the top. */
export function archiveDirectory (parent: string, name: string): string {
  const path = parent + archiveName(name)
  return Buffer.byteLength(path) < LONGEST_DIRECTORY ? path : archiveName(name)
}

/** The names in an archive so far: hashes of its paths, and how often a name was numbered. */
export interface TakenPaths {
  readonly keys: Set<number>
  readonly counts: Map<number, number>
}

export const noPaths = (): TakenPaths => ({ keys: new Set(), counts: new Map() })

/**
 * Names that are equal on some system get numbers: `a.txt`, `a (2).txt`. A folder is recorded by its path without the
 * final `/`, so a file in the same folder gets another name.
 */
export function distinctPaths (paths: readonly string[], taken = noPaths()): string[] {
  return paths.map(path => {
    if (take(path, taken)) return path
    const start = path.lastIndexOf('/') + 1
    // Always leave the same space for numbers, so that names cut to the same text share their count.
    const gapped = path.slice(0, start) + shortenName(path.slice(start), NUMBER_GAP, lengthOf)
    const key = keyOf(gapped)
    let numbered: string
    let count = taken.counts.get(key) ?? 1
    do numbered = gapped.replace(NUMBER_GAP, ` (${++count})`); while (!take(numbered, taken))
    taken.counts.set(key, count)
    return numbered
  })
}

/** As long as ` (99999999)`, and in no name. */
const NUMBER_GAP = '/'.repeat(11)

function take (path: string, { keys }: TakenPaths): boolean {
  const key = keyOf(path)
  if (keys.has(key)) return false
  keys.add(key)
  return true
}

/**
 * Equal for paths that are equal on any system: Windows ignores case, macOS compares decomposed and case-folded text, both
 * ignore invisible characters. A hash, since an archive may hold very many; a collision would only give a name a number.
 */
function keyOf (path: string): number {
  const folded = path.normalize('NFD').replace(INVISIBLE, '').toLowerCase().toUpperCase().normalize('NFD').replace(DOTTED_I, 'I')
  return createHash('sha256').update(folded).digest().readUIntBE(0, 6)
}

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu
const DOTTED_I = /I\u0307/g

/** Cut to the limits of all systems, without final dots and spaces, which Windows removes. */
function fit (name: string): string {
  const short = shortenName(name, '', lengthOf)
  let end = short.length
  while (short[end - 1] === '.' || short[end - 1] === ' ') end--
  const clean = end === short.length ? short : `${short.slice(0, end)}_`
  return clean === '' ? '_' : clean
}

/** Linux counts bytes of UTF-8, Windows fewer UTF-16 units, the older file system of macOS those of decomposed text. */
const lengthOf = (text: string): number => Math.max(Buffer.byteLength(text), text.normalize('NFD').length)
