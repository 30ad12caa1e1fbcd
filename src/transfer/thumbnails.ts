/** Asks for thumbnails, one after another: after an upload, and when a page shows an image that has none yet. */
import { buffer } from 'node:stream/consumers'
import { imageTypeOf, isNamedAsImage, MAX_IMAGE_BYTES, TELLING_BYTES, type Pictured, type ThumbnailMaker, type Thumbnails } from '../domain/files/thumbnail.ts'
import type { Ports } from '../ports.ts'
import { keepThumbnail } from '../store/files/thumbnails.ts'

/** Files that wait. */
const MAX_WAITING = 10_000

/** Those of a server, and the end of them. */
export interface ThumbnailQueue extends Thumbnails {
  /** Takes no more, and resolves when nothing is done any more. */
  close (): Promise<void>
}

/** `tell` gets what went wrong with single files. */
export function createThumbnailQueue ({ sql, blobs }: Pick<Ports, 'sql' | 'blobs'>, maker: ThumbnailMaker, tell: (error: unknown, file: Pictured) => void): ThumbnailQueue {
  const waiting = new Map<string, Pictured>()
  let isClosed = false
  let work: Promise<void> | undefined

  async function workOff (): Promise<void> {
    for (const [id, file] of waiting) {
      if (isClosed) return
      await picture(file).catch((error: unknown) => { tell(error, file) })
      waiting.delete(id)
    }
    work = undefined
  }

  async function picture ({ id, blobId, size, name }: Pictured): Promise<void> {
    const type = imageTypeOf(await buffer(await blobs.open(blobId, { start: 0, end: Math.min(size, TELLING_BYTES) - 1, size })))
    // Of what is neither called an image nor is one nothing is written down: no page will ask for it.
    if (type === undefined && !isNamedAsImage(name)) return
    const thumbnail = type && await maker.make(type, size, () => blobs.open(blobId, { start: 0, end: size - 1, size }))
    if (!isClosed && maker.isAble()) await keepThumbnail(sql, id, thumbnail)
  }

  return {
    want (file) {
      if (isClosed || !maker.isAble() || file.size === 0 || file.size > MAX_IMAGE_BYTES || waiting.size >= MAX_WAITING || waiting.has(file.id)) return
      waiting.set(file.id, file)
      work ??= workOff()
    },
    async close () {
      isClosed = true
      maker.close()
      await work
    }
  }
}
