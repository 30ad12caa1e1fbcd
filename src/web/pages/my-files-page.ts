/** A user's files and folders: a page where they are uploaded, found and changed. */
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import { folderLink } from '../../domain/files/link.ts'
import { meterView } from './account-page.ts'
import { html, type Html } from '../html.ts'
import { formTokenField, sheet, speakingScript, type Page } from '../components/layout.ts'
import { placeFields, placeLink } from '../components/list-url.ts'
import { progressView } from '../components/progress-view.ts'
import { noticeView } from '../components/share-card.ts'
import type { Words } from '../i18n/words.ts'
import { listForm, rowMenu } from './my-files-list.ts'
import type { MyFilesView } from './my-files-view.ts'

export function myFilesPage (view: MyFilesView): Page {
  const { folder, total, place, formToken, notice } = view
  const search = place.q
  const back = html`${formTokenField(formToken)}${placeFields(place)}`
  return words => {
    const { say } = words
    const here = folder.id === ROOT_FOLDER ? say('site.myFiles') : html`${folder.name}`
    const title = search === '' ? here : say('my.found', { text: search })
    return sheet(html`${title} – ${words.site}`, html`<div class="wide">
${crumbs(words, view)}
<h1>${title}</h1>
${notice === undefined ? '' : noticeView(words, notice)}
${view.undo === '' ? '' : html`<form method="post" action="/my" class="undo">${back}<input type="hidden" name="undo" value="${view.undo}"><button type="submit" name="act" value="undo" class="plain" id="undo">${say('my.undo')}</button></form>`}
${view.isCut ? html`<p class="quiet">${say('my.foundSome', { count: words.number(view.list.total) })}</p>` : ''}
${folder.isShared && search === '' ? html`<p><span class="tag">${say('my.public')}</span> <a href="${folderLink('', folder.id)}">${folderLink(view.publicUrl, folder.id)}</a></p>` : ''}
${tools(words, view, back)}
${progressView(words)}
<div id="my-list" data-folder="${folder.id}" data-name="${here}" data-account="${view.userName}" data-max-size="${view.maxFileSize}">
${total === 0 ? emptyView(words, view) : html`${viewLinks(words, view)}${listForm(words, view, back)}`}
${meterView(words, 'account.disk', view.disk)}
</div>
${total === 0 ? '' : html`<details class="with-script more"><summary>${say('my.keys')}</summary><p class="quiet">${say('my.keysSentence')}</p></details>`}
<p><a href="/my/contacts">${say('my.contacts')}</a></p>
${rowMenu(words, view, back)}
<div id="drop-target" class="drop-target" hidden aria-hidden="true"></div>
</div>`, speakingScript('my-files.js', words, 'my', 'upload'))
  }
}

/** Uploading, searching, a new folder. */
function tools ({ say }: Words, { folder, place, tried: { folderName } }: MyFilesView, back: Html): Html {
  const search = place.q
  return html`<div class="row actions">
<div class="row uploading"><a class="button without-script" href="/${folder.id === ROOT_FOLDER ? '' : `?folder=${folder.id}`}">${say('my.upload')}</a>
<button type="button" class="with-script" id="choose-files">${say('my.upload')}</button>
<button type="button" class="plain with-script" id="choose-folder">${say('my.uploadFolder')}</button>
<input type="file" id="chosen-files" multiple hidden><input type="file" id="chosen-folder" webkitdirectory hidden></div>
<form method="get" action="/my" role="search" class="row pair"><input type="search" name="q" value="${search}" aria-label="${say('my.search')}" placeholder="${say('my.search')}" class="grow"><button type="submit" class="plain">${say('my.searchButton')}</button></form>
<form method="post" action="/my" class="row pair">${back}<input name="name" value="${folderName}"${folderName === '' ? '' : html` aria-invalid="true"`} required maxlength="255" aria-label="${say('my.newFolder')}" placeholder="${say('my.newFolder')}" class="grow"><button type="submit" name="act" value="create" class="plain">${say('my.create')}</button></form>
</div>`
}

/** The two ways to look at the list; the choice is remembered. */
function viewLinks ({ say }: Words, { place, isGrid }: MyFilesView): Html {
  const link = (view: 'list' | 'grid', label: Html) =>
    html`<a href="${placeLink(place)}&amp;view=${view}"${isGrid === (view === 'grid') ? html` aria-current="true"` : ''}>${label}</a>`
  return html`<p class="tabs views">${link('list', say('my.asList'))} ${link('grid', say('my.asGrid'))}</p>`
}

/** What to do when there is nothing. */
function emptyView ({ say }: Words, { place, folder }: MyFilesView): Html {
  if (place.q !== '') return html`<div class="card empty"><h2>${say('my.nothingFound')}</h2><p>${say('my.searchAbout')}</p><p><a href="/my">${say('my.showAll')}</a></p></div>`
  return html`<div class="card empty"><span class="kind folder" aria-hidden="true"></span><h2>${folder.id === ROOT_FOLDER ? say('my.nothingYet') : say('my.emptyHeading')}</h2>
<p class="with-script">${say('my.emptyDrop')}</p><p class="without-script">${say('my.emptyUpload')}</p></div>`
}

function crumbs ({ say }: Words, { folder, above, place: { q: search } }: MyFilesView): Html {
  if (folder.id === ROOT_FOLDER && search === '') return html``
  return html`<nav aria-label="${say('folder.breadcrumb')}" class="crumbs"><a href="/my">${say('site.myFiles')}</a> / ${search !== ''
    ? say('my.found', { text: search })
    : html`${above.map(({ id, name }) => html`<a href="/my?folder=${id}">${name}</a> / `)}${folder.name}`}</nav>`
}
