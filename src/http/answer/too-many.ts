/** The answer to too many attempts: 429, and when to retry. */
import type { FastifyReply } from 'fastify'
import type { TooManyAttempts } from '../../api/errors.ts'
import type { Page } from '../../web/components/layout.ts'
import { errorPage } from '../../web/pages/pages.ts'
import { answerPage } from './answer-page.ts'
import { refusalSentence } from './refusal-sentence.ts'

/** Programs read the header. Also for answers that are not pages. */
export const retryAfter = (reply: FastifyReply, { retryAfter }: TooManyAttempts): FastifyReply =>
  reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfter / 1000))))

/** A separate page, or the page of the attempt. */
export function answerTooMany (reply: FastifyReply, problem: TooManyAttempts, page: Page = errorPage('attempts.title', refusalSentence(problem))): FastifyReply {
  return answerPage(retryAfter(reply, problem), page, 429)
}
