import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Of a session on the pages. */
export const SESSION_COOKIE = 'respace_session'

/** What a browser keeps for us under this name. */
export function readCookie ({ headers: { cookie = '' } }: Pick<IncomingMessage, 'headers'>, name: string): string | undefined {
  return cookie.split(';').map(part => part.trim()).find(part => part.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** Scripts never see it. Zero seconds forget it. */
export function writeCookie (request: FastifyRequest, reply: FastifyReply, name: string, value: string, seconds: number): void {
  reply.header('set-cookie', `${name}=${value}; Path=${request.basePath}/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${request.protocol === 'https' ? '; Secure' : ''}`)
}
