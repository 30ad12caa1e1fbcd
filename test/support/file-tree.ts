/** Trees of folders and files as rows and bytes, with names that no client of today could give them. */
import type { TestServer } from './server.ts'

export interface Tree {
  readonly files: readonly string[]
  readonly folders: ReadonlyArray<readonly [name: string, inside: Tree]>
}

let count = 0

/** Makes a public folder of a user with a tree in it. Each file holds a text of its own; all of them come back with the folder's id. */
export async function plantTree ({ app: { ports: { sql, blobs, clock } } }: TestServer, ownerId: number, tree: Tree): Promise<{ id: string, contents: string[] }> {
  const contents: string[] = []
  const newId = () => (++count).toString(36).padStart(6, 't')

  async function plant (name: string, parentId: string, { files, folders }: Tree): Promise<string> {
    const id = newId()
    await sql.run('insert into folders (id, owner_id, parent_id, name, is_shared, created_at) values ($id, $ownerId, $parentId, $name, 1, 0)',
      { id, ownerId, parentId, name })
    for (const file of files) await plantFile(file, id)
    for (const [folder, inside] of folders) await plant(folder, id, inside)
    return id
  }

  async function plantFile (name: string, folderId: string): Promise<void> {
    const id = newId()
    const content = `content of ${id}`
    contents.push(content)
    const writer = await blobs.create(`${id}-0`)
    await writer.write(Buffer.from(content))
    const { size, crc32 } = await writer.finish()
    await writer.keep()
    await sql.run(`
      insert into files (id, owner_id, folder_id, name, description, size, crc32, blob_id, delete_code, uploaded_at)
      values ($id, $ownerId, $folderId, $name, '', $size, $crc32, $blobId, 'x', $now)`,
    { id, ownerId, folderId, name, size, crc32, blobId: `${id}-0`, now: clock.now() })
  }

  const id = await plant('Tree', '0', tree)
  return { id, contents }
}
