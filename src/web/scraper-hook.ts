import { html, Html } from './html.ts'
import type { Words } from './words.ts'

/**
 * What programs compare in our pages is English (observed). They may send the language of their user, so pages in other
 * languages have it too, in a comment: no value can end one, since its `>` is escaped.
 */
export const scraperHook = ({ language }: Words, english: Html, translated: Html): Html =>
  language === 'en' ? english : html`<!-- ${english} -->${translated}`
