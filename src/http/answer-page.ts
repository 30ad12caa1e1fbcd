import type { FastifyReply } from 'fastify'
import { mount } from '../web/mount.ts'

/** A page for what will be possible later, and when to ask again: programs read the header. */
export function answerLater (reply: FastifyReply, body: string): FastifyReply {
  return answerPage(reply.header('retry-after', '600'), body, 503)
}

/** A page that may do nothing but show itself and send its own forms. */
export function answerPage (reply: FastifyReply, body: string, status = 200): FastifyReply {
  return reply.code(status).headers({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff'
  }).send(mount(body, reply.request.basePath))
}
