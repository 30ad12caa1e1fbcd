import type { FastifyReply } from 'fastify'

/** A page that may do nothing but show itself and send its own forms. */
export function answerPage (reply: FastifyReply, body: string, status = 200): FastifyReply {
  return reply.code(status).headers({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff'
  }).send(body)
}
