/** Sends mails over SMTP, with nodemailer. It is loaded with the first mail, so that it does not slow down the start. */
import type { NodemailerError } from 'nodemailer'
import { isEmail, type Mailbox } from '../domain/mail/email.ts'
import { MailProblem } from '../domain/mail/mail-delivery.ts'
import type { SmtpServer } from '../domain/mail/smtp-server.ts'
import type { MailTransport } from '../ports.ts'

export interface SmtpSettings {
  readonly server: SmtpServer
  readonly from: Mailbox
  /** The name for EHLO. */
  readonly name: string
  /** PEM; undefined: the authorities that Node.js trusts. */
  readonly authorities: string | undefined
  /** Time limit for one mail, in milliseconds, from the first packet to the last. */
  readonly timeout: number
  /** Called with each line of the SMTP dialogue, secrets masked. `who` is `C` for us, `S` for the mail server. */
  readonly onLine?: (who: 'C' | 'S', line: string) => void
}

/** A new connection for each mail: few mails are sent, and none has to wait for an old dead connection. */
export function createSmtp ({ server, from, name, authorities, timeout, onLine }: SmtpSettings): MailTransport {
  const { host, port, encryption, user, password } = server
  const mask = maskOf(server)

  async function openTransport () {
    const { createTransport } = await import('nodemailer')
    return createTransport({
      host,
      port,
      name,
      secure: encryption === 'tls',
      requireTLS: encryption === 'starttls',
      ignoreTLS: encryption === 'none',
      ...(user !== '' && { auth: { user, pass: password }, forceAuth: true }),
      tls: { minVersion: 'TLSv1.2', ...(authorities !== undefined && { ca: authorities }) },
      connectionTimeout: timeout,
      greetingTimeout: timeout,
      socketTimeout: timeout,
      dnsTimeout: timeout,
      socketCloseTimeout: 0,
      // The text of a mail is never a path or URL to load.
      disableFileAccess: true,
      disableUrlAccess: true,
      ...(onLine && { transactionLog: true, logger: listener(onLine, mask) })
    })
  }

  let transport: ReturnType<typeof openTransport> | undefined
  return {
    async send ({ id, to, replyTo = '', subject, text, html, logo, createdAt }, signal) {
      transport ??= openTransport()
      const late = AbortSignal.timeout(timeout)
      try {
        await (await transport).sendMail({
          from,
          to: { name: '', address: to },
          // What is no plain address could be a header of its own.
          ...(isEmail(replyTo) && { replyTo: { name: '', address: replyTo } }),
          subject,
          text,
          ...(html !== '' && { html }),
          ...(logo && { attachments: [{ cid: 'logo', filename: `logo.${logo.type === 'image/png' ? 'png' : 'jpg'}`, contentType: logo.type, content: logo.bytes, contentDisposition: 'inline' }] }),
          // The same for each attempt, so that duplicates can be recognized.
          messageId: `<${id}@${from.address.slice(from.address.indexOf('@') + 1)}>`,
          date: new Date(createdAt),
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal: AbortSignal.any([signal, late])
        })
      } catch (error) {
        throw explain(error as NodemailerError, server, signal.aborted, late.aborted, mask)
      }
    }
  }
}

function explain (error: NodemailerError, server: SmtpServer, isStopped: boolean, isLate: boolean, mask: (text: string) => string): MailProblem {
  const { command = '', responseCode } = error
  if (isStopped) return new MailProblem('unreachable', 'the server was stopped while the mail was being sent')
  if (!isLate && (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') && /^(?:RCPT TO|DATA|API)$/.test(command)) {
    // Without an answer from the mail server nodemailer itself refused the address or the mail.
    const isFinal = responseCode === undefined || error.permanent === true
    return new MailProblem(isFinal ? 'refused' : 'deferred', mask(oneLine(error.response ?? error.message)))
  }
  return new MailProblem('unreachable', mask(oneLine(sentenceFor(error, server, isLate))))
}

/** For errors that affect all mails: what an operator can do about them. */
function sentenceFor ({ code, originalCode = '', message, response, command }: NodemailerError, { host, port, encryption }: SmtpServer, isLate: boolean): string {
  const where = `${host}:${port}`
  if (isLate || code === 'ETIMEDOUT') return `${where} did not accept the mail in time`
  if (command === 'STARTTLS' && response !== undefined) return `${where} does not offer STARTTLS (${response}): use smtps://… if it speaks TLS from the start, ?tls=none for no encryption`
  if (/altname/i.test(message)) return `the certificate of ${where} is for another name: ${message}`
  if (/certificate/i.test(message)) return `the certificate of ${where} is not trusted: set --smtp-ca to the certificate of its authority (${message})`
  if (/wrong version number|packet length too long/i.test(message)) {
    return `${where} does not speak TLS ${encryption === 'tls' ? 'from the start: use smtp://… for STARTTLS' : 'as it said'} (${message})`
  }
  if (code === 'EAUTH') return `${where} did not accept user and password: ${response ?? message}`
  if (command === 'MAIL FROM') return `${where} did not accept the sender, see RESPACE_MAIL_FROM: ${response ?? message}`
  if (code === 'EDNS' || /ENOTFOUND|EAI_AGAIN/.test(originalCode)) return `there is no mail server ${host}: ${message}`
  return `cannot send through ${where}: ${message}`
}

/** The spellings of the password in the dialogue: as it is, and in the encodings of AUTH. */
function maskOf ({ user, password }: SmtpServer): (text: string) => string {
  if (password === '') return text => text
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const forms = [base64(`\0${user}\0${password}`), base64(password), password]
  return text => forms.reduce((masked, form) => masked.replaceAll(form, '***'), text)
}

function listener (onLine: (who: 'C' | 'S', line: string) => void, mask: (text: string) => string) {
  const hear = (entry: { tnx?: string } = {}, text: unknown = '') => {
    if (entry.tnx !== 'client' && entry.tnx !== 'server') return
    for (const line of String(text).split(/\r?\n/)) onLine(entry.tnx === 'client' ? 'C' : 'S', mask(line))
  }
  return { trace: hear, debug: hear, info: hear, warn: hear, error: hear, fatal: hear }
}

const oneLine = (text: string): string => text.replace(/[\p{C}\s]+/gu, ' ').trim().slice(0, 500)
