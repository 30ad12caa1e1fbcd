import type { FastifyReply } from 'fastify'
import type { Branding } from '../../domain/branding.ts'
import { createNewestMap, type NewestMap } from '../../domain/newest-map.ts'
import { tagOf } from '../../web/i18n/languages.ts'
import { ENGLISH } from '../../web/i18n/translations.ts'
import { writePage, type Page } from '../../web/components/layout.ts'
import { mount } from '../../web/components/mount.ts'
import { sendUnlessKnown, tagged, type TaggedText } from './known-text.ts'
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

/**
 * A page that anybody may see: a browser may keep it, for its own reader, and asks each time whether it has changed. `same` names all that
 * it depends on besides language, look and path, if visitors ask for it often: it is then written once for all of them.
 */
export function answerPublicPage (reply: FastifyReply, page: Page, same?: string): FastifyReply {
  return write(reply.header('vary', 'cookie, accept-language, referer'), page, 200, 'private, no-cache', same)
}

/** A page that nobody keeps. */
export function answerPage (reply: FastifyReply, page: Page, status = 200): FastifyReply {
  return write(reply, page, status, 'no-store')
}

function write (reply: FastifyReply, page: Page, status: number, cacheControl: string, same?: string): FastifyReply {
  const { branding } = reply.request
  if (branding !== undefined) return writeFor(branding, reply, page, status, cacheControl, same)
  reply.server.readBranding().then(read => writeFor(read, reply, page, status, cacheControl, same)).catch((error: unknown) => reply.send(error))
  return reply
}

/** Referrers stay within the site: without any, a browser would not tell us that our own forms are ours. */
function writeFor (branding: Branding, reply: FastifyReply, page: Page, status: number, cacheControl: string, same?: string): FastifyReply {
  const { viewer, basePath, words: spoken = ENGLISH, headers: { 'tus-resumable': program } } = reply.request
  const words = spoken.forSite(branding.name)
  // Programs that upload show what they get as it is.
  if (program !== undefined) return reply.code(status).headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': cacheControl }).send(`${page(words, branding).title.text}\n`)
  const place = returnPath(reply.request)
  const text = (): string => mount(writePage(page, { words, branding, viewer: viewer && { name: viewer.user.userName, isAdmin: viewer.user.isAdmin, formToken: viewer.formToken }, place }), basePath)
  return sendUnlessKnown(reply.code(status).headers({
    'content-type': 'text/html; charset=utf-8',
    'content-language': tagOf(words.language),
    'cache-control': cacheControl,
    'content-security-policy': POLICY,
    'referrer-policy': 'same-origin'
  }), same === undefined || viewer !== undefined ? text() : keptDocument(branding, `${words.language} ${words.locale} ${basePath} ${place} ${same}`, text))
}

/** Documents of about ten kilobytes. Their keys have texts of clients, such as a host: so their number is limited. */
const MAX_DOCUMENTS = 200

/** By look, then by all the rest. */
const documents = new WeakMap<Branding, NewestMap<TaggedText>>()

function keptDocument (branding: Branding, key: string, text: () => string): TaggedText {
  const kept = documents.get(branding) ?? createNewestMap<TaggedText>(MAX_DOCUMENTS)
  documents.set(branding, kept)
  const known = kept.get(key)
  if (known !== undefined) return known
  const document = tagged(Buffer.from(text()))
  kept.set(key, document)
  return document
}
