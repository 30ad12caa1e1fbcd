/** A folder as a ZIP, compared with one file of the same bytes. */
import { join } from 'node:path'
import { attribute, call, userTicket } from '../../test/support/client.ts'
import { download, upload } from './curl.ts'
import { ratioFigure, type Figure } from './figure.ts'
import { serve, session } from './respace.ts'
import { compare } from './rounds.ts'
import { GIB, tidy, writeRandomFile } from './workspace.ts'

const ROUNDS = 7
const FILES = 10

/** Both from the page cache, through the same server. */
export async function measureArchives (folder: string): Promise<Figure[]> {
  const [large, part] = [writeRandomFile(join(folder, 'large.bin'), GIB), writeRandomFile(join(folder, 'part.bin'), Math.floor(GIB / FILES))]
  const respace = await serve(join(folder, 'storage-of-archives'))
  const sessionKey = await session(respace)
  const id = attribute(await call(respace, 'folders.create', { session_key: sessionKey, name: 'films', shared: 1 }), 'id')
  async function store (path: string, fields: Readonly<Record<string, string>> = {}): Promise<string> {
    const { answer } = await upload((await userTicket(respace, sessionKey)).url, path, fields)
    return /^file_id=(\w+)$/m.exec(answer)?.[1] ?? ''
  }
  for (let i = 0; i < FILES; i++) await store(part, { folder_id: id })
  const link = attribute(await call(respace, 'files.getInfo', { session_key: sessionKey, file_id: await store(large) }), 'direct_download_url')
  await tidy(large, part)
  const speedOf = async (url: string) => GIB / (await download(url)).seconds
  const asArchive = () => speedOf(`${respace.url}/folder/${id}/zip`)
  const asFile = () => speedOf(link)
  await compare(1, asArchive, asFile)
  const compared = await compare(ROUNDS, asArchive, asFile)
  await respace.stop()
  await tidy(respace.storage)
  return [ratioFigure(`a ZIP of ${FILES} files, 1 GiB in all ÷ one file of 1 GiB`, 'MiB/s', compared, 0.8)]
}
