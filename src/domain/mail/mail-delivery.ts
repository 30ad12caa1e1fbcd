/** When a mail is retried, and when it is given up. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A mail is given up after this many attempts, about 30 hours. */
/** Mails to one address per hour that are caused by people without an account, in total. */
export const MAX_MAILS_TO_ADDRESS = 5

export const MAX_TRIES = 8

export const LONGEST_WAIT = 12 * HOUR

/** The delay after this many attempts: a minute, then four times as long each time, 12 hours at most. */
export const retryDelay = (tries: number): number => Math.min(MINUTE * 4 ** (tries - 1), LONGEST_WAIT)

/** Older mails are not sent: after months in the queue their links are dead. */
export const MAIL_FRESHNESS = 3 * DAY

/** How long `respace mail list` shows mails. */
export const MAIL_MEMORY = 30 * DAY

/**
 * Why a mail was not delivered, for the operator. *refused*: a retry would fail in the same way; *deferred*: retry this mail
 * later; *unreachable*: no mail can be sent now.
 */
export class MailProblem extends Error {
  readonly kind: 'refused' | 'deferred' | 'unreachable'
  constructor (kind: MailProblem['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}
