/** Several files as one ZIP, stored as they are, while they are read; ZIP64 where sizes need it. */
import type { Readable } from 'node:stream'
import { ZipFile } from 'yazl'

export interface Entry {
  readonly path: string
  readonly size: number
  /** Unix milliseconds. */
  readonly modifiedAt: number
  /** Called when its turn has come. */
  open (): Promise<Readable>
}

/** The archive. Destroying it closes the entry that is being read; an entry that fails destroys it. */
export function archive (entries: readonly Entry[]): Readable {
  const zip = new ZipFile()
  // Typed by its package as less than it is.
  const output = zip.outputStream as Readable
  let current: Readable | undefined
  zip.on('error', (error: Error) => { output.destroy(error) })
  output.once('close', () => { current?.destroy() })
  for (const { path, size, modifiedAt, open } of entries) {
    zip.addReadStreamLazy(path, { mtime: new Date(modifiedAt), compress: false, size }, give => {
      open().then(bytes => {
        current = bytes
        // Who went away while it was opened wants it no more.
        if (output.destroyed) bytes.destroy()
        else give(null, bytes)
      }, (error: Error) => { output.destroy(error) })
    })
  }
  zip.end()
  return output
}
