/** The content of a folder and its public subfolders for an archive, in batches of files. */
import { archiveDirectory, archiveName, distinctPaths, noPaths } from '../domain/files/archive-name.ts'
import type { Folder } from '../domain/files/folder.ts'
import type { Ports } from '../ports.ts'
import { listOpenFiles, type ArchivedFile } from '../store/files/archive-files.ts'
import { listSharedFolders } from '../store/files/shared-folders.ts'

export interface Archived {
  readonly path: string
  /** Undefined for an empty folder, whose path ends with `/`. */
  readonly file: ArchivedFile | undefined
}

type Owned = Pick<Folder, 'id'> & { readonly ownerId: number | null }

/** Everything available without a password, or with the one that files have as `sealedPassword`; others are served between batches. */
export function listTree (folder: Owned, { sql, clock }: Pick<Ports, 'sql' | 'clock'>, sealedPassword?: string): AsyncGenerator<readonly Archived[]> {
  const taken = noPaths()
  return walk(folder.id, '')

  async function * walk (id: string, path: string): AsyncGenerator<readonly Archived[]> {
    let isEmpty = true
    for await (const files of listOpenFiles(sql, { ownerId: folder.ownerId, sealedPassword }, id, clock.now())) {
      await clock.sleep(0)
      if (files.length === 0) continue
      isEmpty = false
      const paths = distinctPaths(files.map(({ name }) => path + archiveName(name)), taken)
      yield files.map((file, index) => ({ file, path: paths[index] ?? file.id }))
    }
    for await (const folders of listSharedFolders(sql, folder.ownerId, id)) {
      for (const child of folders) {
        isEmpty = false
        const [childPath = child.id] = distinctPaths([archiveDirectory(path, child.name)], taken)
        yield * walk(child.id, `${childPath}/`)
      }
    }
    if (isEmpty && path !== '') yield [{ path, file: undefined }]
  }
}
