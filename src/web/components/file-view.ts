/** The data of a file on pages. */
import type { StoredFile } from '../../domain/files/file.ts'
import { html, Html } from '../html.ts'
import { sizeText } from './size-text.ts'
import type { Words } from '../i18n/words.ts'

/** Name, size and description, with the hooks of scrapers (observed): the `bgray` heading, and the line with the size in a comment. */
export function fileView (words: Words, file: Pick<StoredFile, 'name' | 'size' | 'description'>, thumbnail?: string): Html {
  return html`<div class="file">
${thumbnail === undefined ? kindView(file.name) : thumbnailView(thumbnail)}
<div>
<h2 class="bgray"><b>${file.name}</b></h2>
<!-- ${sizeView(html`File Size:`, sizeText(file.size))} -->${sizeView(words.say('file.size'), words.size(file.size))}
</div>
</div>
${file.description === '' ? '' : html`<p class="about">${file.description}</p>`}`
}

const sizeView = (label: Html, size: string): Html => html`<div class="file_description reverse margin_center"><b>${label}</b> ${size}</div>`

/** The icon with a file name's extension. Hidden from screen readers, since it repeats the name. */
export function kindView (name: string): Html {
  const extension = /\.([a-z0-9]{1,4})$/i.exec(name)?.[1] ?? ''
  return html`<span class="kind" aria-hidden="true">${extension}</span>`
}

/** The small picture of an image, in place of the icon. Hidden from screen readers, too: its name stands beside it. */
export const thumbnailView = (address: string): Html => html`<img class="thumbnail" src="${address}" alt="" loading="lazy" decoding="async">`

/** A time; a script converts it to the reader's time zone. */
export const timeView = (words: Words, milliseconds: number): Html => timeElement(words, milliseconds, html``)

/** A time in the past, such as of a last use; a script says how long ago that was, with the whole date as its title. */
export const agoView = (words: Words, milliseconds: number): Html => timeElement(words, milliseconds, html` data-ago`)

const timeElement = ({ time }: Words, milliseconds: number, mark: Html): Html => html`<time datetime="${new Date(milliseconds).toISOString()}"${mark}>${time(milliseconds)}</time>`
