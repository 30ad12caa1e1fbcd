/** Small pictures of images. They are made in a process of its own, after the upload: see docs/security.md. */
import type { Readable } from 'node:stream'
import type { StoredFile } from './file.ts'

/** Bytes of a thumbnail at most, and pixels of its longer side. */
export const MAX_THUMBNAIL_BYTES = 50 * 1024
export const THUMBNAIL_SIDE = 480
/** Bytes of an image that one is made of. */
export const MAX_IMAGE_BYTES = 50 * 1024 * 1024
/** Bytes at the beginning of a file that tell what it is. */
export const TELLING_BYTES = 32

export type ImageType = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif'

/** Pixels of an image at most. A JPEG is made smaller while it is read, the others are held whole. */
export const MAX_PIXELS: Readonly<Record<ImageType, number>> = { jpeg: 200_000_000, png: 50_000_000, webp: 50_000_000, gif: 50_000_000, avif: 50_000_000 }

/** The type of an image by its first bytes; undefined for anything else. What is drawn by a program, such as SVG and PDF, is no image here. */
export function imageTypeOf (head: Buffer): ImageType | undefined {
  const text = head.toString('latin1', 0, TELLING_BYTES)
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (/^GIF8[79]a/.test(text)) return 'gif'
  if (/^RIFF[^]{4}WEBP/.test(text)) return 'webp'
  // The brand, or one of the first that it is compatible with.
  if (/^[^]{4}ftyp(?:[^]{4})*avi[fs]/.test(text)) return 'avif'
  return undefined
}

/** Whether a file that has no thumbnail yet may get one, by its name: enough to look at its bytes later. */
export const isNamedAsImage = (name: string): boolean => /\.(?:jpe?g|jfif|png|webp|gif|avif)$/i.test(name)

/** No thumbnail is much larger than its image: nobody's files may take more space than they are counted for. */
export const mostThumbnailBytes = (imageBytes: number): number => Math.min(MAX_THUMBNAIL_BYTES, Math.max(imageBytes, 2048))

/** What a thumbnail is made for. */
export type Pictured = Pick<StoredFile, 'id' | 'blobId' | 'size' | 'name'>

/** Makes thumbnails of files in the background. */
export interface Thumbnails {
  /** Asks for that of a file. Never throws, returns immediately; what does not fit into the queue is asked for again by the next page. */
  want (file: Pictured): void
}

/** Makes a thumbnail of an image. */
export interface ThumbnailMaker {
  /** undefined when the image is broken or too large. Rejects when its bytes cannot be read. */
  make (type: ImageType, size: number, bytes: () => Promise<Readable>): Promise<Buffer | undefined>
  /** False once it has turned out that it cannot make any. */
  isAble (): boolean
  /** Ends what it does. */
  close (): void
}
