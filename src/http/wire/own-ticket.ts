/** Tickets that the server creates itself, for uploads without one. */
import type { FastifyRequest } from 'fastify'
import { callAs } from '../../api/call-as.ts'
import { Refusal } from '../../api/errors.ts'
import { uploadGetInfo } from '../../api/methods/anonymous.ts'
import { getInfo } from '../../api/methods/upload.ts'
import { capabilitiesOf, type User } from '../../domain/accounts/user.ts'
import { callSiteOf } from '../request/call-site.ts'
import { isPaused } from '../request/paused.ts'
import type { Site } from '../site.ts'

/** Why this visitor cannot upload now; undefined when he can. */
export async function findUploadObstacle (request: Pick<FastifyRequest, 'viewer' | 'pauses'>, { ports, policy }: Pick<Site, 'ports' | 'policy'>): Promise<'paused' | 'needs account' | 'not allowed' | undefined> {
  const { viewer } = request
  if (await isPaused('uploads', request, ports.sql)) return 'paused'
  if (capabilitiesOf(viewer?.user, policy).has('upload')) return undefined
  return viewer === undefined ? 'needs account' : 'not allowed'
}

/** A ticket by the method that clients call, for this request and its user, if any; or the refusal. */
export async function issueTicketFor (user: User | undefined, request: FastifyRequest, site: Site): Promise<string | Refusal> {
  const callSite = callSiteOf(request, site)
  try {
    const { upload } = await (user === undefined ? callAs(uploadGetInfo, undefined, {}, callSite) : callAs(getInfo, user, {}, callSite))
    return String(upload.upload_identifier)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
