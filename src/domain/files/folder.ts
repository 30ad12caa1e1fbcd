import { compareNames } from './file-order.ts'
import { ROOT_FOLDER } from '../identifiers.ts'

/** A folder of a user; the root is not a row, its id is `0`. */
export interface Folder {
  readonly id: string
  readonly parentId: string
  readonly name: string
  readonly isShared: boolean
}

/** Folders lie at most this deep; a folder in the root is 1 deep (wire contract, folders.move). */
export const DEEPEST_FOLDER = 32

/** A list counts what is in a folder up to this: it may have any number, and everybody else would wait. */
export const MOST_COUNTED = 1000

/** By name, ignoring case, then by id: the order of every list (wire contract, Values). */
export function inOrder<F extends Pick<Folder, 'id' | 'name'>> (folders: readonly F[]): F[] {
  const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0
  return [...folders].sort((a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.id, b.id))
}

/** Only the end of a longer path is shown. */
const MAX_PATH = 300

/**
 * Every folder with the names of its parents: `Photos / 2026`. The root has its own name. In alphabetic order, parents
 * first. A page lists all of them, so a long path is cut: hundreds of deep folders would repeat it.
 */
export function pathsOf (folders: readonly Folder[]): Array<{ readonly id: string, readonly path: string }> {
  const known = new Set(folders.map(({ id }) => id))
  const inside = new Map<string, Folder[]>()
  for (const folder of folders) {
    const parentId = known.has(folder.parentId) ? folder.parentId : ROOT_FOLDER
    const siblings = inside.get(parentId)
    if (siblings === undefined) inside.set(parentId, [folder])
    else siblings.push(folder)
  }
  const paths: Array<{ id: string, path: string }> = []
  function list (parentId: string, above: string): void {
    for (const { id, name } of (inside.get(parentId) ?? []).sort((a, b) => compareNames(a.name, b.name))) {
      const path = endOf(above + name)
      paths.push({ id, path })
      list(id, `${path} / `)
    }
  }
  list(ROOT_FOLDER, '')
  return paths
}

const endOf = (path: string): string => path.length <= MAX_PATH ? path : `…${path.slice(1 - MAX_PATH).toWellFormed()}`
