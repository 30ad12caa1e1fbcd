/** A mail server as an operator writes it down. */
export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** TLS from the start, by STARTTLS that must succeed, or none at all. Falling back to none would invite whoever cuts STARTTLS out. */
  readonly encryption: 'tls' | 'starttls' | 'none'
  readonly user: string
  readonly password: string
}

const EXPECTED = 'expected an address such as smtp://user:password@mail.example.org:587 (STARTTLS), smtps://… (TLS from the start) ' +
  'or smtp://…?tls=none (no encryption), with signs such as @ / # % in user and password written as %40 %2F %23 %25'

/** Throws a text that says what was expected, and never what came: a password stands in it. */
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
