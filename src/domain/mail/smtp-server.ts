import type { Mailbox } from './email.ts'

/** A mail server, as configured. */
export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** TLS from the start, mandatory STARTTLS, or none. A fallback to none would let an attacker strip STARTTLS. */
  readonly encryption: 'tls' | 'starttls' | 'none'
  readonly user: string
  readonly password: string
}

const EXPECTED = 'expected an address such as smtp://user:password@mail.example.org:587 (STARTTLS), smtps://… (TLS from the start) ' +
  'or smtp://…?tls=none (no encryption); write @ / # % in user and password as %40 %2F %23 %25'

/** Throws an error that says what was expected, without the value: it contains a password. */
export function readSmtpServer (text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '' || !/^\/?$/.test(url.pathname) || url.hash !== '') throw new Error(EXPECTED)
  const isImplicit = url.protocol === 'smtps:'
  if (url.search !== '' && (isImplicit || !/^\?tls=(?:none|required)$/.test(url.search))) throw new Error(EXPECTED)
  const encryption = isImplicit ? 'tls' : url.search === '?tls=none' ? 'none' : 'starttls'
  try {
    return {
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? { tls: 465, starttls: 587, none: 25 }[encryption] : Number(url.port),
      encryption,
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password)
    }
  } catch {
    throw new Error(EXPECTED)
  }
}

/** Whether relays accept it as the name of a client: a name with a dot that is not an address. */
export const isHostName = (text: string): boolean =>
  text.length <= 253 && /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i.test(text)

/** The name for EHLO: relays refuse Node's default on a machine without a full name, `[127.0.0.1]` (observed). */
export function ehloName (smtpName: string | undefined, publicUrl: string | undefined, sender: Mailbox): string {
  const host = publicUrl === undefined ? '' : new URL(publicUrl).hostname
  return smtpName ?? (isHostName(host) ? host : sender.address.slice(sender.address.lastIndexOf('@') + 1))
}
