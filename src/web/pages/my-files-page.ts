/** A user's files and folders, as one form: selected ones can be moved, renamed, shared or deleted. */
import type { FileOrder, FilePage } from '../../domain/files/file-order.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import type { Folder } from '../../domain/files/folder.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import { editLink, folderLink } from '../../domain/files/link.ts'
import { meterView, type Meter } from './account-page.ts'
import { kindView, timeView } from '../components/file-view.ts'
import { COLUMNS, headerOf } from './folder-page.ts'
import { html, type Html } from '../html.ts'
import { formTokenField, sheet, speakingScript, type Page } from '../components/layout.ts'
import { placeFields, placeLink, type MyPlace } from '../components/list-url.ts'
import { pageLinks } from '../components/page-links.ts'
import { noticeView, type Notice } from '../components/share-card.ts'
import type { Words } from '../i18n/words.ts'

export interface MyFilesView {
  readonly folder: Folder
  /** The outermost first, without the root. */
  readonly above: readonly Folder[]
  readonly folders: readonly Folder[]
  readonly list: FilePage<StoredFile>
  /** The possible target folders, without the root. */
  readonly targets: ReadonlyArray<{ readonly id: string, readonly path: string }>
  readonly order: FileOrder
  readonly place: MyPlace
  /** A form with errors: it keeps the input and the selection. */
  readonly tried: Tried
  readonly formToken: string
  readonly publicUrl: string
  readonly disk: Meter
  readonly notice: Notice | undefined
}

/** The rejected names, for a new folder and for the selected item; '' for none. */
export interface Tried {
  readonly folderName: string
  readonly newName: string
  /** Ids of files and folders. */
  readonly chosen: ReadonlySet<string>
}

export function myFilesPage (view: MyFilesView): Page {
  const { folder, folders, list, order, place, tried, formToken, notice } = view
  const search = place.q
  const back = html`${formTokenField(formToken)}${placeFields(place)}`
  return words => {
    const { say } = words
    const tick = (id: string) => tried.chosen.has(id) ? html` checked` : html``
    const title = search !== '' ? say('my.found', { text: search }) : folder.id === ROOT_FOLDER ? say('site.myFiles') : html`${folder.name}`
    return sheet(html`${title} – Respace`, html`<div class="wide">
${crumbs(words, view)}
<h1>${title}</h1>
${notice === undefined ? '' : noticeView(words, notice)}
${folder.isShared && search === '' ? html`<p><span class="tag">${say('my.public')}</span> <a href="${folderLink('', folder.id)}">${folderLink(view.publicUrl, folder.id)}</a></p>` : ''}
<div class="row actions">
<a class="button" href="/${folder.id === ROOT_FOLDER ? '' : `?folder=${folder.id}`}">${say('my.upload')}</a>
<form method="get" action="/my" role="search" class="row pair"><input type="search" name="q" value="${search}" aria-label="${say('my.search')}" placeholder="${say('my.search')}" class="grow"><button type="submit" class="plain">${say('my.searchButton')}</button></form>
<form method="post" action="/my" class="row pair">${back}<input name="name" value="${tried.folderName}"${tried.folderName === '' ? '' : html` aria-invalid="true"`} required maxlength="255" aria-label="${say('my.newFolder')}" placeholder="${say('my.newFolder')}" class="grow"><button type="submit" name="act" value="create" class="plain">${say('my.create')}</button></form>
</div>
${folders.length + list.total === 0
    ? html`<p>${search === '' ? say('folder.empty') : say('my.nothingFound')}</p>`
    : html`<form method="post" action="/my" class="card" id="my-files" data-total="${folders.length + list.total}">${back}
<table>
<thead><tr>
<th scope="col" class="tick"><span class="visually-hidden">${say('my.chosen')}</span><input type="checkbox" id="choose-all" class="with-script" aria-label="${say('my.chooseAll')}" title="${say('my.chooseAll')}"></th>${COLUMNS.map(([column, key]) => headerOf(column, say(key), order, placeLink({ ...place, sort: '', page: '' }).replace('/my?', '') + '&'))}
<th scope="col" class="number wide-only">${say('my.downloads')}</th></tr></thead>
<tbody>${list.page === 1 ? folders.map(child => folderRow(words, child, tick(child.id))) : ''}${list.files.map(file => fileRow(words, file, tick(file.id)))}
</tbody>
</table>
${pageLinks(words, list, page => placeLink(place, { page }))}
<p class="quiet with-script" id="chosen" role="status"></p>
${toolbar(words, view)}
</form>`}
${meterView(words, 'account.disk', view.disk)}
<div class="row"><a href="/my/requests">${say('request.heading')}</a> <a href="/my/contacts" class="grow">${say('my.contacts')}</a>
<details class="with-script"><summary>${say('my.keys')}</summary><p class="quiet">${say('my.keysSentence')}</p></details></div>
</div>`, speakingScript('my-files.js', words, 'my'))
  }
}

function crumbs ({ say }: Words, { folder, above, place: { q: search } }: MyFilesView): Html {
  if (folder.id === ROOT_FOLDER && search === '') return html``
  return html`<nav aria-label="${say('folder.breadcrumb')}" class="crumbs"><a href="/my">${say('site.myFiles')}</a> / ${search !== ''
    ? say('my.found', { text: search })
    : html`${above.map(({ id, name }) => html`<a href="/my?folder=${id}">${name}</a> / `)}${folder.name}`}</nav>`
}

function folderRow ({ say }: Words, { id, name, isShared }: Folder, tick: Html): Html {
  return html`
<tr><td class="tick"><input type="checkbox" name="folder_${id}" value="1"${tick} aria-label="${say('my.choose', { name })}"></td>
<td><span class="entry"><span class="kind folder" aria-hidden="true"></span><span><a href="/my?folder=${id}">${name}</a>${isShared ? html` <span class="tag">${say('my.public')}</span>` : ''}</span></span></td>
<td></td><td></td><td></td></tr>`
}

function fileRow (words: Words, file: StoredFile, tick: Html): Html {
  const { say } = words
  const { id, name, size, uploadedAt, downloads, sealedPassword, expiresAt } = file
  return html`
<tr><td class="tick"><input type="checkbox" name="file_${id}" value="1"${tick} aria-label="${say('my.choose', { name })}"></td>
<td><span class="entry">${kindView(name)}<span><a href="${editLink('', file)}">${name}</a>${sealedPassword === null ? '' : html` <span class="tag">${say('folder.password')}</span>`}${expiresAt === null
    ? ''
    : html`<br><small>${say('file.until')} ${timeView(words, expiresAt)}</small>`}</span></span></td>
<td class="number">${words.size(size)}</td><td class="number">${timeView(words, uploadedAt)}</td><td class="number wide-only">${words.number(downloads)}</td></tr>`
}

function toolbar ({ say }: Words, { targets, tried: { newName } }: MyFilesView): Html {
  return html`<div class="row toolbar" role="group" aria-label="${say('my.withChosen')}">
<span class="row pair"><select name="target" aria-label="${say('my.target')}" class="grow"><option value="${ROOT_FOLDER}">${say('site.myFiles')}</option>${targets.map(({ id, path }) => html`<option value="${id}">${path}</option>`)}</select>
<button type="submit" name="act" value="move" class="plain">${say('my.move')}</button></span>
<span class="row pair"><input name="name" value="${newName}"${newName === '' ? '' : html` aria-invalid="true"`} maxlength="255" aria-label="${say('my.newName')}" placeholder="${say('my.newName')}" class="grow">
<button type="submit" name="act" value="rename" class="plain">${say('my.rename')}</button></span>
<button type="submit" formaction="/my/mail" class="plain">${say('my.mail')}</button>
<button type="submit" name="act" value="share" class="plain">${say('my.share')}</button>
<button type="submit" name="act" value="unshare" class="plain">${say('my.unshare')}</button>
<button type="submit" name="act" value="delete" class="danger">${say('my.delete')}</button>
</div>`
}

export interface ConfirmView {
  readonly files: readonly StoredFile[]
  readonly folders: readonly Folder[]
  readonly formToken: string
  /** Where to return to. */
  readonly place: MyPlace
}

/** Asks for confirmation before deleting. */
export function confirmPage ({ files, folders, formToken, place }: ConfirmView): Page {
  return words => {
    const { say } = words
    return sheet(html`${say('my.confirm')} – Respace`, html`<h1>${say('my.confirm')}</h1>
<form method="post" action="/my" class="card">${formTokenField(formToken)}${placeFields(place)}
${folders.map(({ id }) => html`<input type="hidden" name="folder_${id}" value="1">`)}${files.map(({ id }) => html`<input type="hidden" name="file_${id}" value="1">`)}
<ul class="list">${folders.map(({ name }) => html`<li>${say('my.folderWithAll', { name })}</li>`)}${files.map(({ name, size }) => html`<li><span class="grow">${name}</span> <span class="quiet">${words.size(size)}</span></li>`)}</ul>
<p>${say('delete.warning')}</p>
<div class="row"><button type="submit" name="act" value="delete-now" class="danger">${say('my.delete')}</button> <a class="button plain" href="${placeLink(place)}">${say('my.keep')}</a></div>
</form>`)
  }
}
