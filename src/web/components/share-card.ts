/** The owner's view of a file: the link first, then the settings. */
import type { StoredFile } from '../../domain/files/file.ts'
import { BLOCK, DELETE, MOVE } from '../../domain/files/file-limit.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import { deleteLink, editLink, pageLink } from '../../domain/files/link.ts'
import { fileView, timeView } from './file-view.ts'
import { html, Html } from '../html.ts'
import { problemMark, problemView } from './problem-view.ts'
import type { Sentence, Words } from '../i18n/words.ts'

export interface SharedFile {
  readonly file: StoredFile
  /** '' for none. */
  readonly password: string
  /** The address of this server, without a final slash. */
  readonly publicUrl: string
  /** The owner's folders below the root, with their paths; undefined for files without an owner. */
  readonly folders: ReadonlyArray<{ readonly id: string, readonly path: string }> | undefined
}

/** A form that was not saved: it keeps the input, with an error message at the field. */
export interface Unsaved {
  readonly typed: ReadonlyMap<string, string>
  readonly field: string
  readonly problem: Sentence
}

export interface Notice {
  readonly isError: boolean
  readonly sentence: Sentence
}

/** One for each file; scripts find it by `data-file`. */
export function shareCard (words: Words, shared: SharedFile, notice?: Notice, unsaved?: Unsaved): Html {
  const { say } = words
  const { file, publicUrl } = shared
  const pageUrl = pageLink(publicUrl, file.id)
  const mail = `mailto:?subject=${encodeURIComponent(file.name)}&body=${encodeURIComponent(`${file.name}\n${pageUrl}\n`)}`
  return html`<article class="card share" data-file="${file.id}" data-name="${file.name}" data-page="${pageLink('', file.id)}" data-edit="${editLink('', file)}" aria-label="${file.name}">
${notice === undefined ? '' : noticeView(words, notice)}
${fileView(words, file)}
<p class="quiet">${words.count('card.downloaded', file.downloads)}</p>
<div class="link">
<input readonly id="link-${file.id}" value="${pageUrl}" aria-label="${say('card.link', { name: file.name })}">
<button type="button" class="with-script" data-copy="link-${file.id}">${say('card.copy')}</button>
</div>
<div class="row actions">
<a class="button plain" href="${pageLink('', file.id)}">${say('card.open')}</a>
<a class="button plain" href="${mail}">${say('card.mail')}</a>
<button type="button" class="plain" hidden data-share="${pageUrl}" data-title="${file.name}">${say('card.share')}</button>
</div>
<details class="more"><summary>${say('card.qr')}</summary>
<img class="qr" src="/file/${file.id}/qr.svg" alt="${say('card.qrOf', { name: file.name })}" width="176" height="176" loading="lazy">
</details>
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

const HOUR = 3600
const DAY = 24 * HOUR
const TIMES = [
  [0, 'card.never'], [HOUR, 'card.anHour'], [DAY, 'card.aDay'], [7 * DAY, 'card.aWeek'], [30 * DAY, 'card.aMonth'], [365 * DAY, 'card.aYear']
] as const

const ACTIONS = [
  [BLOCK, 'card.block'], [DELETE, 'card.remove'], [MOVE, 'card.move']
] as const

/** The fields are parameters of files.setInfo; a time limit of `keep` does not change it. */
function settingsForm (words: Words, { file, password, folders }: SharedFile, unsaved: Unsaved | undefined): Html {
  const { say, time } = words
  const id = (name: string) => `${name}-${file.id}`
  const valueOf = (name: string, stored: string | number) => unsaved?.typed.get(name) ?? String(stored)
  const mark = (name: string) => problemMark(name, unsaved?.field === name)
  const problem = (name: string) => problemView(words, name, unsaved?.field === name ? unsaved.problem : undefined)
  const actions = ACTIONS.filter(([action]) => action !== MOVE || folders !== undefined).map(([action, key]) => [action, say(key)] as const)
  const places = folders && [[ROOT_FOLDER, say('site.myFiles')] as const, ...folders.map(({ id, path }) => [id, path] as const)]
  return html`<form method="post" action="${editLink('', file)}" class="settings">
<div class="fields">
<div class="field"><label for="${id('name')}">${say('card.name')}</label>
<input id="${id('name')}" name="name" value="${valueOf('name', file.name)}" required maxlength="255" spellcheck="false"${mark('name')}>${problem('name')}</div>
<div class="field"><label for="${id('password')}">${say('card.password')}</label>
<input id="${id('password')}" name="password" value="${valueOf('password', password)}" autocomplete="off" spellcheck="false" placeholder="${say('card.noPassword')}"${mark('password')}>${problem('password')}</div>
<div class="field"><label for="${id('time')}">${say('card.expires')}</label>
<select id="${id('time')}" name="time_limit">${file.expiresAt === null
? ''
: html`
<option value="keep"${(unsaved?.typed.get('time_limit') ?? 'keep') === 'keep' ? html` selected` : ''}>${say('card.asItIs', { time: time(file.expiresAt) })}</option>`}${TIMES.map(([seconds, key]) => html`
<option value="${seconds}"${unsaved?.typed.get('time_limit') === String(seconds) ? html` selected` : ''}>${say(key)}</option>`)}
</select></div>
<div class="field"><label for="${id('downloads')}">${say('card.downloads')}</label>
<input id="${id('downloads')}" name="downloads_limit" type="number" min="0" inputmode="numeric" value="${valueOf('downloads_limit', file.downloadLimit ?? '')}" placeholder="${say('card.anyNumber')}"${mark('downloads_limit')}>${problem('downloads_limit')}</div>
<div class="field"><label for="${id('action')}">${say('card.atLimit')}</label>
<select id="${id('action')}" name="limit_action">${options(actions, valueOf('limit_action', file.limitAction ?? BLOCK))}
</select></div>
${places === undefined
    ? ''
    : html`<div class="field"><label for="${id('target')}">${say('card.target')}</label>
<select id="${id('target')}" name="limit_action_to_folder">${options(places, valueOf('limit_action_to_folder', file.limitActionFolderId ?? ROOT_FOLDER))}
</select></div>
<div class="field"><label for="${id('folder')}">${say('card.folder')}</label>
<select id="${id('folder')}" name="folder_id">${options(places, valueOf('folder_id', file.folderId))}
</select></div>`}
</div>
<div class="field"><label for="${id('about')}">${say('card.description')}</label>
<textarea id="${id('about')}" name="description"${mark('description')}>${valueOf('description', file.description)}</textarea>${problem('description')}</div>
<button type="submit">${say('card.save')}</button>
</form>`
}

function options (choices: ReadonlyArray<readonly [string | number, string | Html]>, chosen: string): readonly Html[] {
  return choices.map(([value, label]) => html`
<option value="${value}"${String(value) === chosen ? html` selected` : ''}>${label}</option>`)
}

/** How long it is available, in words. */
export function limitsView (words: Words, { expiresAt, downloadLimit, downloads }: StoredFile): Html {
  if (expiresAt === null && downloadLimit === null) return html``
  return html`<dl class="facts">
${expiresAt === null ? '' : html`<div><dt>${words.say('file.until')}</dt><dd>${timeView(words, expiresAt)}</dd></div>`}
${downloadLimit === null ? '' : html`<div><dt>${words.say('file.left')}</dt><dd>${Math.max(0, downloadLimit - downloads)}</dd></div>`}
</dl>`
}
