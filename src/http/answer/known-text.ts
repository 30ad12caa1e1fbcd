/** Text that a client may have cached: it requests it with the entity tag, and gets it only if it has changed. */
import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

/** A text that is sent more than once, with its entity tag. */
export interface TaggedText {
  readonly text: string | Buffer
  readonly tag: string
}

export const tagged = (text: string | Buffer): TaggedText => ({ text, tag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` })

/** Sends the text, or 304 when the client has it. The headers are those of both answers. */
export function sendUnlessKnown (reply: FastifyReply, text: string | TaggedText): FastifyReply {
  const { method, headers } = reply.request
  if ((method !== 'GET' && method !== 'HEAD') || reply.statusCode !== 200) return reply.send(typeof text === 'string' ? text : text.text)
  const { text: sent, tag } = typeof text === 'string' ? tagged(text) : text
  // Weak, since a proxy may compress it.
  reply.header('etag', `W/${tag}`)
  return isAmong(tag, headers['if-none-match']) ? reply.code(304).removeHeader('content-type').send() : reply.send(sent)
}

/** The comparison is the weak one (RFC 9110, 8.8.3.2). */
function isAmong (tag: string, known: string | undefined): boolean {
  if (known === undefined) return false
  return known.trim() === '*' || [...known.matchAll(/"[^"]*"/g)].some(([each]) => each === tag)
}
