/** `/upload/key`: uploads of programs with an upload key, answered as JSON (our choice; ShareX reads it). */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Refusal, TooManyAttempts } from '../../api/errors.ts'
import { limitMisses } from '../../api/limiter.ts'
import { hashKey } from '../../domain/accounts/credentials.ts'
import { isKey } from '../../domain/identifiers.ts'
import { deleteLink, pageLink } from '../../domain/files/link.ts'
import type { User } from '../../domain/accounts/user.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { findUploadKey, renewUploadKey } from '../../store/accounts/upload-keys.ts'
import { bearerOf } from '../request/bearer.ts'
import type { Site } from '../site.ts'
import { retryAfter } from '../answer/too-many.ts'
import { issueTicketFor } from './own-ticket.ts'
import { leaveBodiesUnread, receiveRequest } from './upload.ts'

/** The last use is written at most this often, so that not every upload costs this write. */
const RENEWAL_INTERVAL = 60_000

export async function registerUploadKey (app: FastifyInstance, site: Site): Promise<void> {
  leaveBodiesUnread(app)
  const { sql, clock } = site.ports

  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof TooManyAttempts)) throw error
    return answerProblem(retryAfter(reply, error).header('connection', 'close'), 429, 'Too many attempts with invalid upload keys.')
  })

  app.post(PATHS.uploadWithKey, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const user = await limitMisses(site, 'upload key', { address: request.ip, about: '/upload/key', error: 'PERMISSION_DENIED', look: () => findOwner(bearerOf(request)) })
    if (user === undefined) {
      reply.headers({ connection: 'close', 'www-authenticate': 'Bearer' })
      return answerProblem(reply, 401, 'The upload key is invalid or was revoked.')
    }
    const ticket = await issueTicketFor(user, request, site)
    if (ticket instanceof Refusal) return answerRefusal(reply.header('connection', 'close'), ticket)
    const { files, refusal } = await receiveRequest(request, reply, site, ticket)
    if (refusal !== undefined) return answerRefusal(reply, refusal)
    const publicUrl = site.publicUrlOf(request)
    const told = files.map(file => ({
      url: pageLink(publicUrl, file.id), deleteUrl: deleteLink(publicUrl, file), id: file.id, name: file.name, size: file.size
    }))
    return reply.send({ ...told[0], files: told })
  })

  async function findOwner (key: string): Promise<User | undefined> {
    if (!isKey(key)) return undefined
    const keyHash = hashKey(key)
    const found = await findUploadKey(sql, keyHash)
    if (found === undefined || found.user.isDisabled) return undefined
    const now = clock.now()
    if (Math.abs(now - (found.lastUsedAt ?? 0)) >= RENEWAL_INTERVAL) await renewUploadKey(sql, keyHash, now)
    return found.user
  }
}

/** The text that programs show to their users: the refusals of the API, in its words. */
function answerRefusal (reply: FastifyReply, { error, text, info }: Refusal): FastifyReply {
  // Its info names a field for programs; ShareX shows this text to people.
  if (error === 'PARAMETER_MISSING') return answerProblem(reply, 403, 'no file in the request')
  return answerProblem(reply, error === 'UPLOAD_TEMP_ERROR' ? 503 : 403, info ?? text)
}

const answerProblem = (reply: FastifyReply, status: number, error: string): FastifyReply => reply.code(status).send({ error })
