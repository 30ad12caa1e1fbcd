/** Files of 10 KiB on connections that stay open, by their direct links, compared with nginx on the same bytes. */
import { dirname, join } from 'node:path'
import { ratioFigure, type Figure } from './figure.ts'
import { store } from './large-files.ts'
import { answersPerSecond } from './load.ts'
import { startNginx } from './nginx.ts'
import { serve } from './respace.ts'
import { compare } from './rounds.ts'
import { filesBelow, KIB, writeRandomFile } from './workspace.ts'

const ROUNDS = 5
const SECONDS = 2

export async function measureSmallDownloads (folder: string): Promise<Figure[]> {
  const file = writeRandomFile(join(folder, 'small.bin'), 10 * KIB)
  const respace = await serve(join(folder, 'storage'))
  const link = await store(respace, file)
  const [blob = ''] = filesBelow(join(respace.storage, 'blobs'))
  const nginx = await startNginx(join(folder, 'nginx'), dirname(blob))
  const fromUs = () => answersPerSecond(folder, [link], SECONDS)
  const fromNginx = () => answersPerSecond(folder, [`${nginx.url}/served/${blob.slice(dirname(blob).length + 1)}`], SECONDS)
  await compare(1, fromUs, fromNginx)
  const compared = await compare(ROUNDS, fromUs, fromNginx)
  await respace.stop()
  await nginx.stop()
  return [ratioFigure('10 KiB downloads ÷ nginx sendfile', '/s', compared, 0.2)]
}
