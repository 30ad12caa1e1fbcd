/** `/dl/…` sends bytes, `/pro/dl/ID` leads there. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { countDownload, findFile } from '../store/files.ts'
import { addTraffic } from '../store/traffic.ts'
import type { StoredFile } from '../domain/file.ts'
import { directLink, readGrant, type Grant } from '../domain/link.ts'
import { LINK_LIFETIME } from '../domain/policy.ts'
import { planDelivery, type Delivery } from '../transfer/serve.ts'
import { expiredLinkPage, missingPage } from '../web/pages.ts'
import { answerPage } from './answer-page.ts'
import type { Site } from './site.ts'

export async function registerDownload (app: FastifyInstance, site: Site): Promise<void> {
  const { ports } = site

  // The name is for the reader: the signature covers what counts.
  app.route<{ Params: { signature: string, payload: string, id: string } }>({
    method: ['GET', 'HEAD'],
    url: '/dl/:signature/:payload/:id/*',
    async handler (request, reply) {
      const { signature, payload, id } = request.params
      const file = await findFile(ports.sql, id)
      if (file === undefined) return answerPage(reply, missingPage(), 404)
      const grant = readGrant(ports.vault, file, signature, payload, ports.clock.now())
      if (grant === undefined) return answerPage(reply, expiredLinkPage(id), 410)
      return deliver(file, grant, request, reply, site)
    }
  })

  app.get<{ Params: { id: string } }>('/pro/dl/:id', { exposeHeadRoute: true }, async (request, reply) => {
    const file = await findFile(ports.sql, request.params.id)
    if (file === undefined) return answerPage(reply, missingPage(), 404)
    const needsPassword = file.sealedPassword !== null
    return reply.header('cache-control', 'no-store')
      .redirect(needsPassword ? `/file/${file.id}` : pageDownloadLink('', file, site), 302)
  })
}

/** A link as a download page gives it: for some hours, on the owner's bandwidth. */
export function pageDownloadLink (base: string, file: StoredFile, { ports: { vault, clock } }: Site): string {
  return directLink(base, vault, file, { expiresAt: clock.now() + LINK_LIFETIME, userId: null })
}

async function deliver (file: StoredFile, grant: Grant, request: FastifyRequest, reply: FastifyReply, site: Site) {
  const delivery = planDelivery(file, request.headers)
  if (delivery.range === undefined || request.method === 'HEAD') {
    reply.code(delivery.status).headers(delivery.headers)
    if (request.method === 'GET' && delivery.endsFile) countWhenSent(file, grant, delivery, request, reply, site)
    return reply.send()
  }
  // Opened before the first header: bytes that cannot be reached are an error page, not half an answer.
  const bytes = await site.ports.blobs.open(file.blobId, delivery.range)
  countWhenSent(file, grant, delivery, request, reply, site)
  return reply.code(delivery.status).headers(delivery.headers).send(bytes)
}

/** A download counts once its last byte was sent, an aborted one never; its bytes count either way. */
function countWhenSent (file: StoredFile, grant: Grant, delivery: Delivery, request: FastifyRequest, reply: FastifyReply, { ports }: Site): void {
  const { socket } = request.raw
  const before = socket.bytesWritten
  const length = delivery.range ? delivery.range.end - delivery.range.start + 1 : 0
  reply.raw.once('close', () => {
    const isComplete = reply.raw.writableFinished
    const sent = isComplete ? length : Math.min(length, socket.bytesWritten - before)
    const userId = grant.userId ?? file.ownerId
    const work = [
      ...(isComplete && delivery.endsFile ? [countDownload(ports.sql, file.id)] : []),
      ...(userId !== null && sent > 0 ? [addTraffic(ports.sql, userId, sent, ports.clock.now())] : [])
    ]
    Promise.all(work).catch((error: unknown) => { request.log.error({ err: error }, 'a download was not counted') })
  })
}
