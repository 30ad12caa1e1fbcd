/** The list of one's own files, as one form: what is ticked can be moved, renamed, shared, mailed or deleted. */
import { MOST_COUNTED, type Folder } from '../../domain/files/folder.ts'
import { editLink, folderLink, pageLink } from '../../domain/files/link.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import { agoView, kindView, timeView } from '../components/file-view.ts'
import { placeLink } from '../components/list-url.ts'
import { pageLinks } from '../components/page-links.ts'
import { html, type Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'
import { COLUMNS, headerOf } from './folder-page.ts'
import type { Content, MyFilesView } from './my-files-view.ts'

/** The form with the list and what can be done with what is ticked. `back` has the fields with which a form returns here. */
export function listForm (words: Words, view: MyFilesView, back: Html): Html {
  const { folders, contents, list, order, place, publicUrl, isGrid, tried: { chosen } } = view
  const { say } = words
  const tick = (id: string) => chosen.has(id) ? html` checked` : html``
  return html`<form method="post" action="/my" class="card" id="my-files" data-total="${view.total}" data-file-links="${pageLink(publicUrl, '')}" data-folder-links="${folderLink(publicUrl, '')}">${back}
<table${isGrid ? html` class="as-grid"` : ''}>
<thead><tr>
<th scope="col" class="tick"><span class="visually-hidden">${say('my.chosen')}</span><input type="checkbox" id="choose-all" class="with-script" aria-label="${say('my.chooseAll')}" title="${say('my.chooseAll')}"></th>${COLUMNS.map(([column, key]) => headerOf(column, say(key), order, placeLink({ ...place, sort: '', page: '' }).replace('/my?', '') + '&'))}
<th scope="col" class="number wide-only">${say('my.downloads')}</th><td class="with-script"></td></tr></thead>
<tbody>${folders.map(child => folderRow(words, child, contents.get(child.id), tick(child.id)))}${list.files.map(file => fileRow(words, file, tick(file.id)))}
</tbody>
</table>
${pageLinks(words, list, query => placeLink(place, query))}
${bulkBar(words, view)}
</form>`
}

function folderRow (words: Words, { id, name, isShared }: Folder, content: Content | undefined, tick: Html): Html {
  const { say } = words
  return html`
<tr><td class="tick"><input type="checkbox" name="folder_${id}" value="1"${tick} aria-label="${say('my.choose', { name })}"></td>
<td><span class="entry"><span class="kind folder" aria-hidden="true"></span><span><a href="/my?folder=${id}">${name}</a>${isShared ? html` <span class="tag">${say('my.public')}</span>` : ''}<br><small>${contentText(words, content)}</small></span></span></td>
<td></td><td></td><td class="wide-only"></td>${menuCell(words, name)}</tr>`
}

/** `12 files, 3 folders`. */
function contentText (words: Words, content: Content | undefined): Html {
  const { files, folders } = content ?? { files: 0, folders: 0 }
  if (files + folders === 0) return words.say('my.emptyFolder')
  const some = [
    ...files > 0 ? [amount(words, 'my.files', 'my.manyFiles', files)] : [],
    ...folders > 0 ? [amount(words, 'my.folders', 'my.manyFolders', folders)] : []
  ]
  return html`${some.map((text, i) => html`${i === 0 ? '' : ', '}${text}`)}`
}

const amount = (words: Words, key: 'my.files' | 'my.folders', many: 'my.manyFiles' | 'my.manyFolders', count: number): Html =>
  count > MOST_COUNTED ? words.say(many, { count: words.number(MOST_COUNTED) }) : words.count(key, count)

type ListedFile = MyFilesView['list']['files'][number]

function fileRow (words: Words, file: ListedFile, tick: Html): Html {
  const { say } = words
  const { id, name, size, uploadedAt, downloads, sealedPassword, expiresAt } = file
  return html`
<tr data-size="${size}"><td class="tick"><input type="checkbox" name="file_${id}" value="1"${tick} aria-label="${say('my.choose', { name })}"></td>
<td><span class="entry">${iconOf(file)}<span><a href="${editLink('', file)}">${name}</a>${sealedPassword === null ? '' : html` <span class="tag">${say('folder.password')}</span>`}${expiresAt === null
    ? ''
    : html`<br><small>${say('file.until')} ${timeView(words, expiresAt)}</small>`}</span></span></td>
<td class="number">${words.size(size)}</td><td class="number">${agoView(words, uploadedAt)}</td><td class="number wide-only">${words.number(downloads)}</td>${menuCell(words, name)}</tr>`
}

/** The kind of a file, below its thumbnail: one that cannot be had leaves the kind visible. */
function iconOf ({ name, picture }: ListedFile): Html {
  if (picture === '') return kindView(name)
  return html`<span class="thumb">${kindView(name)}<img src="${picture}" alt="" loading="lazy" decoding="async" draggable="false"></span>`
}

/** Scripts open the menu of all rows there. Everything in it can be done without them, too. */
const menuCell = ({ say }: Words, name: string): Html =>
  html`<td class="menu with-script"><button type="button" class="bare" aria-haspopup="menu" aria-label="${say('my.actions', { name })}">⋯</button></td>`

/** Scripts show it only while something is ticked, and ask for a target or a name in a dialog. */
function bulkBar ({ say }: Words, { targets, tried: { newName } }: MyFilesView): Html {
  return html`<div class="bulk" id="bulk" role="group" aria-label="${say('my.withChosen')}">
<span class="with-script" id="chosen"></span>
<div class="row">
<span class="row pair without-script"><select name="target" aria-label="${say('my.target')}" class="grow"><option value="${ROOT_FOLDER}">${say('site.myFiles')}</option>${targets.map(({ id, path }) => html`<option value="${id}">${path}</option>`)}</select>
<button type="submit" name="act" value="move" class="plain">${say('my.move')}</button></span>
<span class="row pair without-script"><input name="name" value="${newName}"${newName === '' ? '' : html` aria-invalid="true"`} maxlength="255" aria-label="${say('my.newName')}" placeholder="${say('my.newName')}" class="grow">
<button type="submit" name="act" value="rename" class="plain">${say('my.rename')}</button></span>
<button type="button" class="plain with-script" data-ask="move">${say('my.moveTo')}</button>
<button type="button" class="plain with-script" data-ask="rename">${say('my.renameTo')}</button>
<button type="submit" formaction="/my/mail" class="plain" data-act="mail">${say('my.mail')}</button>
<button type="submit" name="act" value="share" class="plain for-folders">${say('my.share')}</button>
<button type="submit" name="act" value="unshare" class="plain for-folders">${say('my.unshare')}</button>
<button type="submit" name="act" value="delete" class="danger">${say('my.delete')}</button>
<button type="button" class="bare with-script" id="choose-none">${say('my.chooseNone')}</button>
</div></div>`
}

/** The menu of a row, which scripts open and fill, and the dialogs that it and the bar open. */
export function rowMenu ({ say }: Words, { tried: { newName } }: MyFilesView, back: Html): Html {
  return html`<div id="row-menu" class="menu-list" popover hidden role="menu" aria-label="${say('my.menu')}">
<button type="button" role="menuitem" data-do="copy">${say('card.copy')}</button>
<a role="menuitem" data-do="open">${say('my.open')}</a>
<a role="menuitem" data-do="settings">${say('my.settings')}</a>
<button type="button" role="menuitem" data-do="rename">${say('my.renameTo')}</button>
<button type="button" role="menuitem" data-do="move">${say('my.moveTo')}</button>
<button type="button" role="menuitem" data-do="mail">${say('my.mail')}</button>
<button type="button" role="menuitem" data-do="share">${say('my.share')}</button>
<button type="button" role="menuitem" data-do="unshare">${say('my.unshare')}</button>
<button type="button" role="menuitem" data-do="delete">${say('my.deleteThis')}</button>
</div>
${askDialog('rename', say('my.renameTo'), html`<input name="name" value="${newName}" required maxlength="255" aria-label="${say('my.newName')}" spellcheck="false">`, say('my.rename'))}
${askDialog('move', say('my.moveTo'), html`<select name="target" aria-label="${say('my.target')}"></select>`, say('my.move'))}`

  function askDialog (act: string, title: Html, field: Html, label: Html): Html {
    return html`<dialog id="${act}-dialog" aria-labelledby="${act}-title"><form method="post" action="/my">${back}<span class="items"></span>
<h2 id="${act}-title">${title}</h2><p class="quiet about-items"></p>
<div class="field">${field}</div>
<div class="row"><button type="submit" name="act" value="${act}">${label}</button><button type="button" class="plain" data-close>${say('my.cancel')}</button></div></form></dialog>`
  }
}
