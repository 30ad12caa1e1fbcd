/** `/dl/…` sends bytes, `/pro/dl/ID` leads there. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { applyLimit, endDownload, findPublicFile, takePlace } from '../store/file-limits.ts'
import { findFile } from '../store/files.ts'
import { addTraffic } from '../store/traffic.ts'
import type { StoredFile } from '../domain/file.ts'
import { directLink, readGrant, type Grant } from '../domain/link.ts'
import { LINK_LIFETIME } from '../domain/policy.ts'
import type { Ports } from '../ports.ts'
import { planDelivery, type Delivery } from '../transfer/serve.ts'
import { blockedPage, expiredLinkPage, missingPage } from '../web/pages.ts'
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
      const file = await demandFile(id, reply, site)
      if (file === undefined) return reply
      const grant = readGrant(ports.vault, file, signature, payload, ports.clock.now())
      if (grant === undefined) return answerPage(reply, expiredLinkPage(id), 410)
      return deliver(file, grant, request, reply, site)
    }
  })

  app.get<{ Params: { id: string } }>('/pro/dl/:id', { exposeHeadRoute: true }, async (request, reply) => {
    const file = await demandFile(request.params.id, reply, site)
    if (file === undefined) return reply
    const needsPassword = file.sealedPassword !== null
    return reply.header('cache-control', 'no-store')
      .redirect(needsPassword ? `/file/${file.id}` : pageDownloadLink('', file, site), 302)
  })
}

/** The file a public address names, or undefined when it was answered that there is none to be had. */
export async function demandFile (id: string, reply: FastifyReply, { ports }: Site): Promise<StoredFile | undefined> {
  const found = await findPublicFile(ports.sql, id, ports.clock.now())
  if (found === undefined) answerPage(reply, missingPage(), 404)
  else if (found.isBlocked) answerPage(reply, blockedPage(), 403)
  else return found.file
}

/** A link as a download page gives it: for some hours, on the owner's bandwidth. */
export function pageDownloadLink (base: string, file: StoredFile, { ports: { vault, clock } }: Site): string {
  return directLink(base, vault, file, { expiresAt: clock.now() + LINK_LIFETIME, userId: null })
}

async function deliver (file: StoredFile, grant: Grant, request: FastifyRequest, reply: FastifyReply, site: Site) {
  const { ports } = site
  const delivery = planDelivery(file, request.headers)
  const counts = delivery.endsFile && request.method === 'GET'
  // Of many that race for the last download one gets it.
  const holdsPlace = counts && file.downloadLimit !== null
  if (holdsPlace && !await takePlace(ports.sql, file.id)) {
    return await isGone(file, ports) ? answerPage(reply, missingPage(), 404) : answerPage(reply, blockedPage(), 403)
  }
  try {
    // Opened before the first header: bytes that cannot be reached are an error page, not half an answer.
    const bytes = delivery.range && request.method === 'GET' ? await ports.blobs.open(file.blobId, delivery.range) : undefined
    if (bytes || counts) settleWhenSent(file, grant, delivery, { counts, holdsPlace }, request, reply, ports)
    return reply.code(delivery.status).headers(delivery.headers).send(bytes)
  } catch (error) {
    await endDownload(ports.sql, file.id, holdsPlace, false)
    if (await isGone(file, ports)) return answerPage(reply, missingPage(), 404)
    throw error
  }
}

/** Whether it was deleted since the request found it. */
const isGone = async ({ id }: StoredFile, { sql }: Ports): Promise<boolean> => await findFile(sql, id) === undefined

/** A download counts once its last byte was sent, an aborted one never; its bytes count either way. */
function settleWhenSent (
  file: StoredFile, grant: Grant, { range }: Delivery, { counts, holdsPlace }: { counts: boolean, holdsPlace: boolean },
  request: FastifyRequest, reply: FastifyReply, ports: Ports
): void {
  const { socket } = request.raw
  const before = socket.bytesWritten
  const length = range ? range.end - range.start + 1 : 0

  async function settle (): Promise<void> {
    const isComplete = reply.raw.writableFinished
    const sent = isComplete ? length : Math.min(length, socket.bytesWritten - before)
    const userId = grant.userId ?? file.ownerId
    if (userId !== null && sent > 0) await addTraffic(ports.sql, userId, sent, ports.clock.now())
    await endDownload(ports.sql, file.id, holdsPlace, counts && isComplete)
    // A limit may have been set while it ran.
    if (!counts) return
    const after = await findFile(ports.sql, file.id)
    if (after) await applyLimit(ports.sql, after, ports.clock.now())
  }

  reply.raw.once('close', () => {
    settle().catch((error: unknown) => { request.log.error({ err: error }, 'a download was not counted') })
  })
}
