/** Style sheet, scripts and pictures of the pages. They are few and small, so they are cached in memory. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

export interface PublicFile {
  readonly contentType: string
  readonly bytes: Buffer
}

/** Next to this file, and next to the built program. */
const FOLDER = new URL('./public/', import.meta.url)

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon'
}

interface PublicFiles {
  readonly byName: ReadonlyMap<string, PublicFile>
  /** A hash of all of them, so that browsers can cache them forever. One hash for all, since modules import each other by relative names. */
  readonly version: string
}

let kept: PublicFiles | undefined

/** Read for the first page, so that they do not slow down the start. */
export const publicFiles = (): PublicFiles => { kept ??= readFiles(); return kept }

/** The URL of one of them. */
export const publicPath = (name: string): string => `/public/${publicFiles().version}/${name}`

function readFiles (): PublicFiles {
  const sources = new Map<string, string | URL>(readdirSync(FOLDER).sort().map(name => [name, new URL(name, FOLDER)]))
  // The client for resumable uploads is from a package; the build copies it to the others.
  if (!sources.has('tus.js')) sources.set('tus.js', createRequire(import.meta.url).resolve('tus-js-client/dist/tus.min.js'))
  const byName = new Map([...sources].map(([name, source]) => [name, {
    contentType: CONTENT_TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    bytes: readFileSync(source)
  }]))
  const hash = createHash('sha256')
  for (const [name, { bytes }] of byName) hash.update(`${name}\0${bytes.length}\0`).update(bytes)
  return { byName, version: hash.digest('hex').slice(0, 12) }
}
