import type { FastifyInstance, FastifyReply } from 'fastify'

/** The session is a parameter and never a cookie, so any page may call (our choice). */
export function allowAnyOrigin (reply: FastifyReply): FastifyReply {
  return reply.header('access-control-allow-origin', '*')
}

export function answerPreflight (app: FastifyInstance, url: string, methods: string): void {
  app.options(url, async (request, reply) => {
    const headers = request.headers['access-control-request-headers']
    reply.headers({ 'access-control-allow-methods': methods, 'access-control-max-age': '86400', vary: 'access-control-request-headers' })
    if (headers !== undefined) reply.header('access-control-allow-headers', headers)
    return allowAnyOrigin(reply).code(204).send()
  })
}
