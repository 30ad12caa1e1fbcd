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

/** Every folder with the names of those above it: `Photos / 2026`. The root is called by its name. In alphabetic order. */
export function pathsOf (folders: readonly Folder[]): Array<{ readonly id: string, readonly path: string }> {
  const byId = new Map(folders.map(folder => [folder.id, folder]))
  function pathOf ({ name, parentId }: Folder): string {
    const parent = byId.get(parentId)
    return parent === undefined ? name : `${pathOf(parent)} / ${name}`
  }
  return folders.map(folder => ({ id: folder.id, path: pathOf(folder) })).sort((a, b) => a.path.localeCompare(b.path))
}
