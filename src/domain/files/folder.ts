import { compareNames } from './file-order.ts'
import { ROOT_FOLDER } from '../identifiers.ts'

/** A folder of a user; the root is none, its id is `0`. */
export interface Folder {
  readonly id: string
  readonly parentId: string
  readonly name: string
  readonly isShared: boolean
}

/** Folders lie at most this deep; a folder in the root is 1 deep (wire contract, folders.move). */
export const DEEPEST_FOLDER = 32

/** By name without case, then by id: the order of every list (wire contract, Values). */
export function inOrder<F extends Pick<Folder, 'id' | 'name'>> (folders: readonly F[]): F[] {
  const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0
  return [...folders].sort((a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.id, b.id))
}

/** A path longer than this is shown by its end. */
const MAX_PATH = 300

/**
 * Every folder with the names of those above it: `Photos / 2026`. The root is called by its name. In alphabetic order, each
 * before those in it. A page lists all of them, so a long path is cut: hundreds of folders deep down would repeat it.
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
