/** The process that makes thumbnails. Only the decoders of a few raster types are allowed in it. */
import { MAX_PIXELS, mostThumbnailBytes, THUMBNAIL_SIDE, type ImageType } from '../../domain/files/thumbnail.ts'
import { UNAVAILABLE } from './child.ts'
import { serveJobs } from './serve-jobs.ts'

/** Bytes of the whole process. */
const MOST_MEMORY = 768 * 1024 * 1024
/** Side and quality: the first that makes it small enough are taken. */
const STEPS = [[THUMBNAIL_SIDE, 76], [THUMBNAIL_SIDE, 50], [THUMBNAIL_SIDE / 2, 50], [THUMBNAIL_SIDE / 4, 30]] as const

const within = (side: number) => ({ width: side, height: side, fit: 'inside', withoutEnlargement: true }) as const

const { default: sharp } = await import('sharp').catch(() => process.exit(UNAVAILABLE))
// One image at a time, on one processor, and nothing of it is kept.
sharp.cache(false)
sharp.concurrency(1)
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer', 'VipsForeignLoadNsgifBuffer', 'VipsForeignLoadHeifBuffer'] })

await serveJobs(makeThumbnail, MOST_MEMORY)

/** Upright, in sRGB, without anything that its camera wrote into it. */
async function makeThumbnail (type: string, image: Buffer): Promise<Buffer> {
  const options = { limitInputPixels: MAX_PIXELS[type as ImageType], failOn: 'error', sequentialRead: true } as const
  const { data, info } = await sharp(image, options).autoOrient().resize(within(THUMBNAIL_SIDE)).raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  for (const [side, quality] of STEPS) {
    const thumbnail = await sharp(data, { raw: { width, height, channels } }).resize(within(side)).webp({ quality }).toBuffer()
    if (thumbnail.length <= mostThumbnailBytes(image.length)) return thumbnail
  }
  throw new Error('it does not become small enough')
}
