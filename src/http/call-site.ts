import type { FastifyRequest } from 'fastify'
import type { CallSite } from '../api/call-as.ts'
import type { Site } from './site.ts'

/** What a page calls the methods of the API with. */
export function callSiteOf (request: FastifyRequest, { ports, policy, publicUrlOf }: Pick<Site, 'ports' | 'policy' | 'publicUrlOf'>): CallSite {
  return { ports, policy, transport: { publicUrl: publicUrlOf(request), isHttps: request.protocol === 'https', address: request.ip } }
}
