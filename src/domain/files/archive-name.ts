/** Names inside archives must mean the same on every system that unpacks them, and lead nowhere else. */
import { createHash } from 'node:crypto'
import { shortenName } from './file-name.ts'

/** Windows forbids most of these, macOS half a character and what Unicode calls none. */
const FORBIDDEN = /[/\\:*?"<>|\u0000-\u001f\u007f\p{Surrogate}\p{Noncharacter_Code_Point}]/gu

/** Names that stand for devices on Windows, whatever extension they have; macOS takes the last one for what it packed itself. */
const RESERVED = /^(?:(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³]|conin\$|conout\$|clock\$)(?=\s*(?:\.|$))|__macosx$)/i

/** One segment of a path: what some system forbids becomes `_`; at most 255 bytes. */
export function archiveName (name: string): string {
  const clean = fit(name.replace(FORBIDDEN, '_'))
  return RESERVED.test(clean) ? fit(`_${clean}`) : clean
}

/** Directories whose paths are longer cannot be made everywhere: macOS ends paths at 1,024 bytes, with the name of a file and of the place where one unpacks. */
const LONGEST_DIRECTORY = 640

/** The path of a folder; that of the one around it ends with `/` or is empty. One that would lie too deep lies at the top. */
export function archiveDirectory (parent: string, name: string): string {
  const path = parent + archiveName(name)
  return Buffer.byteLength(path) < LONGEST_DIRECTORY ? path : archiveName(name)
}

/** What is in an archive so far: hashes of its paths, and how often a name was numbered. */
export interface TakenPaths {
  readonly keys: Set<number>
  readonly counts: Map<number, number>
}

export const noPaths = (): TakenPaths => ({ keys: new Set(), counts: new Map() })

/**
 * Several that some system takes for one get numbers: `a.txt`, `a (2).txt`. A folder is known by its path without the
 * `/` at its end, so a file beside it has another name.
 */
export function distinctPaths (paths: readonly string[], taken = noPaths()): string[] {
  return paths.map(path => {
    if (take(path, taken)) return path
    const start = path.lastIndexOf('/') + 1
    // The room for numbers is always the same, so that names which are cut for one share their count.
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
 * The same for paths that any system takes for one: Windows compares capitals, macOS decomposed and folded text, both
 * leave out what cannot be seen. A number, since an archive may hold very many; if two hashes ever met, a name would get a number.
 */
function keyOf (path: string): number {
  const folded = path.normalize('NFD').replace(INVISIBLE, '').toLowerCase().toUpperCase().normalize('NFD').replace(DOTTED_I, 'I')
  return createHash('sha256').update(folded).digest().readUIntBE(0, 6)
}

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu
const DOTTED_I = /I\u0307/g

/** Cut to what each system counts, without the dots and spaces that Windows leaves off at the end. */
function fit (name: string): string {
  const short = shortenName(name, '', lengthOf)
  let end = short.length
  while (short[end - 1] === '.' || short[end - 1] === ' ') end--
  const clean = end === short.length ? short : `${short.slice(0, end)}_`
  return clean === '' ? '_' : clean
}

/** Linux counts bytes of UTF-8, Windows fewer UTF-16 units, the older file system of macOS those of decomposed text. */
const lengthOf = (text: string): number => Math.max(Buffer.byteLength(text), text.normalize('NFD').length)
