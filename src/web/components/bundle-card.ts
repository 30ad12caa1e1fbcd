/** The owner's view of a bundle: one link, one QR code, a row for each file, one set of settings. */
import type { Bundle } from '../../domain/files/bundle.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import { bundleLink, folderLink, pageLink } from '../../domain/files/link.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import { html, type Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'
import { kindView, timeView } from './file-view.ts'
import { fieldStates, limitFields, type Unsaved } from './limit-fields.ts'
import { linkView } from './link-view.ts'
import { pageLinks, pageText } from './page-links.ts'
import { noticeView, type Notice } from './share-card.ts'

export interface SharedBundle {
  readonly bundle: Bundle
  /** '' for none. */
  readonly password: string
  /** The address of this server, without a final slash. */
  readonly publicUrl: string
  /** The files of this page, with the path of the folder of each, '' for the bundle itself. */
  readonly files: ReadonlyArray<StoredFile & { readonly path: string }>
  readonly page: number
  readonly pages: number
  /** Of all files; undefined when there are too many to count. */
  readonly sum: { readonly files: number, readonly bytes: number } | undefined
  /** Folders of the owner where files can be moved to; undefined for people who only have the link. */
  readonly folders: ReadonlyArray<{ readonly id: string, readonly path: string }> | undefined
}

/** Scripts find it by `data-bundle`. */
export function bundleCard (words: Words, shared: SharedBundle, notice?: Notice, unsaved?: Unsaved): Html {
  const { say } = words
  const { bundle, publicUrl, files, sum } = shared
  const { id, title, message, expiresAt } = bundle
  const edit = bundleLink('', bundle)
  return html`<article class="card share" data-bundle="${id}" data-file="${id}" data-name="${title}" data-page="${folderLink('', id)}" data-edit="${edit}" aria-label="${title}">
${notice === undefined ? '' : noticeView(words, notice)}
<div class="file summary"><span class="kind folder" aria-hidden="true"></span><div><h2 class="bgray"><b>${title}</b></h2>
<p class="quiet">${sumView(words, sum)}${expiresAt === null ? '' : html` · ${say('file.until')} ${timeView(words, expiresAt)}`}</p></div></div>
${message === '' ? '' : html`<p class="about">${message}</p>`}
${linkView(words, { id, name: title, url: folderLink(publicUrl, id), path: folderLink('', id), greeting: message === '' ? title : message })}
<div class="contents">${files.length === 0
    ? html`<p class="quiet">${say('bundle.empty')}</p>`
    : html`<form method="post" action="${edit}" class="removing"><ul class="list files">${files.map(file => rowOf(words, file, publicUrl))}
</ul></form>${pageLinks(words, shared, query => `${edit}?${pageText(query)}`)}`}</div>
<form method="post" action="${edit}/files" enctype="multipart/form-data" class="row adding">
<input type="file" name="userfile" multiple required class="without-script grow" aria-label="${say('bundle.add')}"><button type="submit" class="plain without-script">${say('bundle.add')}</button>
<button type="button" class="plain with-script" data-add="files">${say('bundle.add')}</button><button type="button" class="plain with-script" data-add="folder">${say('bundle.addFolder')}</button>
</form>
<details class="more"${notice?.isError ? html` open` : ''}><summary>${say('bundle.settings')}</summary>
${settingsForm(words, shared, unsaved)}
</details>
<details class="more"><summary>${say('card.later')}</summary>
<p class="quiet">${say('bundle.keep')}</p>
<div class="field"><label for="edit-${id}">${say('card.toChange')}</label>
<input readonly id="edit-${id}" value="${bundleLink(publicUrl, bundle)}"></div>
<div class="field"><label for="delete-${id}">${say('card.toDelete')}</label>
<input readonly id="delete-${id}" value="${bundleLink(publicUrl, bundle)}/delete"></div>
<a class="button danger" href="${edit}/delete">${say('card.delete')}</a>
</details>
</article>`
}

/** How many files there are, and how large they are together. */
export function sumView (words: Words, sum: SharedBundle['sum']): Html {
  return sum === undefined ? words.say('bundle.many') : words.say('bundle.sum', { files: words.count('bundle.files', sum.files), size: words.size(sum.bytes) })
}

function rowOf (words: Words, { id, name, size, path }: StoredFile & { readonly path: string }, publicUrl: string): Html {
  const { say } = words
  return html`
<li data-file="${id}">${kindView(name)}<span class="grow">${path === '' ? '' : html`<small>${path} / </small>`}<a href="${pageLink('', id)}">${name}</a></span> <span class="quiet">${words.size(size)}</span>
<button type="button" class="bare with-script" data-copy-text="${pageLink(publicUrl, id)}" aria-label="${say('bundle.copyFile', { name })}">${say('card.copy')}</button>
<button type="submit" class="bare" name="remove" value="${id}" data-confirm="${say('bundle.removeSentence', { name })}" aria-label="${say('bundle.removeFile', { name })}">${say('bundle.remove')}</button></li>`
}

function settingsForm (words: Words, { bundle, password, folders }: SharedBundle, unsaved: Unsaved | undefined): Html {
  const { say } = words
  const { id } = bundle
  const { valueOf, mark, problem } = fieldStates(words, unsaved)
  const places = folders && [[ROOT_FOLDER, say('site.myFiles')] as const, ...folders.map(folder => [folder.id, folder.path] as const)]
  return html`<form method="post" action="${bundleLink('', bundle)}" class="settings">
<div class="field"><label for="title-${id}">${say('bundle.title')}</label>
<input id="title-${id}" name="title" value="${valueOf('title', bundle.title)}" required maxlength="255"${mark('title')}>${problem('title')}</div>
<div class="field"><label for="message-${id}">${say('bundle.message')}</label>
<textarea id="message-${id}" name="message"${mark('message')}>${valueOf('message', bundle.message)}</textarea>${problem('message')}</div>
<div class="fields">
${limitFields(words, { ...bundle, password }, places, unsaved, 'bundle.downloads')}
</div>
<p class="quiet">${say('bundle.downloadsHint')}</p>
<button type="submit">${say('card.save')}</button>
</form>`
}
