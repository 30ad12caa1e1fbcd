/** Style sheet, scripts and pictures of the pages. They are few and small, so they stay in memory. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

export interface PublicFile {
  readonly contentType: string
  readonly bytes: Buffer
}

const FOLDER = new URL('./public/', import.meta.url)

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml'
}

/** Where each comes from, by name; the client of resumable uploads is a package's. */
const SOURCES = new Map<string, string | URL>([
  ...readdirSync(FOLDER).sort().map(name => [name, new URL(name, FOLDER)] as const),
  ['tus.js', createRequire(import.meta.url).resolve('tus-js-client/dist/tus.min.js')] as const
])

/** By name. */
export const PUBLIC_FILES: ReadonlyMap<string, PublicFile> = new Map([...SOURCES].map(([name, source]) => [name, {
  contentType: CONTENT_TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
  bytes: readFileSync(source)
}]))

/** Changes with any byte of any of them, so that browsers may keep them for ever: modules import each other by bare neighbours' names. */
export const PUBLIC_VERSION = [...PUBLIC_FILES].reduce((hash, [name, { bytes }]) => hash.update(`${name}\0${bytes.length}\0`).update(bytes), createHash('sha256'))
  .digest('hex').slice(0, 12)

/** The address of one of them. */
export const publicPath = (name: string): string => `/public/${PUBLIC_VERSION}/${name}`
