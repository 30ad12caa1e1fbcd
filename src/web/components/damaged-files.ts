import { agoView } from './file-view.ts'
import { html, type Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'

/** A file with missing or too many bytes. */
export interface DamagedFileView {
  readonly id: string
  readonly name: string
  /** A user name; null for an anonymous upload. */
  readonly owner: string | null
  readonly expected: number
  /** Null when it is unknown, or nothing was found. */
  readonly found: number | null
  readonly noticedAt: number
}

/** The table for administrators; empty when there are none. */
export function damagedFilesView (words: Words, files: readonly DamagedFileView[]): Html {
  const { say } = words
  if (files.length === 0) return html``
  return html`<section class="card"><h2>${say('admin.damaged')}</h2>
<p>${say('admin.damagedNote')}</p>
<table>
<thead><tr><th scope="col">${say('folder.file')}</th><th scope="col">${say('admin.owner')}</th><th scope="col" class="number">${say('folder.size')}</th><th scope="col" class="number">${say('admin.bytesFound')}</th><th scope="col">${say('admin.when')}</th></tr></thead>
<tbody>${files.map(({ id, name, owner, expected, found, noticedAt }) => html`
<tr><td><a href="/file/${id}">${name}</a></td><td>${owner ?? html`<span class="quiet">${say('admin.nobody')}</span>`}</td><td class="number">${words.size(expected)}</td><td class="number">${found === null ? '–' : words.size(found)}</td><td>${agoView(words, noticedAt)}</td></tr>`)}
</tbody></table></section>`
}
