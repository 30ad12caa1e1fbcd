/** `/apiupload`: the body goes to the transfer as it streams in, the outcome becomes the answer of the wire. */
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { writeAnonymousAnswer, writeFailure, writeUserAnswer } from '../../api/upload-answer.ts'
import { PATHS } from '../../domain/url-paths.ts'
import type { Incoming } from '../../transfer/incoming.ts'
import { receive, type Received } from '../../transfer/receive.ts'
import { findUserById } from '../../store/accounts/users.ts'
import { countForCollection } from '../request/body-garbage.ts'
import { liftBodyDeadline } from '../request/body-deadline.ts'
import { allowAnyOrigin, answerPreflight } from './cross-origin.ts'
import { queryOf } from '../request/query.ts'
import type { Site } from '../site.ts'

export async function registerUpload (app: FastifyInstance, site: Site): Promise<void> {
  leaveBodiesUnread(app)

  async function answer (request: FastifyRequest, reply: FastifyReply) {
    const received = await receiveRequest(request, reply, site)
    allowAnyOrigin(reply).header('cache-control', 'no-store')
    const redirect = redirectAfter(received)
    if (redirect !== undefined) return reply.redirect(redirect, 302)
    const { contentType, body } = await writeAnswer(received, request, site)
    return reply.header('content-type', contentType).send(body)
  }

  app.post(PATHS.upload, answer)
  app.put(PATHS.upload, answer)
  answerPreflight(app, PATHS.upload, 'POST, PUT, OPTIONS')
}

/** Keeps the framework's hands off the bodies of a scope's routes, whatever their type. */
export function leaveBodiesUnread (app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => { done(null) })
}

/** Runs an upload for a request. `ticketId` when the server made the ticket for this very request. */
export async function receiveRequest (
  request: FastifyRequest, reply: FastifyReply, { config, ports, policy, live, transfers, trustedUrlOf }: Site, ticketId?: string, { destination, gather, textOf }: Pick<Incoming, 'destination' | 'gather' | 'textOf'> = {}
): Promise<Received> {
  const length = request.headers['content-length']
  const received = await receive({
    method: request.method,
    contentType: request.headers['content-type'] ?? '',
    contentLength: length === undefined ? null : Number(length),
    query: queryOf(request.raw.url ?? ''),
    ...(ticketId !== undefined && { ticketId }),
    ...(destination !== undefined && { destination }),
    gather,
    textOf,
    trustedUrl: trustedUrlOf(request),
    locale: request.locale ?? '',
    body: unlessStalled(request.raw, config.stallTimeout),
    stop: () => { request.raw.destroy() },
    isGone: () => request.raw.destroyed || request.raw.socket.destroyed
  }, { ports, policy, live, transfers })
  request.apiCall = { method: 'upload', code: received.refusal?.code ?? 0 }
  if (received.bug !== undefined) request.log.error({ err: received.bug }, 'an upload failed')
  if (!received.isBodyRead) reply.header('connection', 'close')
  return received
}

/**
 * The chunks of a body. The connection is closed when the client sends nothing for `timeout` milliseconds; time that
 * we take ourselves, for a speed limit or a slow disk, does not count.
 */
export function unlessStalled (request: IncomingMessage, timeout: number): AsyncIterator<Buffer> {
  liftBodyDeadline(request)
  request.socket.setTimeout(0)
  const chunks: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false })
  let isWaiting = false
  const timer = setTimeout(() => { if (isWaiting) request.destroy() }, timeout).unref()
  return {
    async next () {
      isWaiting = true
      timer.refresh()
      try {
        const next = await chunks.next()
        if (next.done) clearTimeout(timer)
        else countForCollection(next.value.length)
        return next
      } catch (error) {
        clearTimeout(timer)
        throw error
      } finally {
        isWaiting = false
      }
    }
  }
}

async function writeAnswer (received: Received, request: FastifyRequest, { ports, policy, publicUrlOf }: Site) {
  const { files, version, user, refusal } = received
  if (refusal !== undefined) return writeFailure(refusal, user !== undefined)
  if (user === undefined) return writeAnonymousAnswer(files, version, publicUrlOf(request))
  const after = await findUserById(ports.sql, user.id) ?? user
  return writeUserAnswer(files, after, version, { ports, policy, now: ports.clock.now() })
}

/** `upload_status` and `file_id` appended (the guide); several ids are joined by commas. Only to http and https. */
function redirectAfter ({ redirectUrl, refusal, files }: Received): string | undefined {
  if (!/^https?:\/\//i.test(redirectUrl) || !globalThis.URL.canParse(redirectUrl)) return undefined
  const result = `upload_status=${refusal ? 'fail' : 'ok'}&file_id=${files.map(file => file.id).join(',')}`
  const [address = '', fragment] = new globalThis.URL(redirectUrl).href.split('#')
  return `${address}${address.includes('?') ? '&' : '?'}${result}${fragment === undefined ? '' : `#${fragment}`}`
}
