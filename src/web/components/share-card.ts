/** The owner's view of a file: the link first, then the settings. */
import type { StoredFile } from '../../domain/files/file.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import { deleteLink, editLink, pageLink } from '../../domain/files/link.ts'
import { fileView, timeView } from './file-view.ts'
import { html, type Html } from '../html.ts'
import { fieldStates, limitFields, options, type Unsaved } from './limit-fields.ts'
import { linkView } from './link-view.ts'
import type { Sentence, Words } from '../i18n/words.ts'

export interface SharedFile {
  readonly file: StoredFile
  /** '' for none; undefined when it is that of a bundle, which is changed there. */
  readonly password: string | undefined
  /** The address of this server, without a final slash. */
  readonly publicUrl: string
  /** The owner's folders below the root, with their paths; undefined for files without an owner. */
  readonly folders: ReadonlyArray<{ readonly id: string, readonly path: string }> | undefined
}

export interface Notice {
  readonly isError: boolean
  readonly sentence: Sentence
}

/** One for each file; scripts find it by `data-file`. */
export function shareCard (words: Words, shared: SharedFile, notice?: Notice, unsaved?: Unsaved): Html {
  const { say } = words
  const { file, publicUrl } = shared
  return html`<article class="card share" data-file="${file.id}" data-name="${file.name}" data-page="${pageLink('', file.id)}" data-edit="${editLink('', file)}" aria-label="${file.name}">
${notice === undefined ? '' : noticeView(words, notice)}
${fileView(words, file)}
${file.downloads === 0 ? '' : html`<p class="quiet">${words.count('card.downloaded', file.downloads)}</p>`}
${linkView(words, { id: file.id, name: file.name, url: pageLink(publicUrl, file.id), path: pageLink('', file.id), greeting: file.name })}
<details class="more"${notice?.isError ? html` open` : ''}><summary>${say('card.settings')}</summary>
${settingsForm(words, shared, unsaved)}
</details>
<details class="more"><summary>${say('card.later')}</summary>
<p class="quiet">${say('card.keep')}</p>
<div class="field"><label for="edit-${file.id}">${say('card.toChange')}</label>
<input readonly id="edit-${file.id}" value="${editLink(publicUrl, file)}"></div>
<div class="field"><label for="delete-${file.id}">${say('card.toDelete')}</label>
<input readonly id="delete-${file.id}" value="${deleteLink(publicUrl, file)}"></div>
<a class="button danger" href="${deleteLink('', file)}">${say('card.delete')}</a>
</details>
</article>`
}

/** The links of several files, hidden for one; on the start page a script fills it. */
export function allLinksView ({ say }: Words, links: readonly string[]): Html {
  return html`<section id="all-links" class="card"${links.length < 2 ? html` hidden` : ''} aria-label="${say('home.allLinks')}">
<div class="row"><h2 class="grow">${say('home.allLinks')}</h2><button type="button" class="with-script" data-copy="all-links-text">${say('home.copyAll')}</button></div>
<textarea readonly id="all-links-text" aria-label="${say('home.allLinks')}" spellcheck="false">${links.join('\n')}</textarea>
</section>`
}

/** The result of a form. */
export function noticeView (words: Words, { isError, sentence }: Notice): Html {
  return isError ? html`<div class="msg error" role="alert">${sentence(words)}</div>` : html`<div class="msg" role="status">${sentence(words)}</div>`
}

/** The fields are parameters of files.setInfo. */
function settingsForm (words: Words, { file, password, folders }: SharedFile, unsaved: Unsaved | undefined): Html {
  const { say } = words
  const id = (name: string) => `${name}-${file.id}`
  const { valueOf, mark, problem } = fieldStates(words, unsaved)
  const places = folders && [[ROOT_FOLDER, say('site.myFiles')] as const, ...folders.map(({ id, path }) => [id, path] as const)]
  return html`<form method="post" action="${editLink('', file)}" class="settings">
<div class="fields">
<div class="field"><label for="${id('name')}">${say('card.name')}</label>
<input id="${id('name')}" name="name" value="${valueOf('name', file.name)}" required maxlength="255" spellcheck="false"${mark('name')}>${problem('name')}</div>
${limitFields(words, { ...file, password }, places, unsaved, 'card.downloads')}
${places === undefined
    ? ''
    : html`<div class="field"><label for="${id('folder')}">${say('card.folder')}</label>
<select id="${id('folder')}" name="folder_id">${options(places, valueOf('folder_id', file.folderId))}
</select></div>`}
</div>
<div class="field"><label for="${id('about')}">${say('card.description')}</label>
<textarea id="${id('about')}" name="description"${mark('description')}>${valueOf('description', file.description)}</textarea>${problem('description')}</div>
<button type="submit">${say('card.save')}</button>
</form>`
}

/** How long it is available, in words. */
export function limitsView (words: Words, { expiresAt, downloadLimit, downloads }: StoredFile): Html {
  if (expiresAt === null && downloadLimit === null) return html``
  return html`<dl class="facts">
${expiresAt === null ? '' : html`<div><dt>${words.say('file.until')}</dt><dd>${timeView(words, expiresAt)}</dd></div>`}
${downloadLimit === null ? '' : html`<div><dt>${words.say('file.left')}</dt><dd>${Math.max(0, downloadLimit - downloads)}</dd></div>`}
</dl>`
}
