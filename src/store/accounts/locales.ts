/** The languages of accounts, each with its region if known, such as de-AT: mails to an account are in its language. */
import { emailKey } from '../../domain/mail/email.ts'
import type { Sql } from '../../ports.ts'
import { listOf, textOf } from '../sql.ts'

/** Remembers the language of an account's browser. One that was remembered before stays, unless this one was chosen. */
export async function rememberLocale (sql: Sql, userId: number, locale: string, isChosen: boolean): Promise<void> {
  await sql.run(`update users set locale = $locale where id = $userId and (locale is null${isChosen ? ' or locale <> $locale' : ''})`, { userId, locale })
}

/** The languages of those addresses that are an account's, by `emailKey`. The list must not be empty. */
export async function findLocales (sql: Sql, emails: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const list = listOf('email', emails.map(emailKey))
  const rows = await sql.all(`select email_key, locale from users where locale is not null and email_key in ${list.sql}`, list.params)
  return new Map(rows.map(row => [textOf(row, 'email_key'), textOf(row, 'locale')]))
}
