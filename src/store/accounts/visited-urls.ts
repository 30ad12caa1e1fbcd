/** The server addresses used by browsers of logged-in people: for links in mails when none is configured. */
import type { Sql, Statement } from '../../ports.ts'
import { textOrNull } from '../sql.ts'

/** The remembered addresses, of an account and of the site; null for none. */
export interface VisitedUrls {
  readonly own: string | null
  readonly site: string | null
}

/** Selected together with the columns of `users`. */
export const VISITED_COLUMNS = "users.visited_url, (select value from site_settings where name = 'visited-url') as site_visited_url"

export const toVisitedUrls = (row: Parameters<typeof textOrNull>[0]): VisitedUrls =>
  ({ own: textOrNull(row, 'visited_url'), site: textOrNull(row, 'site_visited_url') })

/** Remembers the address used by an account's browser; an administrator's address is used for all mails of the site. */
export async function rememberVisitedUrl (sql: Sql, userId: number, url: string, isForSite: boolean): Promise<void> {
  const site: Statement = {
    sql: "insert into site_settings (name, value) values ('visited-url', $url) on conflict (name) do update set value = $url", params: { url }
  }
  await sql.batch([{ sql: 'update users set visited_url = $url where id = $userId', params: { userId, url } }, ...isForSite ? [site] : []])
}

/** The address for the links of a mail. */
export interface MailLinks {
  /** The setting, which overrides all others. */
  readonly publicUrl: string | undefined
  /** The account that causes the mail, undefined for a stranger. */
  readonly userId: number | undefined
  /** Whether the mail is sent to that account itself. */
  readonly isToThemselves: boolean
  /** A safe address of this server, for when no browser is known. */
  readonly otherwise: string
}

/**
 * The address for the links of a mail. It is never the Host header of the request that causes the mail, since others follow
 * these links. For mails to others the administrators' address comes before that of the sender, who may be anybody.
 */
export async function findMailUrl (sql: Sql, { publicUrl, userId, isToThemselves, otherwise }: MailLinks): Promise<string> {
  if (publicUrl !== undefined) return publicUrl
  const row = await sql.get(`
    select (select visited_url from users where id = $userId) as visited_url,
      (select value from site_settings where name = 'visited-url') as site_visited_url`, { userId: userId ?? 0 })
  const { own, site } = row ? toVisitedUrls(row) : { own: null, site: null }
  return (isToThemselves ? own ?? site : site ?? own) ?? otherwise
}
