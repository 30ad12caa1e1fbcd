/** The `<folder/>` element. */
import type { Folder } from '../domain/files/folder.ts'
import { ROOT_FOLDER } from '../domain/identifiers.ts'
import { folderLink } from '../domain/files/link.ts'
import { field, withExamples } from './fields.ts'
import { SAMPLE } from './sample.ts'

/** The guide's order. */
export const FOLDER = {
  id: field('folderId', 'Its id.', SAMPLE.folderId),
  name: field('text', 'Its name.', SAMPLE.folderName),
  shared: field('flag', 'Whether everybody may see it.', 1),
  public_url: field('url', 'Its page, available while the folder is shared.', `${SAMPLE.publicUrl}/folder/${SAMPLE.folderId}`),
  rss_url: field('url', 'Its feed, available while the folder is shared.', `${SAMPLE.publicUrl}/folder/${SAMPLE.folderId}/rss`),
  parent_folder_id: field('folderId', 'Its parent folder.', '0')
}

const INNER = { id: SAMPLE.innerFolderId, name: SAMPLE.innerFolderName, parent_folder_id: SAMPLE.folderId }

/** The same for folders in the sample folder. */
export const INNER_FOLDER = withExamples(FOLDER, INNER)

/** A folder and its subfolders in folders.getShared. */
export const PUBLIC_FOLDER = { id: FOLDER.id, name: FOLDER.name, parent_folder_id: FOLDER.parent_folder_id }
export const INNER_PUBLIC_FOLDER = withExamples(PUBLIC_FOLDER, INNER)

/** The root is listed like a folder (observed). */
export const ROOT: Folder = { id: ROOT_FOLDER, parentId: ROOT_FOLDER, name: 'Default', isShared: false }

/** Private folders have the addresses too: a client mis-parses an empty one (observed). */
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
