/**
 * Plik, for comparison: a server for the same purpose, in Go. BENCH_PLIK is the path of `plikd`, built from its source: `cd server && go build -mod=vendor`.
 * It does not sync what it stores.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.ts'
import { start, waitFor, type Child } from './child.ts'
import { upload } from './curl.ts'

export const PLIK = process.env.BENCH_PLIK

export interface Plik extends Child {
  readonly url: string
}

/** Its defaults, on a folder and a port of its own, and without a log of requests. */
export async function startPlik (folder: string, program: string): Promise<Plik> {
  mkdirSync(join(folder, 'web'), { recursive: true })
  const port = await freePort()
  const configuration = join(folder, 'plikd.cfg')
  writeFileSync(configuration, `
ListenPort = ${port}
ListenAddress = "127.0.0.1"
LogLevel = "CRITICAL"
MaxFileSizeStr = "unlimited"
NoWebInterface = true
DataBackend = "file"
[DataBackendConfig]
  Directory = "${join(folder, 'files')}"
[MetadataBackendConfig]
  Driver = "sqlite3"
  ConnectionString = "${join(folder, 'plik.db')}"
`)
  const child = start(program, ['--config', configuration])
  const url = `http://127.0.0.1:${port}`
  await waitFor('Plik', async () => (await fetch(`${url}/version`)).ok || undefined)
  return { ...child, url }
}

export interface StoredInPlik {
  readonly seconds: number
  /** Of the bytes. */
  readonly link: string
  /** Of what is known about the file. */
  readonly metadata: string
}

/** Uploads a file as its clients do: an upload is made first, then its file is sent. */
export async function storeInPlik ({ url }: Plik, path: string): Promise<StoredInPlik> {
  const created = await fetch(`${url}/upload`, { method: 'POST', body: '{}' })
  const { id, uploadToken } = await created.json() as { readonly id: string, readonly uploadToken: string }
  const { seconds, answer } = await upload(`${url}/file/${id}`, path, {}, { 'X-UploadToken': uploadToken }, 'file')
  const file = JSON.parse(answer) as { readonly id: string, readonly fileName: string }
  return { seconds, link: `${url}/file/${id}/${file.id}/${encodeURIComponent(file.fileName)}`, metadata: `${url}/upload/${id}` }
}
