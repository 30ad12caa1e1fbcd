/** The `<folder/>` element. */
import type { Folder } from '../domain/folder.ts'
import { ROOT_FOLDER } from '../domain/identifiers.ts'
import { folderLink } from '../domain/link.ts'

/** The guide's order. */
export const FOLDER_ATTRIBUTES = ['id', 'name', 'shared', 'public_url', 'rss_url', 'parent_folder_id'] as const

/** The root is listed like a folder (observed). */
export const ROOT: Folder = { id: ROOT_FOLDER, parentId: ROOT_FOLDER, name: 'Default', isShared: false }

/** The addresses stand there for a private folder, too: a client mis-parses an empty one (observed). */
export function describeFolder (folder: Folder, publicUrl: string) {
  const link = folderLink(publicUrl, folder.id)
  return {
    id: folder.id,
    name: folder.name,
    shared: folder.isShared ? 1 : 0,
    public_url: link,
    rss_url: `${link}/rss`,
    parent_folder_id: folder.parentId
  }
}
