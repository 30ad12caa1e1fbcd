import type { FastifyRequest } from 'fastify'
import type { CallSite } from '../api/call-as.ts'
import type { Site } from './site.ts'

/** What a page calls the methods of the API with. */
export function callSiteOf (request: FastifyRequest, { ports, policy, publicUrlOf, trustedUrlOf }: Pick<Site, 'ports' | 'policy' | 'publicUrlOf' | 'trustedUrlOf'>): CallSite {
  return { ports, policy, transport: { publicUrl: publicUrlOf(request), trustedUrl: trustedUrlOf(request), isHttps: request.protocol === 'https', address: request.ip } }
}
