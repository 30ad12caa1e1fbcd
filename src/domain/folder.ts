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
