import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** The cookie of a page session. */
export const SESSION_COOKIE = 'respace_session'

/** The value of a cookie. */
export function readCookie ({ headers: { cookie } }: Pick<IncomingMessage, 'headers'>, name: string): string | undefined {
  return cookie?.split(';').map(part => part.trim()).find(part => part.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** Hidden from scripts. Zero seconds deletes it. */
export function writeCookie (request: FastifyRequest, reply: FastifyReply, name: string, value: string, seconds: number): void {
  reply.header('set-cookie', `${name}=${value}; Path=${request.basePath}/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${request.protocol === 'https' ? '; Secure' : ''}`)
}
