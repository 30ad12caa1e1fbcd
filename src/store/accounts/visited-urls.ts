/** The addresses that browsers of logged-in people used: what links in mails begin with while the operator set none. */
import type { Sql, Statement } from '../../ports.ts'
import { textOrNull } from '../sql.ts'

/** What is remembered for an account, and for all of the site; null when nothing is. */
export interface VisitedUrls {
  readonly own: string | null
  readonly site: string | null
}

/** Selected beside the columns of `users`. */
export const VISITED_COLUMNS = "users.visited_url, (select value from site_settings where name = 'visited-url') as site_visited_url"

export const toVisitedUrls = (row: Parameters<typeof textOrNull>[0]): VisitedUrls =>
  ({ own: textOrNull(row, 'visited_url'), site: textOrNull(row, 'site_visited_url') })

/** Remembers where an account's browser is, and for all mails of the site when an administrator's is. */
export async function rememberVisitedUrl (sql: Sql, userId: number, url: string, isForSite: boolean): Promise<void> {
  const site: Statement = {
    sql: "insert into site_settings (name, value) values ('visited-url', $url) on conflict (name) do update set value = $url", params: { url }
  }
  await sql.batch([{ sql: 'update users set visited_url = $url where id = $userId', params: { userId, url } }, ...isForSite ? [site] : []])
}

/** Where the links of a mail lead. */
export interface MailLinks {
  /** The setting, which beats all else. */
  readonly publicUrl: string | undefined
  /** Who causes the mail, undefined for a stranger. */
  readonly userId: number | undefined
  /** Whether the mail goes to that account itself. */
  readonly isToThemselves: boolean
  /** An address that is surely ours, for when no browser is known. */
  readonly otherwise: string
}

/**
 * The address that the links of a mail begin with. It is never a Host header of the one who causes the mail: others follow
 * these links. A mail to others has the address of the administrators before that of its sender, who may be anybody.
 */
export async function findMailUrl (sql: Sql, { publicUrl, userId, isToThemselves, otherwise }: MailLinks): Promise<string> {
  if (publicUrl !== undefined) return publicUrl
  const row = await sql.get(`
    select (select visited_url from users where id = $userId) as visited_url,
      (select value from site_settings where name = 'visited-url') as site_visited_url`, { userId: userId ?? 0 })
  const { own, site } = row ? toVisitedUrls(row) : { own: null, site: null }
  return (isToThemselves ? own ?? site : site ?? own) ?? otherwise
}
