import type { FastifyRequest } from 'fastify'
import type { CallSite } from '../../api/call-as.ts'
import type { Site } from '../site.ts'

/** The context with which pages call methods of the API. */
export function callSiteOf (request: FastifyRequest, { ports, policy, publicUrlOf, trustedUrlOf, ownUrlsOf }: Pick<Site, 'ports' | 'policy' | 'publicUrlOf' | 'trustedUrlOf' | 'ownUrlsOf'>): CallSite {
  return { ports, policy, transport: { publicUrl: publicUrlOf(request), trustedUrl: trustedUrlOf(request), locale: request.locale, ownUrls: ownUrlsOf(request), isHttps: request.protocol === 'https', address: request.ip } }
}
