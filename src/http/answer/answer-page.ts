import type { FastifyReply } from 'fastify'
import { tagOf } from '../../web/i18n/languages.ts'
import { ENGLISH } from '../../web/i18n/translations.ts'
import { writePage, type Page } from '../../web/components/layout.ts'
import { mount } from '../../web/components/mount.ts'
import { sendUnlessKnown } from './known-text.ts'
import { returnPath } from './locale.ts'

/**
 * A page may show itself, load its own files and send its own forms, and nothing else. The hash is that of
 * `cursor: default`, a style that stands in one element because a download manager compares it (observed).
 */
const POLICY = [
  "default-src 'none'",
  "style-src 'self' 'unsafe-hashes' 'sha256-28wptbANubov/YSV/L+x1NF35Xqmkt2rJUaWziojg+8='",
  "script-src 'self'",
  "img-src 'self'",
  "media-src 'self'",
  "frame-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'"
].join('; ')

/** A page for what will be possible later, and when to ask again: programs read the header. */
export function answerLater (reply: FastifyReply, page: Page): FastifyReply {
  return answerPage(reply.header('retry-after', '600'), page, 503)
}

/** A page that anybody may see: a browser may keep it, for its own reader, and asks each time whether it has changed. */
export function answerPublicPage (reply: FastifyReply, page: Page): FastifyReply {
  return write(reply.header('vary', 'cookie, accept-language, referer'), page, 200, 'private, no-cache')
}

/** A page that nobody keeps. */
export function answerPage (reply: FastifyReply, page: Page, status = 200): FastifyReply {
  return write(reply, page, status, 'no-store')
}

/** Referrers stay within the site: without any, a browser would not tell us that our own forms are ours. */
function write (reply: FastifyReply, page: Page, status: number, cacheControl: string): FastifyReply {
  const { viewer, basePath, words: spoken = ENGLISH, headers: { 'tus-resumable': program } } = reply.request
  void reply.server.readBranding().then(branding => {
    const words = spoken.forSite(branding.name)
    // Programs that upload show what they get as it is.
    if (program !== undefined) return reply.code(status).headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': cacheControl }).send(`${page(words, branding).title.text}\n`)
    const frame = { words, branding, viewer: viewer && { name: viewer.user.userName, isAdmin: viewer.user.isAdmin, formToken: viewer.formToken }, place: returnPath(reply.request) }
    return sendUnlessKnown(reply.code(status).headers({
      'content-type': 'text/html; charset=utf-8',
      'content-language': tagOf(words.language),
      'cache-control': cacheControl,
      'content-security-policy': POLICY,
      'referrer-policy': 'same-origin'
    }), mount(writePage(page, frame), basePath))
  }).catch((error: unknown) => reply.send(error))
  return reply
}
