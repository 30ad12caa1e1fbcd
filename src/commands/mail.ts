import { createSmtp } from '../adapters/smtp.ts'
import { brandingOf } from '../app/parts.ts'
import { systemClock, systemIds } from '../adapters/system.ts'
import type { Config } from '../config.ts'
import { isEmail } from '../domain/mail/email.ts'
import { newKey } from '../domain/identifiers.ts'
import { MailProblem } from '../domain/mail/mail-delivery.ts'
import { ehloName } from '../domain/mail/smtp-server.ts'
import { listMails, type QueuedMail } from '../store/operations/mails.ts'
import { lookFor, trialMail } from '../mail/templates.ts'
import { CommandProblem } from './problem.ts'
import { withPorts } from './user.ts'

/** Shows mails that are queued or were given up, oldest first. */
export async function listWaiting (config: Config): Promise<void> {
  await withPorts(config, async ({ sql, vault }) => {
    const mails = await listMails(sql, vault)
    for (const mail of mails) process.stdout.write(describe(mail))
    if (mails.length === 0) process.stderr.write('no mail is queued, and none was given up\n')
  })
}

function describe ({ to, subject, text, createdAt, tries, nextTryAt, lastError }: QueuedMail): string {
  const state = nextTryAt === null ? 'given up' : tries === 0 ? 'queued' : `queued, next attempt ${iso(nextTryAt)}`
  const lines = [`To: ${to}`, `Subject: ${subject}`, `Queued: ${iso(createdAt)}`, `State: ${state}`, `Tries: ${tries}`]
  if (lastError !== '') lines.push(`Last error: ${lastError}`)
  return harmless(`${lines.join('\n')}\n\n${text}\n`)
}

const iso = (time: number): string => new Date(time).toISOString()

/** A message of a user must not control the operator's terminal. */
const harmless = (text: string): string => text.replace(/(?![\n\t])\p{C}/gu, '�')

/** Sends a mail immediately and prints the SMTP dialogue. */
export async function testMail (config: Config, to: string): Promise<void> {
  const { smtpUrl, mailFrom, smtpName, publicUrl = '', smtpCa, smtpTimeout } = config
  if (smtpUrl === undefined || mailFrom === undefined) throw new CommandProblem('RESPACE_SMTP_URL is not set: mail is queued in the storage, see respace mail list')
  if (!isEmail(to)) throw new CommandProblem(`expected a mail address, got ${JSON.stringify(to)}`)
  const smtp = createSmtp({
    server: smtpUrl, from: mailFrom, name: ehloName(smtpName, config.publicUrl, mailFrom), authorities: smtpCa, timeout: smtpTimeout, onLine: (who, line) => { process.stdout.write(harmless(`${who}: ${line}`) + '\n') }
  })
  try {
    // The settings, and not what was chosen on the pages: this also works without a database.
    const branding = brandingOf(config)
    const look = await lookFor(undefined, branding, publicUrl)
    await smtp.send({ id: newKey(systemIds), to, createdAt: systemClock.now(), ...trialMail(look), logo: look.hasLogo ? branding.logo : undefined }, new AbortController().signal)
  } catch (error) {
    throw error instanceof MailProblem ? new CommandProblem(error.message) : error
  }
  process.stdout.write(`${smtpUrl.host}:${smtpUrl.port} accepted the mail to ${to}\n`)
}
