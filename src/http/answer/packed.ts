import { gzipSync } from 'node:zlib'
import type { FastifyReply } from 'fastify'

const packed = new WeakMap<Buffer, Buffer>()

/**
 * Sends text that stays in memory, as gzip to whoever can unpack it: a third of the bytes. It is packed when it is first
 * asked for.
 */
export function sendPacked (reply: FastifyReply, bytes: Buffer): FastifyReply {
  reply.header('vary', 'accept-encoding')
  if (!canUnpack(reply.request.headers['accept-encoding'])) return reply.send(bytes)
  const made = packed.get(bytes) ?? gzipSync(bytes)
  packed.set(bytes, made)
  return reply.header('content-encoding', 'gzip').send(made)
}

/** Whether a client says that it unpacks gzip; `q=0` says that it does not. */
const canUnpack = (accepted: string | string[] | undefined): boolean => /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(String(accepted ?? ''))
