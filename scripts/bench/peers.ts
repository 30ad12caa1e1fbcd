/** Compares Respace with Plik, measured alternately: large and small files, and the metadata of a file. */
import { join } from 'node:path'
import { attribute } from '../../test/support/client.ts'
import { download, upload } from './curl.ts'
import { ratioFigure, type Figure } from './figure.ts'
import { answersPerSecond } from './load.ts'
import { PLIK, startPlik, storeInPlik } from './plik.ts'
import { serve, session, type Respace } from './respace.ts'
import { compare } from './rounds.ts'
import { filesBelow, GIB, KIB, tidy, writeRandomFile } from './workspace.ts'

const ROUNDS = 7
const SECONDS = 2

export async function measurePeers (folder: string): Promise<Figure[]> {
  if (PLIK === undefined) throw new Error('BENCH_PLIK names no program of Plik: see scripts/bench/plik.ts')
  const respace = await serve(join(folder, 'storage-beside-plik'))
  const plik = await startPlik(join(folder, 'plik'), PLIK)
  const [large, small] = [writeRandomFile(join(folder, 'large.bin'), GIB), writeRandomFile(join(folder, 'small.bin'), 10 * KIB)]
  const key = await session(respace)
  const figures: Figure[] = []
  async function add (work: string, unit: 'MiB/s' | '/s', target: number | undefined, ours: () => Promise<number>, theirs: () => Promise<number>): Promise<void> {
    await compare(1, ours, theirs)
    figures.push(ratioFigure(`${work} ÷ Plik`, unit, await compare(ROUNDS, ours, theirs), target))
  }

  await add('1 GiB upload, durable', 'MiB/s', undefined, async () => {
    const { seconds } = await upload(await ticketOf(respace, key), large)
    await tidy(...filesBelow(join(respace.storage, 'blobs')))
    return GIB / seconds
  }, async () => {
    const { seconds } = await storeInPlik(plik, large)
    await tidy(...filesBelow(join(folder, 'plik/files')))
    return GIB / seconds
  })

  const [ourLarge, theirLarge] = [await store(respace, key, large), await storeInPlik(plik, large)]
  await add('1 GiB download', 'MiB/s', 0.9, async () => GIB / (await download(ourLarge.link)).seconds, async () => GIB / (await download(theirLarge.link)).seconds)

  const [ourSmall, theirSmall] = [await store(respace, key, small), await storeInPlik(plik, small)]
  await add('10 KiB downloads', '/s', 5, () => answersPerSecond(folder, [ourSmall.link], SECONDS), () => answersPerSecond(folder, [theirSmall.link], SECONDS))
  await add('files.getInfo', '/s', 4, () => answersPerSecond(folder, [ourSmall.metadata], SECONDS), () => answersPerSecond(folder, [theirSmall.metadata], SECONDS))

  await respace.stop()
  await plik.stop()
  await tidy(large, small)
  return figures
}

const ticketOf = async ({ url }: Respace, key: string): Promise<string> => attribute(await (await fetch(`${url}/rest/?method=upload.getInfo&session_key=${key}`)).text(), 'url')

async function store (respace: Respace, key: string, path: string): Promise<{ readonly link: string, readonly metadata: string }> {
  const { answer } = await upload(await ticketOf(respace, key), path)
  const id = /^file_id=(\w+)$/m.exec(answer)?.[1]
  if (id === undefined) throw new Error(`an upload was answered: ${answer}`)
  const metadata = `${respace.url}/rest/?method=files.getInfo&session_key=${key}&file_id=${id}`
  return { link: attribute(await (await fetch(metadata)).text(), 'direct_download_url'), metadata }
}
