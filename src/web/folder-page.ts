import type { Folder } from '../domain/folder.ts'
import { html } from './html.ts'
import { page, type Page } from './layout.ts'
import { sizeText } from './size-text.ts'

export interface FolderView {
  readonly folder: Folder
  /** The public folders above it, the outermost first. */
  readonly above: readonly Folder[]
  readonly folders: readonly Folder[]
  readonly files: ReadonlyArray<{ readonly id: string, readonly name: string, readonly description: string, readonly size: number, readonly uploadedAt: number }>
}

/** A public folder for people. */
export function folderPage ({ folder, above, folders, files }: FolderView): Page {
  const feed = html`<link rel="alternate" type="application/rss+xml" title="${folder.name}" href="/folder/${folder.id}/rss">`
  return page(`${folder.name} on Respace`, html`${above.length === 0
    ? ''
    : html`<nav aria-label="Breadcrumb">${above.map(parent => html`<a href="/folder/${parent.id}">${parent.name}</a> / `)}${folder.name}</nav>`}
<h1>${folder.name}</h1>
${folders.length === 0 ? '' : html`<h2>Folders</h2>\n<ul>${folders.map(child => html`\n<li><a href="/folder/${child.id}">${child.name}</a></li>`)}\n</ul>`}
${files.length === 0
    ? html`<p>There are no files in this folder.</p>`
    : html`<table>
<thead><tr><th scope="col">File</th><th scope="col">Size</th><th scope="col">Uploaded</th></tr></thead>
<tbody>${files.map(file => html`
<tr><td><a href="/file/${file.id}">${file.name}</a>${file.description === '' ? '' : html`<br><small>${file.description}</small>`}</td>
<td>${sizeText(file.size)}</td><td>${new Date(file.uploadedAt).toISOString().slice(0, 10)}</td></tr>`)}
</tbody>
</table>`}
<p><a href="/folder/${folder.id}/rss">RSS feed</a></p>`, feed)
}
