/** A text as people read it: Markdown rendered, code in colours, in a document that may do nothing. */
import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { buffer } from 'node:stream/consumers'
import type { StoredFile } from '../../domain/files/file.ts'
import type { Grant } from '../../domain/files/link.ts'
import { decodeText } from '../../domain/files/text-language.ts'
import { findPayer, settle, take, type Download } from '../../transfer/download-quota.ts'
import { judge } from '../../transfer/preconditions.ts'
import { formattedText } from '../../web/pages/formatted-text.ts'
import { bandwidthPage, blockedPage, errorPage, expiredLinkPage } from '../../web/pages/pages.ts'
import { publicFiles } from '../../web/public-files.ts'
import { answerLater, answerPage } from '../answer/answer-page.ts'
import type { Site } from '../site.ts'
import { damageOf, reportDamage } from './damage.ts'

/** Answers with the whole text, which counts as so many bytes and as no download. */
export async function answerFormattedText (file: StoredFile, language: string, grant: Pick<Grant, 'userId'>, reply: FastifyReply, site: Site): Promise<FastifyReply> {
  const { request } = reply
  const { ports, formatter } = site
  const { isDisabled, payerId, bandwidth } = await findPayer(grant.userId ?? file.ownerId, site)
  if (isDisabled) return answerPage(reply, expiredLinkPage(file.id), 410)
  const etag = `"${createHash('sha256').update(`formatted ${publicFiles().version} ${language} ${file.name} ${file.blobId}`).digest('hex').slice(0, 32)}"`
  const headers = { etag, 'cache-control': 'private, no-cache', 'x-robots-tag': 'noindex' }
  const verdict = judge({ 'if-none-match': request.headers['if-none-match'] }, { etag, changedAt: file.uploadedAt })
  if (verdict !== 'send') return reply.headers(headers).code(304).send()
  if (request.method === 'HEAD') return reply.headers(headers).type('text/html; charset=utf-8').send()
  const download: Download = { file, payerId, bandwidth, length: file.size, counts: false, startedAt: ports.clock.now() }
  const taken = await take(download, ports)
  if (taken === 'no place') return answerPage(reply, blockedPage(file, ports.clock.now()), 403)
  if (taken === 'no bandwidth') return answerLater(reply, bandwidthPage())
  try {
    const bytes = await buffer(await ports.blobs.open(file.blobId, { start: 0, end: file.size - 1, size: file.size }))
    const { document, policy } = formattedText(file.name, decodeText(bytes), language === 'plain' ? undefined : await formatter.format(language, bytes))
    await settle(download, file.size, false, ports)
    return reply.headers({ ...headers, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy, 'cross-origin-resource-policy': 'same-origin', 'referrer-policy': 'no-referrer' }).send(document)
  } catch (error) {
    await settle(download, 0, false, ports)
    await reportDamage(error, file, request, site)
    if (damageOf(error, file) === undefined) throw error
    return answerPage(reply, errorPage('error.title', 'error.sentence'), 503)
  }
}
