/** The content of a folder and its public subfolders for an archive, in batches. */
import { archiveDirectory, archiveName, distinctPaths, noPaths } from '../domain/files/archive-name.ts'
import type { Ports } from '../ports.ts'
import { listOpenFiles, type ArchivedFile, type Reach } from '../store/files/archive-files.ts'
import { listSharedFolders } from '../store/files/shared-folders.ts'

/** Ids of files and folders directly in a folder. */
export interface Selection {
  readonly files: readonly string[]
  readonly folders: readonly string[]
}

/** What an archive is made of. */
export interface ArchiveSource extends Reach {
  readonly folderId: string
  /** Undefined for all. */
  readonly only: Selection | undefined
}

export interface Archived {
  readonly path: string
  /** Unix milliseconds. */
  readonly modifiedAt: number
  /** Undefined for an empty folder, whose path ends with `/`. */
  readonly file: ArchivedFile | undefined
}

export interface Batch {
  readonly entries: readonly Archived[]
  /** The latest time at which anything so far was added. */
  readonly latest: number
}

/**
 * Everything that needs no other password, also files whose limit is reached: the names of the others do not depend on limits. What was
 * added after `until` is left out. Others are served between batches.
 */
export function listTree (source: ArchiveSource, { sql, clock }: Pick<Ports, 'sql' | 'clock'>, until = Infinity): AsyncGenerator<Batch> {
  const taken = noPaths()
  let latest = 0
  return walk(source.folderId, '', 0, source.only)

  async function * walk (id: string, path: string, createdAt: number, only?: Selection): AsyncGenerator<Batch> {
    let isEmpty = true
    for await (const listed of listOpenFiles(sql, source, id, only?.files)) {
      await clock.sleep(0)
      const files = listed.filter(({ uploadedAt }) => uploadedAt <= until)
      if (files.length === 0) continue
      isEmpty = false
      const paths = distinctPaths(files.map(({ name }) => path + archiveName(name)), taken)
      latest = Math.max(latest, ...files.map(({ uploadedAt }) => uploadedAt))
      yield { entries: files.map((file, index) => ({ path: paths[index] ?? file.id, modifiedAt: file.uploadedAt, file })), latest }
    }
    for await (const folders of listSharedFolders(sql, source.ownerId, id, only?.folders)) {
      for (const child of folders) {
        if (child.createdAt > until) continue
        isEmpty = false
        latest = Math.max(latest, child.createdAt)
        const [childPath = child.id] = distinctPaths([archiveDirectory(path, child.name)], taken)
        yield * walk(child.id, `${childPath}/`, child.createdAt)
      }
    }
    if (isEmpty && path !== '') yield { entries: [{ path, modifiedAt: createdAt, file: undefined }], latest }
  }
}
