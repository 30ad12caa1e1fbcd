/** What pages tell of a file. */
import type { StoredFile } from '../domain/file.ts'
import { html, Html } from './html.ts'
import { sizeText } from './size-text.ts'

/** Name, size and description, with the hooks of scrapers (observed): the `bgray` heading and the line with the size. */
export function fileView (file: Pick<StoredFile, 'name' | 'size' | 'description'>): Html {
  return html`<div class="file">
${kindView(file.name)}
<div>
<h2 class="bgray"><b>${file.name}</b></h2>
<div class="file_description reverse margin_center"><b>File Size:</b> ${sizeText(file.size)}</div>
</div>
</div>
${file.description === '' ? '' : html`<p class="about">${file.description}</p>`}`
}

/** The sheet with a file name's extension. It repeats what the name says, so screen readers pass over it. */
export function kindView (name: string): Html {
  const extension = /\.([a-z0-9]{1,4})$/i.exec(name)?.[1] ?? ''
  return html`<span class="kind" aria-hidden="true">${extension}</span>`
}

/** A moment; the reader's own zone and way of writing come by script. */
export function timeView (milliseconds: number): Html {
  const iso = new Date(milliseconds).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`
}
