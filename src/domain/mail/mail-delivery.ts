/** When a mail is tried again, and when no more. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** After so many tries, about 30 hours, a mail is given up. */
/** Mails to one address in an hour that are caused by people without an account, whoever they are. */
export const MAX_MAILS_TO_ADDRESS = 5

export const MAX_TRIES = 8

export const LONGEST_WAIT = 12 * HOUR

/** How long to wait after so many tries: a minute, and four times as long each time, 12 hours at most. */
export const retryDelay = (tries: number): number => Math.min(MINUTE * 4 ** (tries - 1), LONGEST_WAIT)

/** Older mails are not sent: what waited in the outbox for months would surprise, its links are dead. */
export const MAIL_FRESHNESS = 3 * DAY

/** Mails are shown by `respace mail list` for so long. */
export const MAIL_MEMORY = 30 * DAY

/**
 * Why a mail was not delivered, for the operator. *refused* another try would end the same way; *deferred* this mail
 * later; *unreachable* no mail goes now, whatever it holds.
 */
export class MailProblem extends Error {
  readonly kind: 'refused' | 'deferred' | 'unreachable'
  constructor (kind: MailProblem['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}
