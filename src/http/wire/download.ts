/** `/dl/…` sends bytes, `/pro/dl/ID` leads there; `/view/…` shows them in the page, `/file/ID/thumbnail` shows a small picture. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { limitMisses } from '../../api/limiter.ts'
import { findPublicFile } from '../../store/files/file-limits.ts'
import { findVisibleFile } from '../../store/files/files.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import { directLink, pageGrant, pageLink, readGrant, viewLinkOf, type Grant } from '../../domain/files/link.ts'
import { previewOf, type Preview } from '../../domain/files/preview.ts'
import { PATHS } from '../../domain/url-paths.ts'
import type { Chunks } from '../../domain/files/blob-bytes.ts'
import { DamagedBlob, type Ports } from '../../ports.ts'
import { findPayer, holdsShare, settle, take, type Download } from '../../transfer/download-quota.ts'
import { throttle } from '../../transfer/throttle.ts'
import { isConditional } from '../../transfer/preconditions.ts'
import { planDelivery, type Delivery } from '../../transfer/serve.ts'
import type { ShownPreview } from '../../web/components/preview-view.ts'
import { bandwidthPage, blockedPage, errorPage, expiredLinkPage, missingPage, pausedPage } from '../../web/pages/pages.ts'
import { endTooSlow, WATCHED_PIECE, whenEnded } from './answer-end.ts'
import { answerLater, answerPage } from '../answer/answer-page.ts'
import { damageOf, reportDamage } from './damage.ts'
import { answerFormattedText } from './formatted-text.ts'
import { createHandBacks, HAND_BACK_HEADER, writeHandOver } from './handed-back.ts'
import { isPaused } from '../request/paused.ts'
import { queryOf } from '../request/query.ts'
import type { Site } from '../site.ts'
import { sendChunks } from './send-chunks.ts'
import { answerThumbnail } from './thumbnail.ts'

type ByLink = { Params: { signature: string, payload: string, id: string } }

export async function registerDownload (app: FastifyInstance, site: Site): Promise<void> {
  const { ports } = site

  app.route<ByLink>({
    method: ['GET', 'HEAD'],
    url: PATHS.directLink,
    async handler (request, reply) {
      const found = await requireGranted(request, reply)
      return found === undefined ? reply : deliver(found.file, found.grant, undefined, request, reply, site)
    }
  })

  app.route<ByLink>({
    method: ['GET', 'HEAD'],
    url: PATHS.viewLink,
    async handler (request, reply) {
      const found = await requireGranted(request, reply)
      if (found === undefined) return reply
      const preview = previewOf(found.file)
      const query = queryOf(request.raw.url ?? '')
      if (query.has('thumbnail')) return answerThumbnail(found.file, reply, site)
      if (query.has('formatted') && preview?.language !== undefined) return answerFormattedText(found.file, preview.language, found.grant, reply, site)
      return preview === undefined ? answerPage(reply, missingPage(), 404) : deliver(found.file, found.grant, preview, request, reply, site)
    }
  })

  /**
   * What a signed link names, or undefined when it was answered why not. The name is for the reader: the signature covers what
   * counts. Whoever has a good link has not guessed it.
   */
  async function requireGranted ({ params: { signature, payload, id } }: FastifyRequest<ByLink>, reply: FastifyReply) {
    const now = ports.clock.now()
    const found = await findPublicFile(ports.sql, id, now)
    const grant = found && readGrant(ports.vault, found.file, signature, payload, now)
    const file = found && grant ? await requireOpen(found, reply, site) : await requireFile(id, reply, site)
    if (file === undefined) return undefined
    if (grant !== undefined) return { file, grant }
    answerPage(reply, expiredLinkPage(id), 410)
  }

  const handBacks = createHandBacks(ports)
  let isUnreadableKnown = false
  app.get<{ Params: { handed: string } }>('/handed-back/:handed', async (request, reply) => {
    const handed = await handBacks.accept(request.params.handed)
    if (handed === undefined) return answerPage(reply, missingPage(), 404)
    const file = await requireFile(handed.fileId, reply, site)
    if (!isUnreadableKnown) request.log.warn('the nginx in front cannot read the files of the storage folder: they come through this server until it may')
    isUnreadableKnown = true
    return file === undefined ? reply : deliver(file, { userId: handed.userId }, undefined, request, reply, site, true)
  })

  app.get<{ Params: { id: string } }>(PATHS.thumbnail, { exposeHeadRoute: true }, async (request, reply) => {
    const file = await requireFile(request.params.id, reply, site)
    if (file === undefined) return reply
    // Behind a password only for its owner, and by a signed link, which is on pages for those who know it.
    const isOpen = file.sealedPassword === null || request.viewer?.user.id === file.ownerId
    return isOpen ? answerThumbnail(file, reply, site) : answerPage(reply, missingPage(), 404)
  })

  app.get<{ Params: { id: string } }>(PATHS.proLink, { exposeHeadRoute: true }, async (request, reply) => {
    const file = await requireFile(request.params.id, reply, site)
    if (file === undefined) return reply
    const needsPassword = file.sealedPassword !== null
    return reply.header('cache-control', 'no-store')
      .redirect(needsPassword ? pageLink(request.basePath, file.id) : pageDownloadLink(request.basePath, file, site), 302)
  })
}

/** The file a public address names, or undefined when it was answered that there is none to be had. Throws TooManyAttempts. */
export async function requireFile (id: string, reply: FastifyReply, site: Site): Promise<StoredFile | undefined> {
  const { sql, clock } = site.ports
  const found = await limitMisses(site, 'id', { address: reply.request.ip, about: '/file', error: 'FILE_NOT_FOUND', look: () => findPublicFile(sql, id, clock.now()) })
  if (found !== undefined) return requireOpen(found, reply, site)
  answerPage(reply, missingPage(), 404)
}

async function requireOpen ({ file, isBlocked }: { readonly file: StoredFile, readonly isBlocked: boolean }, reply: FastifyReply, { ports }: Site): Promise<StoredFile | undefined> {
  if (isBlocked) answerPage(reply, blockedPage(file, ports.clock.now()), 403)
  else if (await isPaused('downloads', reply.request, ports.sql)) answerLater(reply, pausedPage('paused.downloads'))
  else return file
}

/** A link as a download page gives it: for some hours, on the owner's bandwidth. */
export function pageDownloadLink (base: string, file: StoredFile, { ports: { vault, clock } }: Site): string {
  return directLink(base, vault, file, pageGrant(clock.now()))
}

/** The same link for looking at it, where that is possible; 'limited' where it only is not because downloads are counted. */
export function pagePreview (file: StoredFile, downloadLink: string): ShownPreview | 'limited' | undefined {
  const preview = previewOf(file)
  if (preview === undefined) return previewOf({ ...file, downloadLimit: null }) && 'limited'
  const link = viewLinkOf(downloadLink)
  return { kind: preview.kind, link, formatted: preview.language !== undefined ? `${link}?formatted` : undefined, size: file.size }
}

/** Sends bytes. Looking at a file is no download, but its bytes count. */
async function deliver (
  file: StoredFile, grant: Pick<Grant, 'userId'>, preview: Preview | undefined, request: FastifyRequest, reply: FastifyReply, site: Site, isHandedBack = false
) {
  const { ports } = site
  const report = (error: unknown) => reportDamage(error, file, request, site)
  const isGet = request.method === 'GET'
  const { downloadSpeed, isDisabled, ...payer } = await findPayer(grant.userId ?? file.ownerId, site)
  // A link that an account got for itself is no use while that account is switched off.
  if (isDisabled) return answerPage(reply, expiredLinkPage(file.id), 410)
  const otherSender = preview === undefined && !isHandedBack ? otherSenderOf(file, downloadSpeed, site) : undefined
  const state = otherSender && await ports.blobs.stat(file.blobId)
  const delivery = planDelivery(file, request, preview, state && [state])
  const download: Download = {
    file,
    ...payer,
    length: isGet && delivery.range ? delivery.range.end - delivery.range.start + 1 : 0,
    counts: isGet && delivery.endsFile && preview === undefined && !isPrefetch(request),
    startedAt: ports.clock.now()
  }
  const taken = await take(download, ports)
  if (taken === 'no place') {
    return await isGone(file, ports) ? answerPage(reply, missingPage(), 404) : answerPage(reply, blockedPage(file, ports.clock.now()), 403)
  }
  if (taken === 'no bandwidth') return answerLater(reply, bandwidthPage())
  try {
    if (state && delivery.range && state.size !== file.size) throw new DamagedBlob(file.blobId, file.size, state.size)
    // What hangs on the state of the bytes is sent by us, who know all names that a client may have for it.
    if (isGet && otherSender && state && delivery.range && !isConditional(request.headers)) {
      const handOver = await otherSender(delivery, writeHandOver(ports, download, grant.userId))
      // Nobody tells us how much of it the other one sends.
      await settle(download, download.length, true, ports)
      return handOver(reply)
    }
    // Read before the first header: bytes that cannot be reached are an error page, not half an answer.
    const bytes = isGet && delivery.range ? await ports.blobs.read(file.blobId, { ...delivery.range, size: file.size }) : undefined
    reply.code(delivery.status).headers(delivery.headers)
    if (bytes !== undefined) return sendBytes(bytes, download, downloadSpeed, request, reply, site)
    if (download.counts) settleWhenSent(download, request, reply, site)
    return reply.send()
  } catch (error) {
    await settle(download, 0, false, ports)
    if (await isGone(file, ports)) return answerPage(reply, missingPage(), 404)
    await report(error)
    if (damageOf(error, file) === undefined) throw error
    return answerPage(reply.header('connection', 'close'), errorPage('error.title', 'error.sentence'), 503)
  }
}

/** A browser that guesses what its user will open next; older ones say `Purpose`. */
const isPrefetch = ({ headers }: FastifyRequest): boolean => /\bprefetch\b/.test(String(headers['sec-purpose'] ?? headers.purpose ?? ''))

/** Gets ready to hand the sending over to a nginx or a store. */
type OtherSender = (delivery: Delivery, handBack: string) => Promise<(reply: FastifyReply) => FastifyReply>

/** Who may send the bytes in our stead. Nobody then counts them, so a file with a download limit comes through us. */
function otherSenderOf ({ blobId, downloadLimit }: StoredFile, speed: number, { config, ports: { blobs } }: Site): OtherSender | undefined {
  const { accelRedirect, blobDownloads } = config
  const { link, pathOf } = blobs
  if (downloadLimit !== null) return undefined
  // A store slows nothing down.
  if (blobDownloads === 'redirect' && link !== undefined && speed === 0) {
    return async ({ headers }) => {
      const address = await link(blobId, headers)
      return reply => reply.header('cache-control', 'no-store').redirect(address, 302)
    }
  }
  if (accelRedirect === undefined || pathOf === undefined) return undefined
  return async ({ headers }, handBack) => {
    // Ranges are the proxy's affair, too, and its names for the state are others.
    const { etag, 'last-modified': changedAt, 'content-length': length, 'content-range': range, 'accept-ranges': ranges, ...others } = headers
    return reply => reply.headers({ ...others, [HAND_BACK_HEADER]: handBack, 'x-accel-redirect': accelRedirect + pathOf(blobId), ...(speed !== 0 && { 'x-accel-limit-rate': speed * 1024 }) }).send()
  }
}

/** Whether it was deleted, or its account switched off, since the request found it. */
const isGone = async ({ id }: StoredFile, { sql }: Ports): Promise<boolean> => await findVisibleFile(sql, id) === undefined

function sendBytes (bytes: Chunks, download: Download, speed: number, request: FastifyRequest, reply: FastifyReply, site: Site): FastifyReply {
  const { file, length } = download
  const { ports, transfers, config } = site
  const { socket } = request.raw
  const cut = (): void => { socket.destroy() }
  const isAwaited = holdsShare(download)
  const sending = sendChunks(throttle(bytes, speed, ports.clock, isAwaited ? WATCHED_PIECE : Infinity), length, reply)
  settleWhenSent(download, request, reply, site, () => {
    sending.stop()
    void bytes.return()
  })
  reply.raw.once('close', transfers.begin(file.ownerId, cut))
  if (isAwaited) endTooSlow(request, reply, speed, config.stallTimeout)
  sending.done.catch(async (error: unknown) => {
    cut()
    if (damageOf(error, file) === undefined) request.log.warn({ err: error }, 'a download broke off')
    else await reportDamage(error, file, request, site)
  })
  return reply
}

/** A download counts once its last byte was sent, an aborted one, which lacks that, never by itself; its bytes count either way. */
function settleWhenSent (download: Download, request: FastifyRequest, reply: FastifyReply, { ports, transfers }: Site, release?: () => void): void {
  whenEnded(request, reply, (sentBytes, isComplete) => {
    release?.()
    transfers.countEnded(settle(download, isComplete ? download.length : Math.max(0, Math.min(download.length - 1, sentBytes)), isComplete, ports)
      .catch((error: unknown) => { request.log.error({ err: error }, 'a download was not counted') }))
  })
}
