/** The viewer of a page: the session of a cookie. The API uses no cookies, so any page may call it (our choice). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { equals, hashKey } from '../../domain/accounts/credentials.ts'
import { isKey } from '../../domain/identifiers.ts'
import { PAGE_SESSION_LIFETIME } from '../../domain/policy.ts'
import { useToNote } from '../../domain/accounts/session-renewal.ts'
import type { User } from '../../domain/accounts/user.ts'
import { rememberLocale } from '../../store/accounts/locales.ts'
import { findPageSession, renewPageSession } from '../../store/accounts/page-sessions.ts'
import { rememberVisitedUrl, type VisitedUrls } from '../../store/accounts/visited-urls.ts'
import { readCookie, SESSION_COOKIE, writeCookie } from '../cookies.ts'
import { onEachRequest } from '../each-request.ts'
import type { Site } from '../site.ts'

/** A logged-in user. */
export interface Viewer {
  readonly user: User
  /** The key of the session in the store. */
  readonly keyHash: string
  /** The token in each form, which other sites cannot know. */
  readonly formToken: string
}

declare module 'fastify' {
  interface FastifyRequest {
    viewer: Viewer | undefined
  }
}

/** The last use is written at most this often, so that reading a page seldom costs a write. */
const RENEWAL_INTERVAL = 60 * 60 * 1000

export function recognizeViewers (app: FastifyInstance, site: Site): void {
  const { sql, clock, vault, counts } = site.ports
  app.decorateRequest('viewer', undefined)
  onEachRequest(app, request => {
    const key = sessionKeyOf(request)
    // Requests that another site causes have no viewer.
    if (key === undefined || (!isSafe(request) && !isFromUs(request, site))) return
    return findViewer(request, key).then(viewer => { request.viewer = viewer })
  })

  async function findViewer (request: FastifyRequest, key: string): Promise<Viewer | undefined> {
    const now = clock.now()
    const keyHash = hashKey(key)
    const found = await findPageSession(sql, keyHash, now)
    if (found === undefined || found.user.isDisabled) return undefined
    const use = useToNote(found.session.lastUsedAt, now, RENEWAL_INTERVAL)
    if (use !== undefined) await renewPageSession(sql, keyHash, found.session.lastUsedAt, use)
    await rememberVisit(found.user, found.visited, request, site)
    // Somebody who was logged in before accounts had a language.
    if (found.user.locale === null && request.locale !== undefined) await rememberLocale(sql, found.user.id, request.locale, false)
    // Pages show their readers what was downloaded of their files.
    await counts.flush()
    return { user: found.user, keyHash, formToken: vault.sign('form', key).toString('hex') }
  }
}

/**
 * Browsers send a session's cookie only to the address where its owner logged in, so the owner knows this address. An
 * administrator's address is used for all mails, unless it works only on the administrator's machine.
 */
async function rememberVisit (user: User, visited: VisitedUrls, request: FastifyRequest, { config, ports, publicUrlOf }: Site): Promise<void> {
  if (config.publicUrl !== undefined) return
  const url = publicUrlOf(request)
  const isForSite = user.isAdmin && visited.site !== url && !/^https?:\/\/(?:localhost|127\.[\d.]+|\[::1\])(?::|\/|$)/i.test(url)
  if (isForSite || visited.own !== url) await rememberVisitedUrl(ports.sql, user.id, url, isForSite)
}

/** Whether a page was shown to somebody who is not logged in any more: an upload from it must not become anonymous. `account` is the name of that account, if any. */
export const isLoggedOut = (account: string | undefined, { viewer }: FastifyRequest): boolean => (account ?? '') !== '' && viewer?.user.userName !== account

/** Whether a form was sent from our page for this viewer. */
export const hasFormToken = ({ formToken }: Viewer, form: ReadonlyMap<string, string>): boolean => equals(formToken, form.get('form_token') ?? '')

/** Whether a browser sent this from one of our own pages. Other programs send no such header, and send no cookie by mistake. */
export function isFromUs (request: FastifyRequest, { publicUrlOf }: Pick<Site, 'publicUrlOf'>): boolean {
  const { 'sec-fetch-site': site, origin } = request.headers
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  // Browsers send the first header only over https, this one always with a form.
  if (origin === undefined) return true
  return URL.canParse(origin) && [request.host, new URL(publicUrlOf(request)).host].includes(new URL(origin).host)
}

/** Gives the browser the key of a session. */
export function setCookie (request: FastifyRequest, reply: FastifyReply, key: string): void {
  writeCookie(request, reply, SESSION_COOKIE, key, PAGE_SESSION_LIFETIME / 1000)
}

/** A download manager for shells recognizes a login by this cookie (observed); it grants nothing. */
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
