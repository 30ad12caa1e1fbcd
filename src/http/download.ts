/** `/dl/…` sends bytes, `/pro/dl/ID` leads there; `/view/…` shows them in the page. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { limitMisses } from '../api/limiter.ts'
import { findPublicFile } from '../store/file-limits.ts'
import { findVisibleFile } from '../store/files.ts'
import { listPauses } from '../store/pauses.ts'
import type { StoredFile } from '../domain/file.ts'
import { directLink, pageGrant, pageLink, readGrant, viewLink, type Grant } from '../domain/link.ts'
import { previewOf, type Preview } from '../domain/preview.ts'
import type { Ports } from '../ports.ts'
import { slowDown } from '../transfer/pace.ts'
import { planDelivery, type Delivery } from '../transfer/serve.ts'
import type { ShownPreview } from '../web/preview-view.ts'
import { bandwidthPage, blockedPage, expiredLinkPage, missingPage, pausedPage } from '../web/pages.ts'
import { answerLater, answerPage } from './answer-page.ts'
import { findPayer, settle, take, type Download } from './download-count.ts'
import type { Site } from './site.ts'

type ByLink = { Params: { signature: string, payload: string, id: string } }

export async function registerDownload (app: FastifyInstance, site: Site): Promise<void> {
  const { ports } = site

  app.route<ByLink>({
    method: ['GET', 'HEAD'],
    url: '/dl/:signature/:payload/:id/*',
    async handler (request, reply) {
      const found = await demandGranted(request, reply)
      return found === undefined ? reply : deliver(found.file, found.grant, undefined, request, reply, site)
    }
  })

  app.route<ByLink>({
    method: ['GET', 'HEAD'],
    url: '/view/:signature/:payload/:id/*',
    async handler (request, reply) {
      const found = await demandGranted(request, reply)
      if (found === undefined) return reply
      const preview = previewOf(found.file)
      return preview === undefined ? answerPage(reply, missingPage(), 404) : deliver(found.file, found.grant, preview, request, reply, site)
    }
  })

  /**
   * What a signed link names, or undefined when it was answered why not. The name is for the reader: the signature covers what
   * counts. Whoever has a good link has not guessed it.
   */
  async function demandGranted ({ params: { signature, payload, id } }: FastifyRequest<ByLink>, reply: FastifyReply) {
    const now = ports.clock.now()
    const found = await findPublicFile(ports.sql, id, now)
    const grant = found && readGrant(ports.vault, found.file, signature, payload, now)
    const file = found && grant ? await demandOpen(found, reply, site) : await demandFile(id, reply, site)
    if (file === undefined) return undefined
    if (grant !== undefined) return { file, grant }
    answerPage(reply, expiredLinkPage(id), 410)
  }

  app.get<{ Params: { id: string } }>('/pro/dl/:id', { exposeHeadRoute: true }, async (request, reply) => {
    const file = await demandFile(request.params.id, reply, site)
    if (file === undefined) return reply
    const needsPassword = file.sealedPassword !== null
    return reply.header('cache-control', 'no-store')
      .redirect(needsPassword ? pageLink(request.basePath, file.id) : pageDownloadLink(request.basePath, file, site), 302)
  })
}

/** The file a public address names, or undefined when it was answered that there is none to be had. Throws TooManyAttempts. */
export async function demandFile (id: string, reply: FastifyReply, site: Site): Promise<StoredFile | undefined> {
  const { sql, clock } = site.ports
  const found = await limitMisses(site, 'id', { address: reply.request.ip, about: '/file', error: 'FILE_NOT_FOUND', look: () => findPublicFile(sql, id, clock.now()) })
  if (found !== undefined) return demandOpen(found, reply, site)
  answerPage(reply, missingPage(), 404)
}

async function demandOpen ({ file, isBlocked }: { readonly file: StoredFile, readonly isBlocked: boolean }, reply: FastifyReply, { ports }: Site): Promise<StoredFile | undefined> {
  if (isBlocked) answerPage(reply, blockedPage(file, ports.clock.now()), 403)
  else if ((await listPauses(ports.sql)).has('downloads')) answerLater(reply, pausedPage('paused.downloads'))
  else return file
}

/** A link as a download page gives it: for some hours, on the owner's bandwidth. */
export function pageDownloadLink (base: string, file: StoredFile, { ports: { vault, clock } }: Site): string {
  return directLink(base, vault, file, pageGrant(clock.now()))
}

/** The same link for looking at it, where that is possible; 'limited' where it only is not because downloads are counted. */
export function pagePreview (file: StoredFile, { ports: { vault, clock } }: Site): ShownPreview | 'limited' | undefined {
  const preview = previewOf(file)
  if (preview === undefined) return previewOf({ ...file, downloadLimit: null }) && 'limited'
  return { kind: preview.kind, link: viewLink('', vault, file, pageGrant(clock.now())) }
}

/** Sends bytes. Looking at a file is no download, but its bytes count. */
async function deliver (
  file: StoredFile, grant: Grant, preview: Preview | undefined, request: FastifyRequest, reply: FastifyReply, site: Site
) {
  const { ports, transfers } = site
  const delivery = planDelivery(file, request.headers, preview)
  const isGet = request.method === 'GET'
  const { downloadSpeed, isDisabled, ...payer } = await findPayer(grant.userId ?? file.ownerId, site)
  // A link that an account got for itself is no use while that account is switched off.
  if (isDisabled) return answerPage(reply, expiredLinkPage(file.id), 410)
  const download: Download = {
    file,
    ...payer,
    length: isGet && delivery.range ? delivery.range.end - delivery.range.start + 1 : 0,
    counts: isGet && delivery.endsFile && preview === undefined,
    startedAt: ports.clock.now()
  }
  const taken = await take(download, ports)
  if (taken === 'no place') {
    return await isGone(file, ports) ? answerPage(reply, missingPage(), 404) : answerPage(reply, blockedPage(file, ports.clock.now()), 403)
  }
  if (taken === 'no bandwidth') return answerLater(reply, bandwidthPage())
  try {
    const link = preview === undefined && isGet && delivery.range && await linkOfStore(file, delivery, downloadSpeed, request, site)
    if (link) {
      // Nobody tells us how much of it the store sends.
      await settle(download, download.length, true, ports)
      return reply.header('cache-control', 'no-store').redirect(link, 302)
    }
    const place = preview === undefined && isGet && delivery.range && await placeForProxy(file, site)
    if (place) {
      // Ranges are the proxy's affair, too, and its etag is another one.
      await settle(download, download.length, true, ports)
      const { etag, 'last-modified': changedAt, 'content-length': length, 'content-range': range, 'accept-ranges': ranges, ...headers } = delivery.headers
      return reply.headers({ ...headers, 'x-accel-redirect': place, ...(downloadSpeed !== 0 && { 'x-accel-limit-rate': downloadSpeed * 1024 }) }).send()
    }
    // Opened before the first header: bytes that cannot be reached are an error page, not half an answer.
    const bytes = isGet && delivery.range ? await ports.blobs.open(file.blobId, delivery.range) : undefined
    if (bytes || download.counts) settleWhenSent(download, request, reply, site)
    if (bytes) reply.raw.once('close', transfers.begin(file.ownerId, () => { request.raw.socket.destroy() }))
    return reply.code(delivery.status).headers(delivery.headers).send(bytes && slowDown(bytes, downloadSpeed, ports.clock))
  } catch (error) {
    await settle(download, 0, false, ports)
    if (await isGone(file, ports)) return answerPage(reply, missingPage(), 404)
    throw error
  }
}

/** Where the store may send the bytes itself: nothing then counts them, slows them down, or knows our etag. */
async function linkOfStore (
  file: StoredFile, { headers }: Delivery, speed: number, request: FastifyRequest, { config, ports }: Site
): Promise<string | undefined> {
  if (config.blobDownloads === 'stream' || file.downloadLimit !== null || speed !== 0 || request.headers['if-range'] !== undefined) return undefined
  return ports.blobs.link?.(file.blobId, headers)
}

/** Where nginx finds the bytes: it does not tell how many it sent, so a file with a download limit comes through us. */
async function placeForProxy (file: StoredFile, { config: { accelRedirect }, ports: { blobs } }: Site): Promise<string | undefined> {
  if (accelRedirect === undefined || file.downloadLimit !== null || blobs.pathOf === undefined || !await blobs.has(file.blobId)) return undefined
  return accelRedirect + blobs.pathOf(file.blobId)
}

/** Whether it was deleted, or its account switched off, since the request found it. */
const isGone = async ({ id }: StoredFile, { sql }: Ports): Promise<boolean> => await findVisibleFile(sql, id) === undefined

/** A download counts once its last byte was sent, an aborted one never; its bytes count either way. */
function settleWhenSent (download: Download, request: FastifyRequest, reply: FastifyReply, { ports }: Site): void {
  const { socket } = request.raw
  const before = socket.bytesWritten
  reply.raw.once('close', () => {
    const isComplete = reply.raw.writableFinished
    const sent = isComplete ? download.length : Math.min(download.length, socket.bytesWritten - before)
    settle(download, sent, isComplete, ports)
      .catch((error: unknown) => { request.log.error({ err: error }, 'a download was not counted') })
  })
}
