import type { FilePage } from '../../domain/files/file-order.ts'
import { html, type Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'

/** The page number of a list, with links to the previous and next page; nothing when there is only one page. */
export function pageLinks ({ say, number }: Words, { page, pages }: Pick<FilePage<unknown>, 'page' | 'pages'>, address: (page: string) => string): Html {
  if (pages === 1) return html``
  const link = (to: number, key: 'my.before' | 'my.next') => to < 1 || to > pages ? html`` : html` <a href="${address(String(to))}">${say(key)}</a>`
  return html`<p class="pages">${say('my.page', { page: number(page), pages: number(pages) })}${link(page - 1, 'my.before')}${link(page + 1, 'my.next')}</p>`
}
