/** Archives of folders, as a client asks for them. */
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attribute, call, uploadFile } from './client.ts'
import { temporaryFolder, type Teardown, type TestServer } from './server.ts'

const READ = `
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
print(json.dumps({'bad': archive.testzip(), 'files': {name: archive.read(name).decode()[:20] for name in archive.namelist()}}))
`

/** Paths and the first characters of each entry, once Python has checked every sum. */
export async function unpack (t: Teardown, bytes: ArrayBuffer | Buffer): Promise<Record<string, string>> {
  const path = join(await temporaryFolder(t), 'a.zip')
  await writeFile(path, Buffer.from(bytes as ArrayBuffer))
  const { bad, files } = JSON.parse(execFileSync('python3', ['-c', READ, path], { encoding: 'utf8' })) as { readonly bad: string | null, readonly files: Record<string, string> }
  if (bad !== null) throw new Error(`${bad} is damaged`)
  return files
}

/** The id of a new public folder. */
export async function createFolder (server: TestServer, key: string, name: string, parent = '0', shared = 1): Promise<string> {
  return attribute(await call(server, 'folders.create', { session_key: key, name, shared, parent_folder_id: parent }), 'id')
}

/** Three files of 20 MB, each of which may be downloaded twice, in this order. */
export async function uploadFilms (server: TestServer, key: string, folder: string): Promise<void> {
  for (const name of ['one.bin', 'two.bin', 'three.bin']) {
    const id = await uploadFile(server, key, name, Buffer.alloc(20_000_000), { folder_id: folder })
    await call(server, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 2 })
    server.clock.time += 1000
  }
}

export interface Got {
  readonly status: number
  readonly etag: string
  readonly range: string | null
  readonly length: number | undefined
  readonly bytes: Buffer
}

/** A GET of an archive, all of it read. `range` begins behind `bytes=`; `of` is the entity tag of the archive that the client has a part of. */
export async function getArchive ({ url }: TestServer, folder: string, { range, of, query = '' }: { range?: string, of?: string, query?: string } = {}): Promise<Got> {
  const answer = await fetch(`${url}/folder/${folder}/zip${query}`, {
    headers: { ...range !== undefined && { range: `bytes=${range}` }, ...of !== undefined && { 'if-range': of } }
  })
  const length = answer.headers.get('content-length')
  return {
    status: answer.status,
    etag: answer.headers.get('etag') ?? '',
    range: answer.headers.get('content-range'),
    length: length === null ? undefined : Number(length),
    bytes: Buffer.from(await answer.arrayBuffer())
  }
}
