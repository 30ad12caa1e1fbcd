/** Many small files, each with its own ticket and synced before the answer, compared with nginx without sync. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ownProgram, run } from './child.ts'
import { ratioFigure, type Figure } from './figure.ts'
import { CONNECTIONS } from './load.ts'
import { startNginx } from './nginx.ts'
import { serve, type Respace } from './respace.ts'
import { compare } from './rounds.ts'
import { tidy } from './workspace.ts'

const ROUNDS = 7
const SECONDS = 3

/** Each round has a separate storage, so that rounds do not affect each other. */
export async function measureSmallUploads (folder: string): Promise<Figure[]> {
  const nginx = await startNginx(join(folder, 'nginx'), folder)
  const respace = await serve(join(folder, 'storage'))
  const toUs = smallUploadsOn(respace)
  async function toNginx (round: number): Promise<number> {
    const leaves = nginx.hasDav ? join(nginx.dav, `${round}`) : nginx.bodies
    mkdirSync(leaves, { recursive: true })
    const speed = await client('put', nginx.hasDav ? `${nginx.url}/dav/${round}/` : `${nginx.url}/in-file/`)
    await tidy(leaves)
    return speed
  }
  await compare(1, toUs, toNginx)
  const compared = await compare(ROUNDS, toUs, toNginx)
  await respace.stop()
  await nginx.stop()
  await tidy(respace.storage)
  return [ratioFigure(`10 KiB uploads, durable ÷ nginx ${nginx.hasDav ? 'DAV PUT' : 'PUT into a file (it has no DAV)'}`, '/s', compared, 0.15)]
}

/** Uploads per second, measured at each call. */
export const smallUploadsOn = ({ url }: Pick<Respace, 'url'>) => (): Promise<number> => client('respace', url)

const client = async (kind: string, url: string): Promise<number> =>
  Number(await run(process.execPath, [...ownProgram('small-upload-client.ts'), kind, url, `${CONNECTIONS}`, `${SECONDS}`]))
