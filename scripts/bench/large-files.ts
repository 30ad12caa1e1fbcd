/** 1 GiB up and down in a single stream, compared with nginx on the same disk. */
import { dirname, join } from 'node:path'
import { element } from '../../test/support/client.ts'
import { append, download, upload } from './curl.ts'
import { ratioFigure, type Figure } from './figure.ts'
import { startNginx } from './nginx.ts'
import { serve, ticketUrl, type Respace } from './respace.ts'
import { compare } from './rounds.ts'
import { filesBelow, GIB, tidy, writeRandomFile } from './workspace.ts'

const ROUNDS = 7

/** Ours is synced before the answer; nginx leaves that to the kernel. */
export async function measureLargeUpload (folder: string): Promise<Figure[]> {
  const file = writeRandomFile(join(folder, 'large.bin'), GIB)
  const respace = await serve(join(folder, 'storage'))
  const nginx = await startNginx(join(folder, 'nginx'), folder)
  async function speedOf (url: string, leaves: string): Promise<number> {
    const { seconds } = await upload(url, file)
    await tidy(...filesBelow(leaves))
    return GIB / seconds
  }
  const toUs = async () => speedOf(await ticketUrl(respace), join(respace.storage, 'blobs'))
  const toNginx = () => speedOf(`${nginx.url}/in-file`, nginx.bodies)
  await tidy()
  await compare(1, toUs, toNginx)
  const compared = await compare(ROUNDS, toUs, toNginx)
  await respace.stop()
  await nginx.stop()
  await tidy(file)
  return [ratioFigure('1 GiB multipart upload, durable ÷ nginx, not synced', 'MiB/s', compared, 0.45)]
}

/** The same bytes as a resumable upload and as a form, both durable before the answer. */
export async function measureResumableUpload (folder: string): Promise<Figure[]> {
  const file = writeRandomFile(join(folder, 'large.bin'), GIB)
  const respace = await serve(join(folder, 'storage'))
  async function speedOf (sending: Promise<{ readonly seconds: number }>): Promise<number> {
    const { seconds } = await sending
    await tidy(...filesBelow(join(respace.storage, 'blobs')))
    return GIB / seconds
  }
  const resumable = async () => speedOf(append(await beginUpload(respace), file))
  const plain = async () => speedOf(upload(await ticketUrl(respace), file))
  await compare(1, resumable, plain)
  const compared = await compare(ROUNDS, resumable, plain)
  await respace.stop()
  await tidy(file)
  return [ratioFigure('1 GiB resumable upload ÷ the same as a form', 'MiB/s', compared, 0.9)]
}

async function beginUpload ({ url }: Respace): Promise<string> {
  const begun = await fetch(`${url}/tus/`, { method: 'POST', headers: { 'tus-resumable': '1.0.0', 'upload-length': String(GIB) } })
  return url + begun.headers.get('location')
}

/** Both send the same file from the page cache. */
export async function measureLargeDownload (folder: string): Promise<Figure[]> {
  const file = writeRandomFile(join(folder, 'large.bin'), GIB)
  const respace = await serve(join(folder, 'storage'))
  const link = await store(respace, file)
  await tidy(file)
  const [blob = ''] = filesBelow(join(respace.storage, 'blobs'))
  const nginx = await startNginx(join(folder, 'nginx'), dirname(blob))
  const speedOf = async (url: string) => GIB / (await download(url)).seconds
  const fromUs = () => speedOf(link)
  const fromNginx = () => speedOf(`${nginx.url}/served/${blob.slice(dirname(blob).length + 1)}`)
  await compare(1, fromUs, fromNginx)
  const compared = await compare(ROUNDS, fromUs, fromNginx)
  await respace.stop()
  await nginx.stop()
  await tidy(blob)
  return [ratioFigure('1 GiB download ÷ nginx sendfile', 'MiB/s', compared, 0.9)]
}

/** Uploads a file; returns the direct link from its download page. */
export async function store (respace: Respace, file: string): Promise<string> {
  const { answer } = await upload(await ticketUrl(respace), file)
  const page = await fetch(`${respace.url}/pro/dl/${element(answer, 'file_id')}`, { redirect: 'manual' })
  return new URL(page.headers.get('location') ?? '', respace.url).href
}
