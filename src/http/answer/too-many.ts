/** The answer to whoever tries too often: 429, and when to come back. */
import type { FastifyReply } from 'fastify'
import type { TooManyAttempts } from '../../api/errors.ts'
import type { Page } from '../../web/components/layout.ts'
import { errorPage } from '../../web/pages/pages.ts'
import { answerPage } from './answer-page.ts'
import { refusalSentence } from './refusal-sentence.ts'

/** Programs read the header. Also for answers that are no pages. */
export const retryAfter = (reply: FastifyReply, { retryAfter }: TooManyAttempts): FastifyReply =>
  reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfter / 1000))))

/** A page of its own, or the one in which it was tried. */
export function answerTooMany (reply: FastifyReply, problem: TooManyAttempts, page: Page = errorPage('attempts.title', refusalSentence(problem))): FastifyReply {
  return answerPage(retryAfter(reply, problem), page, 429)
}
