/** One mail for each reader, in the reader's language. */
import type { Branding } from '../domain/branding.ts'
import { emailKey } from '../domain/mail/email.ts'
import type { Mail, Sql } from '../ports.ts'
import { findLocales } from '../store/accounts/locales.ts'
import { findBranding } from '../store/operations/branding.ts'
import { lookFor, type Look, type MailContent } from './templates.ts'

export interface MailOrigin {
  /** The branding of the settings. */
  readonly settings: Branding
  /** The address of the site in these mails. */
  readonly url: string
  /** The language of the page or program that causes the mails, for readers who have no account; undefined and '': English. */
  readonly locale: string | undefined
  /** Who gets answers. */
  readonly replyTo?: string | undefined
}

/** Writes each language once. */
export async function writeForReaders (sql: Sql, readers: readonly string[], { settings, url, locale, replyTo }: MailOrigin, write: (look: Look) => MailContent): Promise<Mail[]> {
  if (readers.length === 0) return []
  const branding = await findBranding(sql, settings)
  const locales = await findLocales(sql, readers)
  const written = new Map<string, MailContent>()
  const mails: Mail[] = []
  for (const to of readers) {
    const own = locales.get(emailKey(to)) ?? locale ?? ''
    const content = written.get(own) ?? write(await lookFor(own, branding, url))
    written.set(own, content)
    mails.push({ to, ...content, ...replyTo !== undefined && { replyTo } })
  }
  return mails
}
