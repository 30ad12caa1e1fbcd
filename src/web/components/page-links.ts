import type { AskedPage, FilePage } from '../../domain/files/file-order.ts'
import { html, type Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'

/** The page number of a list, with links to the previous and next page; nothing when there is only one page. `address` gets the query of a page. */
export function pageLinks ({ say, number }: Words, { page, pages, ends }: Pick<FilePage<unknown>, 'page' | 'pages' | 'ends'>, address: (query: PageQuery) => string): Html {
  if (pages === 1) return html``
  const link = (asked: AskedPage, key: 'my.before' | 'my.next') =>
    asked.page < 1 || asked.page > pages ? html`` : html` <a href="${address(queryOf(asked))}">${say(key)}</a>`
  return html`<p class="pages">${say('my.page', { page: number(page), pages: number(pages) })}${link({ page: page - 1, before: ends?.first }, 'my.before')}${link({ page: page + 1, after: ends?.last }, 'my.next')}</p>`
}

/** The parameters that ask for a page. */
export interface PageQuery {
  readonly page: string
  readonly after?: string
  readonly before?: string
}

const queryOf = ({ page, after, before }: AskedPage): PageQuery => ({ page: String(page), ...after !== undefined && { after }, ...before !== undefined && { before } })

/** The same as text: `page=2&after=a1b2c3`. */
export const pageText = ({ page, after, before }: PageQuery): string =>
  `page=${page}${after === undefined ? '' : `&after=${after}`}${before === undefined ? '' : `&before=${before}`}`
