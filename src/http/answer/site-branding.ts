/** How the site looks now, for each page: read when the page is sent, so that a change is seen at once, on every server. */
import type { FastifyInstance } from 'fastify'
import { isSameLook, type Branding } from '../../domain/branding.ts'
import { findBranding } from '../../store/operations/branding.ts'
import type { Site } from '../site.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The branding when the request came, of requests that read pages. */
    branding: Branding | undefined
  }
  interface FastifyInstance {
    /** The branding of now; the last known one while the database cannot be read. Never rejects. */
    readBranding (): Promise<Branding>
  }
}

export function knowBranding (app: FastifyInstance, { ports: { sql }, policy }: Site): void {
  app.decorateRequest('branding', undefined)
  let last: Branding = policy.branding
  app.decorate('readBranding', async () => {
    try {
      const read = await findBranding(sql, policy.branding)
      // What was written for a look is kept with it.
      if (!isSameLook(read, last)) last = read
    } catch {
      // The page may be the one that says so.
    }
    return last
  })
}
