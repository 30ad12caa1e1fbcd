import type { FileOrder, FilePage } from '../../domain/files/file-order.ts'
import type { Branding } from '../../domain/branding.ts'
import type { Folder } from '../../domain/files/folder.ts'
import { pageLink } from '../../domain/files/link.ts'
import { agoView, kindView, timeView } from '../components/file-view.ts'
import { html, type Html } from '../html.ts'
import { sheet, speakingScript, type Page } from '../components/layout.ts'
import { openGraph } from '../components/open-graph.ts'
import type { ShownPreview } from '../components/preview-view.ts'
import { pageLinks, pageText, type PageQuery } from '../components/page-links.ts'
import { listHook } from '../components/scraper-hook.ts'
import type { PlainKey, Words } from '../i18n/words.ts'

export interface ListedFile {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly size: number
  readonly uploadedAt: number
  /** Whether it needs a password that the reader has not given. */
  readonly isLocked: boolean
  /** undefined for a locked one. */
  readonly downloadLink: string | undefined
  readonly preview: ShownPreview | undefined
  /** The address of its small picture. */
  readonly thumbnail: string | undefined
}

export interface FolderView {
  readonly folder: Folder
  /** Its public parents, the outermost first. */
  readonly above: readonly Folder[]
  /** The items of this page. */
  readonly folders: readonly Folder[]
  readonly list: FilePage<ListedFile>
  /** Of all files in it and in the folders below it; undefined when there are too many to count. */
  readonly sum: { readonly files: number, readonly bytes: number } | undefined
  readonly isGrid: boolean
  /** '' for none. */
  readonly message: string
  readonly expiresAt: number | null
  /** Who shares it; undefined when the owner does not show it. */
  readonly sharedBy: string | undefined
  /** Whether there may be something in an archive of it. */
  readonly isOpen: boolean
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

/** A public folder or a bundle for people. Selected files are downloaded by a form, which works without scripts. */
export function folderPage (view: FolderView): Page {
  const { folder, above, folders, list, sum, isGrid, message, expiresAt, sharedBy, isOpen, order, publicUrl } = view
  const headOf = (branding: Branding) => html`<link rel="alternate" type="application/rss+xml" title="${folder.name}" href="/folder/${folder.id}/rss">${
    openGraph({ title: folder.name, description: message, publicUrl, path: `/folder/${folder.id}`, picture: undefined }, branding)}`
  const sorted = orderText(order) === '' ? '' : `sort=${orderText(order)}&`
  const shown = isGrid ? 'view=grid&' : ''
  const addressOf = (query: PageQuery) => `?${sorted}${shown}${pageText(query)}`
  return (words, branding) => {
    const { say } = words
    const zip = `/folder/${folder.id}/zip`
    return sheet(say('folder.title', { name: folder.name }), html`<div class="wide">
${above.length === 0
    ? ''
    : html`<nav aria-label="${say('folder.breadcrumb')}" class="crumbs">${above.map(parent => html`<a href="/folder/${parent.id}">${parent.name}</a> / `)}${folder.name}</nav>`}
<h1>${folder.name}</h1>
${sharedBy === undefined ? '' : html`<p class="quiet">${say('file.sharedBy', { name: sharedBy })}</p>`}
${message === '' ? '' : html`<p class="about">${message}</p>`}
${expiresAt === null ? '' : html`<p class="quiet">${say('file.until')} ${timeView(words, expiresAt)}</p>`}
<div class="row actions">
${isOpen ? html`<a class="button" href="${zip}" rel="nofollow" download>${sum === undefined ? say('folder.downloadAll') : say('share.downloadAll', { files: words.count('bundle.files', sum.files), size: words.size(sum.bytes) })}</a>` : ''}
<a class="button plain" href="/folder/${folder.id}/rss">${say('folder.feed')}</a>
</div>
${list.files.length === 0 ? '' : html`<nav class="tabs views" aria-label="${say('share.view')}"><a href="?${sorted}"${isGrid ? '' : html` aria-current="true"`}>${say('share.list')}</a> <a href="?${sorted}view=grid"${isGrid ? html` aria-current="true"` : ''}>${say('share.grid')}</a></nav>`}
${folders.length === 0
    ? ''
    : html`<section class="card"><h2>${say('folder.folders')}</h2>
<ul class="list">${folders.map(child => html`\n<li><span class="entry"><span class="kind folder" aria-hidden="true"></span><a href="/folder/${child.id}">${child.name}</a></span></li>`)}</ul></section>`}
${list.total === 0 && folders.length === 0 ? html`<p>${say('folder.empty')}</p>` : ''}
${list.files.length === 0
    ? pageLinks(words, list, addressOf)
    : formOf(words, list.files.some(({ isLocked }) => !isLocked) ? zip : undefined, html`${isGrid ? gridOf(words, list.files) : tableOf(words, list.files, order, shown)}
${pageLinks(words, list, addressOf)}`)}
</div>`, html`${headOf(branding)}${speakingScript('shared-files.js', words, 'share')}`, listHook(list.files.map(({ id, name }) => ({ link: pageLink(publicUrl, id), name }))))
  }
}

/** Where there is something to select. */
function formOf ({ say }: Words, zip: string | undefined, content: Html): Html {
  return zip === undefined
    ? html`<div class="card">${content}</div>`
    : html`<form method="get" action="${zip}" class="card" id="files">${content}
<div class="row toolbar"><button type="submit" class="plain">${say('share.downloadChosen')}</button> <span class="quiet" id="chosen" role="status"></span></div>
</form>`
}

function tableOf (words: Words, files: readonly ListedFile[], order: FileOrder, query: string): Html {
  const { say } = words
  return html`<table>
<thead><tr><th scope="col" class="tick"><span class="visually-hidden">${say('my.chosen')}</span><input type="checkbox" id="choose-all" class="with-script" aria-label="${say('my.chooseAll')}" title="${say('my.chooseAll')}"></th>${COLUMNS.map(([column, key]) => headerOf(column, say(key), order, query))}<th scope="col"><span class="visually-hidden">${say('download.button')}</span></th></tr></thead>
<tbody>${files.map(file => rowOf(words, file))}
</tbody>
</table>`
}

function gridOf (words: Words, files: readonly ListedFile[]): Html {
  return html`<ul class="grid">${files.map(file => html`
<li>${tickOf(words, file)}<a href="${pageLink('', file.id)}"${viewOf(file)}><span class="thumbnail">${kindView(file.name)}${thumbnailOf(file)}</span>
<span class="name" title="${file.name}">${file.name}</span></a><small class="quiet">${words.size(file.size)}</small>${downloadOf(words, file)}</li>`)}
</ul>`
}

/** A link that sorts by its column, and reverses the order if it is already sorted by it. `query` is the rest of the query string. */
export function headerOf (column: FileOrder['by'], label: Html, { by, isDescending }: FileOrder, query: string): Html {
  const isChosen = column === by
  const next = isChosen && !isDescending ? `-${column}` : column
  const state = isDescending ? 'descending' : 'ascending'
  return html`
<th scope="col"${isChosen ? html` aria-sort="${state}"` : ''}${column === 'name' ? '' : html` class="number"`}><a href="?${query}sort=${next}">${label}</a>${isChosen ? html` <span aria-hidden="true">${isDescending ? '↓' : '↑'}</span>` : ''}</th>`
}

function rowOf (words: Words, file: ListedFile): Html {
  const { id, name, description, size, uploadedAt, isLocked } = file
  return html`
<tr><td class="tick">${tickOf(words, file)}</td><td><span class="entry">${file.thumbnail !== undefined ? html`<span class="thumbnail small">${kindView(name)}${thumbnailOf(file)}</span>` : kindView(name)}<span><a href="/file/${id}"${viewOf(file)}>${name}</a>${isLocked ? html` <span class="tag">${words.say('folder.password')}</span>` : ''}${description === '' || isLocked
    ? ''
    : html`<br><small>${beginningOf(description)}</small>`}</span></span></td>
<td class="number">${words.size(size)}</td><td class="number wide-only">${agoView(words, uploadedAt)}</td><td class="number">${downloadOf(words, file)}</td></tr>`
}

/** Its value is for the archive; its size is for the script that adds up. */
function tickOf ({ say }: Words, { id, name, size, isLocked }: ListedFile): Html {
  return isLocked ? html`` : html`<input type="checkbox" name="file" value="${id}" data-size="${size}" aria-label="${say('share.chooseOf', { name })}">`
}

function downloadOf ({ say }: Words, { name, downloadLink }: ListedFile): Html {
  return downloadLink === undefined ? html`` : html`<a class="button bare" href="${downloadLink}" aria-label="${say('share.downloadFile', { name })}" rel="nofollow" download>${say('download.button')}</a>`
}

/** Pictures, sound and film open in place. */
function viewOf ({ preview }: ListedFile): Html {
  return preview === undefined || !IN_PLACE.has(preview.kind) ? html`` : html` data-view="${preview.link}" data-kind="${preview.kind}"`
}

const IN_PLACE: ReadonlySet<string> = new Set(['image', 'audio', 'video'])

const thumbnailOf = ({ thumbnail }: ListedFile): Html => thumbnail === undefined ? html`` : html`<img src="${thumbnail}" alt="" loading="lazy" decoding="async">`
