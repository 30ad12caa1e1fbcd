/** The small picture of an image, for pages that list files. */
import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { StoredFile } from '../../domain/files/file.ts'
import { directLink, pageGrant, thumbnailLink, viewLinkOf } from '../../domain/files/link.ts'
import { isNamedAsImage } from '../../domain/files/thumbnail.ts'
import { findThumbnail } from '../../store/files/thumbnails.ts'
import { judge } from '../../transfer/preconditions.ts'
import { missingPage } from '../../web/pages/pages.ts'
import { answerPage } from '../answer/answer-page.ts'
import type { Site } from '../site.ts'

/** A browser shows what it has for so many seconds before it asks whether that is still right. */
const FRESH = 600

/**
 * The address of a file's thumbnail on a page, for readers who may see the file; undefined when there is none. One that nobody has tried to make is
 * made now, for the next reader.
 */
export function pageThumbnail (file: StoredFile, { config, ports: { thumbnails, vault, clock } }: Pick<Site, 'config' | 'ports'>): string | undefined {
  if (!config.thumbnails) return undefined
  if (isUntried(file)) thumbnails.want(file)
  if (file.hasThumbnail !== true) return undefined
  return file.sealedPassword === null ? thumbnailLink(file.id) : `${viewLinkOf(directLink('', vault, file, pageGrant(clock.now())))}?thumbnail`
}

const isUntried = ({ hasThumbnail, name }: StoredFile): boolean => hasThumbnail === null && isNamedAsImage(name)

/** The thumbnail of a file that the reader may see, or 404; then it is made for the next time, if nobody has tried. */
export async function answerThumbnail (file: StoredFile, reply: FastifyReply, { config, ports: { sql, thumbnails } }: Site): Promise<FastifyReply> {
  const { headers } = reply.request
  if (config.thumbnails && isUntried(file)) thumbnails.want(file)
  const image = config.thumbnails && file.hasThumbnail === true ? await findThumbnail(sql, file) : undefined
  if (image === undefined) return answerPage(reply, missingPage(), 404)
  const validator = { etag: `"${createHash('sha256').update(`thumbnail ${file.blobId}`).digest('hex').slice(0, 32)}"`, changedAt: file.uploadedAt }
  const verdict = judge(headers, validator)
  reply.headers({
    etag: validator.etag,
    'cache-control': file.sealedPassword === null ? `private, max-age=${FRESH}` : 'private, no-cache',
    'x-robots-tag': 'noindex',
    'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin'
  })
  return verdict === 'send' ? reply.type('image/webp').send(image) : reply.code(verdict === 'failed' ? 412 : 304).send()
}
