/** In which language a request is answered: the one chosen at the foot of a page, else one that the browser asks for. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { remembering } from '../../domain/remembering.ts'
import { isLanguage, type Language } from '../../web/i18n/languages.ts'
import { keptWordsOf, readerOf, wordsOf } from '../../web/i18n/translations.ts'
import type { Words } from '../../web/i18n/words.ts'
import { onEachRequest } from '../each-request.ts'
import { readCookie, writeCookie } from '../cookies.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined for programs, which tell no language: they are answered in English (wire contract). */
    words: Words | undefined
    /** The language that the reader asks for, with its region; undefined for programs and for those who ask for none that there is. */
    locale: string | undefined
    /** Whether the language was chosen at the foot of a page. */
    isLanguageChosen: boolean
  }
}

const COOKIE = 'respace_language'
const YEAR = 365 * 24 * 60 * 60

export function recognizeReaders (app: FastifyInstance): void {
  app.decorateRequest('words', undefined)
  app.decorateRequest('locale', undefined)
  app.decorateRequest('isLanguageChosen', false)
  onEachRequest(app, request => {
    const wanted = request.headers['accept-language'] ?? ''
    const chosen = readCookie(request, COOKIE)
    if (wanted === '' && chosen === undefined) return
    request.isLanguageChosen = chosen !== undefined && isLanguage(chosen)
    const reader = request.isLanguageChosen ? readerOf(wanted, chosen) : asked(wanted)
    if (reader.isAsked) request.locale = reader.locale
    request.words = keptWordsOf(reader)
    if (request.words === undefined) return wordsOf(reader).then(words => { request.words = words })
  })
}

/** A browser asks for the same languages each time, and most browsers ask for the same. */
const asked = remembering(1000, acceptLanguage => readerOf(acceptLanguage, undefined))

export function rememberLanguage (request: FastifyRequest, reply: FastifyReply, language: Language): void {
  writeCookie(request, reply, COOKIE, language, YEAR)
}

/** Where a reader is: what a form at the foot of the page leads back to. Only what a GET shows. */
export function returnPath (request: FastifyRequest): string {
  const { url } = request.routeOptions
  return url !== undefined && (request.method === 'GET' || request.server.hasRoute({ url, method: 'GET' })) ? pathOf(request.raw.url) : '/'
}

/** A path of our own to go to; nobody is led elsewhere. */
export function pathOf (to: string | undefined): string {
  return to !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(to) ? to : '/'
}
