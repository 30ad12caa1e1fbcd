/** Text that a client may have cached: it requests it with the entity tag, and gets it only if it has changed. */
import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

/** Sends the text, or 304 when the client has it. The headers are those of both answers. */
export function sendUnlessKnown (reply: FastifyReply, text: string): FastifyReply {
  const { method, headers } = reply.request
  if ((method !== 'GET' && method !== 'HEAD') || reply.statusCode !== 200) return reply.send(text)
  // Weak, since a proxy may compress it.
  const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  reply.header('etag', `W/${tag}`)
  return isAmong(tag, headers['if-none-match']) ? reply.code(304).removeHeader('content-type').send() : reply.send(text)
}

/** The comparison is the weak one (RFC 9110, 8.8.3.2). */
function isAmong (tag: string, known: string | undefined): boolean {
  if (known === undefined) return false
  return known.trim() === '*' || [...known.matchAll(/"[^"]*"/g)].some(([each]) => each === tag)
}
