/** Processes the queues: upload notifications, file-request notifications, then mails, a few at once; each mail is retried until it is given up. */
import { isShownInMails } from '../domain/branding.ts'
import { MailProblem, MAIL_FRESHNESS, MAX_TRIES, retryDelay } from '../domain/mail/mail-delivery.ts'
import type { MailTransport, Mailer, Ports } from '../ports.ts'
import { claimMail, forgetMail, noteFailure, type QueuedMail } from '../store/operations/mails.ts'
import { findLogo } from '../store/operations/branding.ts'
import { LOGO } from './letter.ts'
import { tellOfVisit } from './file-request-notifications.ts'
import { carryOutNotice, type MailRules } from './upload-notifications.ts'

/** Mails sent at the same time: mail servers limit connections. */
const AT_ONCE = 3

/** Log messages of the delivery; never an address or a text of a mail. */
export interface DeliveryLog {
  info (details: object, message: string): void
  warn (details: object, message: string): void
  error (details: object, message: string): void
}

export interface DeliverySettings extends MailRules {
  /** Without one mails stay in the queue. */
  readonly mailTransport: MailTransport | undefined
  /** The time limit of the transport, in milliseconds. */
  readonly timeout: number
  readonly log: DeliveryLog
}

export interface Delivery extends Mailer {
  /** Starts the delivery, and wakes it. Nothing is sent before. */
  start (): void
  /** Resolves once no mail is being sent. */
  idle (): Promise<void>
  /** Starts nothing new; running attempts may finish. */
  stop (): void
  /** Aborts running attempts: they are retried later. */
  abort (): void
}

export function createDelivery (ports: Ports, { mailTransport, timeout, log, ...rules }: DeliverySettings): Delivery {
  const { sql, vault, clock } = ports
  const breaking = new AbortController()
  const busy = new Set<Promise<void>>()
  let isRunning = false
  let isAsked = false

  function wake (): void {
    isAsked = true
    if (!isRunning) return
    for (let free = AT_ONCE - busy.size; free > 0; free--) {
      const worker: Promise<void> = work()
        .catch((error: unknown) => { log.error({ err: error }, 'the mail queue failed') })
        .finally(() => { busy.delete(worker) })
      busy.add(worker)
    }
  }

  /** Processes one item after the other, until the queues are empty or no mail can be sent. */
  async function work (): Promise<void> {
    while (true) {
      if (!isRunning) return
      isAsked = false
      const notice = await carryOutNotice(ports, rules)
      const outcome = notice === 'none' ? await tellOfVisit(ports, rules) : notice
      if (outcome === 'dropped') log.warn({ mailsPerHour: rules.mailsPerHour }, 'mails about an upload were dropped: the hourly limit is reached')
      if (outcome !== 'none') continue
      const now = clock.now()
      const mail = mailTransport && await claimMail(sql, vault, now, now + timeout + retryDelay(1))
      if (mail !== undefined && mailTransport !== undefined) {
        if (!await deliver(mail, mailTransport)) return
      } else if (!isAsked) return
    }
  }

  /** False when no mail can be sent now: the others need not be tried. */
  async function deliver (mail: QueuedMail, mailTransport: MailTransport): Promise<boolean> {
    try {
      if (mail.createdAt < clock.now() - MAIL_FRESHNESS) throw new MailProblem('refused', 'not sent: it was queued for more than 3 days')
      // The logo of now: the mail may have waited for long.
      const logo = mail.html.includes(`"${LOGO}"`) ? await findLogo(sql, rules.branding) : undefined
      await mailTransport.send({ ...mail, logo: logo && isShownInMails(logo) ? logo : undefined }, breaking.signal)
    } catch (error) {
      if (!(error instanceof MailProblem)) throw error
      const isGivenUp = error.kind === 'refused' || mail.tries >= MAX_TRIES
      await noteFailure(sql, mail.id, error.message, isGivenUp ? null : clock.now() + retryDelay(mail.tries))
      log.warn({ mail: mail.id, tries: mail.tries, problem: error.message }, isGivenUp ? 'a mail was given up' : 'a mail will be retried')
      return error.kind !== 'unreachable'
    }
    await forgetMail(sql, mail.id)
    log.info({ mail: mail.id, tries: mail.tries }, 'a mail was delivered')
    return true
  }

  return {
    wake,
    start () {
      isRunning = true
      wake()
    },
    async idle () {
      while (busy.size > 0) await Promise.all(busy)
    },
    stop () {
      isRunning = false
    },
    abort () {
      breaking.abort()
    }
  }
}
