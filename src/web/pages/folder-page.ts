import type { FileOrder, FilePage } from '../../domain/files/file-order.ts'
import type { Folder } from '../../domain/files/folder.ts'
import { pageLink } from '../../domain/files/link.ts'
import { kindView, timeView } from '../components/file-view.ts'
import { html, type Html } from '../html.ts'
import { sheet, type Page } from '../components/layout.ts'
import { openGraph } from '../components/open-graph.ts'
import { pageLinks } from '../components/page-links.ts'
import { listHook } from '../components/scraper-hook.ts'
import type { PlainKey, Words } from '../i18n/words.ts'

export interface ListedFile {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly size: number
  readonly uploadedAt: number
  readonly sealedPassword: string | null
}

export interface FolderView {
  readonly folder: Folder
  /** Its public parents, the outermost first. */
  readonly above: readonly Folder[]
  /** The items of this page. */
  readonly folders: readonly Folder[]
  readonly hasFolders: boolean
  readonly list: FilePage<ListedFile>
  /** Whether any file in it needs no password. */
  readonly hasOpenFile: boolean
  readonly order: FileOrder
  /** The address of this server, for programs that read the page. */
  readonly publicUrl: string
}

export const COLUMNS: ReadonlyArray<readonly [FileOrder['by'], PlainKey]> = [['name', 'folder.file'], ['size', 'folder.size'], ['date', 'folder.uploaded']]

/** Longer descriptions are cut, in characters: the file's page has the whole text, and a list of two hundred would have four megabytes. */
const LONGEST_SHOWN = 400

const beginningOf = (text: string): string => text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN - 1).replace(/[\ud800-\udbff]$/, '')}…`

/** From a URL: a column, with `-` for descending order; by name by default. */
export function orderOf (text: string | undefined): FileOrder {
  const isDescending = text?.startsWith('-') ?? false
  const by = COLUMNS.find(([column]) => column === text?.replace('-', ''))?.[0]
  return by === undefined ? { by: 'name', isDescending: false } : { by, isDescending }
}

/** As in a URL, '' for the default. */
export const orderText = ({ by, isDescending }: FileOrder): string => by === 'name' && !isDescending ? '' : `${isDescending ? '-' : ''}${by}`

/** A public folder for people. */
export function folderPage ({ folder, above, folders, hasFolders, list, hasOpenFile, order, publicUrl }: FolderView): Page {
  const head = html`<link rel="alternate" type="application/rss+xml" title="${folder.name}" href="/folder/${folder.id}/rss">${
    openGraph({ title: folder.name, description: '', publicUrl, path: `/folder/${folder.id}`, picture: undefined })}`
  const addressOf = (page: string) => `?${new URLSearchParams({ ...orderText(order) !== '' && { sort: orderText(order) }, page })}`
  return words => {
    const { say } = words
    return sheet(say('folder.title', { name: folder.name }), html`<div class="wide">
${above.length === 0
    ? ''
    : html`<nav aria-label="${say('folder.breadcrumb')}" class="crumbs">${above.map(parent => html`<a href="/folder/${parent.id}">${parent.name}</a> / `)}${folder.name}</nav>`}
<h1>${folder.name}</h1>
<div class="row actions">
${hasOpenFile || hasFolders ? html`<a class="button" href="/folder/${folder.id}/zip" rel="nofollow" download>${say('folder.downloadAll')}</a>` : ''}
<a class="button plain" href="/folder/${folder.id}/rss">${say('folder.feed')}</a>
</div>
${folders.length === 0
    ? ''
    : html`<section class="card"><h2>${say('folder.folders')}</h2>
<ul class="list">${folders.map(child => html`\n<li><a href="/folder/${child.id}">${child.name}</a></li>`)}</ul></section>`}
${list.total === 0 ? html`<p>${say('folder.empty')}</p>` : ''}
${list.files.length === 0
    ? pageLinks(words, list, addressOf)
    : html`<div class="card"><table>
<thead><tr>${COLUMNS.map(([column, key]) => headerOf(column, say(key), order, ''))}</tr></thead>
<tbody>${list.files.map(file => rowOf(words, file))}
</tbody>
</table>
${pageLinks(words, list, addressOf)}</div>`}
</div>`, head, listHook(list.files.map(({ id, name }) => ({ link: pageLink(publicUrl, id), name }))))
  }
}

/** A link that sorts by its column, and reverses the order if it is already sorted by it. `query` is the rest of the query string. */
export function headerOf (column: FileOrder['by'], label: Html, { by, isDescending }: FileOrder, query: string): Html {
  const isChosen = column === by
  const next = isChosen && !isDescending ? `-${column}` : column
  const state = isDescending ? 'descending' : 'ascending'
  return html`
<th scope="col"${isChosen ? html` aria-sort="${state}"` : ''}${column === 'name' ? '' : html` class="number"`}><a href="?${query}sort=${next}">${label}</a>${isChosen ? html` <span aria-hidden="true">${isDescending ? '↓' : '↑'}</span>` : ''}</th>`
}

function rowOf (words: Words, { id, name, description, size, uploadedAt, sealedPassword }: ListedFile): Html {
  return html`
<tr><td><span class="entry">${kindView(name)}<span><a href="/file/${id}">${name}</a>${sealedPassword === null ? '' : html` <span class="tag">${words.say('folder.password')}</span>`}${description === '' || sealedPassword !== null
    ? ''
    : html`<br><small>${beginningOf(description)}</small>`}</span></span></td>
<td class="number">${words.size(size)}</td><td class="number">${timeView(words, uploadedAt)}</td></tr>`
}
