/** Who looks at the pages: a cookie's session. The API knows no cookies, so that any page may call it (our choice). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { equals, hashKey } from '../../domain/accounts/credentials.ts'
import { isKey } from '../../domain/identifiers.ts'
import { PAGE_SESSION_LIFETIME } from '../../domain/policy.ts'
import { useToNote } from '../../domain/accounts/session-renewal.ts'
import type { User } from '../../domain/accounts/user.ts'
import { findPageSession, renewPageSession } from '../../store/accounts/page-sessions.ts'
import { rememberVisitedUrl, type VisitedUrls } from '../../store/accounts/visited-urls.ts'
import { readCookie, SESSION_COOKIE, writeCookie } from '../cookies.ts'
import type { Site } from '../site.ts'

/** Somebody who is logged in. */
export interface Viewer {
  readonly user: User
  /** Names his session in the store. */
  readonly keyHash: string
  /** Stands in each of his forms: another site cannot know it. */
  readonly formToken: string
}

declare module 'fastify' {
  interface FastifyRequest {
    viewer: Viewer | undefined
  }
}

/** So that reading a page seldom costs a write. */
const RENEWAL_INTERVAL = 60 * 60 * 1000

export function recognizeViewers (app: FastifyInstance, site: Site): void {
  const { sql, clock, vault } = site.ports
  app.decorateRequest('viewer', undefined)
  app.addHook('onRequest', async request => {
    const key = sessionKeyOf(request)
    // What another site makes a browser send is nobody's.
    if (key === undefined || (!isSafe(request) && !isFromUs(request, site))) return
    const now = clock.now()
    const keyHash = hashKey(key)
    const found = await findPageSession(sql, keyHash, now)
    if (found === undefined || found.user.isDisabled) return
    const use = useToNote(found.session.lastUsedAt, now, RENEWAL_INTERVAL)
    if (use !== undefined) await renewPageSession(sql, keyHash, found.session.lastUsedAt, use)
    await rememberVisit(found.user, found.visited, request, site)
    request.viewer = { user: found.user, keyHash, formToken: vault.sign('form', key).toString('hex') }
  })
}

/**
 * A session's cookie goes only to the address where its owner logged in, so that this is one he knows. That of an
 * administrator holds for all mails, unless it is one that only his own machine can use.
 */
async function rememberVisit (user: User, visited: VisitedUrls, request: FastifyRequest, { config, ports, publicUrlOf }: Site): Promise<void> {
  if (config.publicUrl !== undefined) return
  const url = publicUrlOf(request)
  const isForSite = user.isAdmin && visited.site !== url && !/^https?:\/\/(?:localhost|127\.[\d.]+|\[::1\])(?::|\/|$)/i.test(url)
  if (isForSite || visited.own !== url) await rememberVisitedUrl(ports.sql, user.id, url, isForSite)
}

/** Whether a form was sent from a page that we made for this viewer. */
export const hasFormToken = ({ formToken }: Viewer, form: ReadonlyMap<string, string>): boolean => equals(formToken, form.get('form_token') ?? '')

/** Whether a browser sent this from one of our own pages. Programs other than browsers say nothing, and carry no cookie by mistake. */
export function isFromUs (request: FastifyRequest, { publicUrlOf }: Pick<Site, 'publicUrlOf'>): boolean {
  const { 'sec-fetch-site': site, origin } = request.headers
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  // Browsers tell the first header over https only, this one always with a form.
  if (origin === undefined) return true
  return URL.canParse(origin) && [request.host, new URL(publicUrlOf(request)).host].includes(new URL(origin).host)
}

/** Gives the browser the key of a session. */
export function setCookie (request: FastifyRequest, reply: FastifyReply, key: string): void {
  writeCookie(request, reply, SESSION_COOKIE, key, PAGE_SESSION_LIFETIME / 1000)
}

/** By this cookie a download manager for shells sees that it is logged in (observed); it opens nothing. */
export const confirmLogin = (request: FastifyRequest, reply: FastifyReply): void => {
  writeCookie(request, reply, 'ssal', '1', PAGE_SESSION_LIFETIME / 1000)
}

export function clearCookie (request: FastifyRequest, reply: FastifyReply): void {
  writeCookie(request, reply, SESSION_COOKIE, '', 0)
}

function sessionKeyOf (request: FastifyRequest): string | undefined {
  const value = readCookie(request, SESSION_COOKIE)
  return value !== undefined && isKey(value) ? value : undefined
}

const isSafe = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
