/** What its owner sees of a file: the link first, then everything that can still be changed. */
import type { StoredFile } from '../domain/file.ts'
import { BLOCK, DELETE, MOVE } from '../domain/file-limit.ts'
import { deleteLink, editLink, pageLink } from '../domain/link.ts'
import { fileView, timeView } from './file-view.ts'
import { html, Html } from './html.ts'

export interface SharedFile {
  readonly file: StoredFile
  /** '' for none. */
  readonly password: string
  /** The address clients reach us by, without a final slash. */
  readonly publicUrl: string
  /** Folders it could lie in or be moved to, with their paths; empty for a file of nobody. */
  readonly folders: ReadonlyArray<{ readonly id: string, readonly path: string }>
}

export interface Notice {
  readonly isError: boolean
  readonly sentence: string
}

/** One for each file; scripts find it by `data-file`. */
export function shareCard (shared: SharedFile, notice?: Notice): Html {
  const { file, publicUrl } = shared
  const pageUrl = pageLink(publicUrl, file.id)
  const mail = `mailto:?subject=${encodeURIComponent(file.name)}&body=${encodeURIComponent(`${file.name}\n${pageUrl}\n`)}`
  return html`<article class="card share" data-file="${file.id}" data-name="${file.name}" data-page="${pageLink('', file.id)}" data-edit="${editLink('', file)}" aria-label="${file.name}">
${notice === undefined ? '' : noticeView(notice)}
${fileView(file)}
<div class="link">
<input readonly id="link-${file.id}" value="${pageUrl}" aria-label="Link to ${file.name}">
<button type="button" class="with-script" data-copy="link-${file.id}">Copy link</button>
</div>
<div class="row actions">
<a class="button plain" href="${pageLink('', file.id)}">Open</a>
<a class="button plain" href="${mail}">E-mail</a>
<button type="button" class="plain" hidden data-share="${pageUrl}" data-title="${file.name}">Share…</button>
</div>
<details class="more"><summary>QR code</summary>
<img class="qr" src="/file/${file.id}/qr.svg" alt="QR code of the link to ${file.name}" width="176" height="176" loading="lazy">
</details>
<details class="more"${notice?.isError ? html` open` : ''}><summary>Password, expiry, description</summary>
${settingsForm(shared)}
</details>
<details class="more"><summary>Change or delete it later</summary>
<p class="quiet">Keep these two links for yourself: whoever has them can change or delete the file.</p>
<div class="field"><label for="edit-${file.id}">To change it</label>
<input readonly id="edit-${file.id}" value="${editLink(publicUrl, file)}"></div>
<div class="field"><label for="delete-${file.id}">To delete it</label>
<input readonly id="delete-${file.id}" value="${deleteLink(publicUrl, file)}"></div>
<a class="button danger" href="${deleteLink('', file)}">Delete…</a>
</details>
</article>`
}

/** What became of a form. */
export function noticeView ({ isError, sentence }: Notice): Html {
  return isError ? html`<div class="msg error" role="alert">${sentence}</div>` : html`<div class="msg" role="status">${sentence}</div>`
}

const HOUR = 3600
const DAY = 24 * HOUR
const TIMES: ReadonlyArray<readonly [number, string]> = [
  [0, 'Never'], [HOUR, 'After an hour'], [DAY, 'After a day'], [7 * DAY, 'After a week'], [30 * DAY, 'After 30 days'], [365 * DAY, 'After a year']
]

const ACTIONS: ReadonlyArray<readonly [number, string]> = [
  [BLOCK, 'Close the link'], [DELETE, 'Delete the file'], [MOVE, 'Move the file to a folder']
]

/** The fields are parameters of files.setInfo; a time limit of `keep` leaves it as it is. */
function settingsForm ({ file, password, folders }: SharedFile): Html {
  const id = (name: string) => `${name}-${file.id}`
  const actions = ACTIONS.filter(([action]) => action !== MOVE || folders.length > 0)
  return html`<form method="post" action="${editLink('', file)}" class="settings">
<div class="fields">
<div class="field"><label for="${id('password')}">Password</label>
<input id="${id('password')}" name="password" value="${password}" autocomplete="off" spellcheck="false" placeholder="None"></div>
<div class="field"><label for="${id('time')}">Expires</label>
<select id="${id('time')}" name="time_limit">${file.expiresAt === null
? ''
: html`
<option value="keep" selected>As it is: ${new Date(file.expiresAt).toISOString().slice(0, 16).replace('T', ' ')} UTC</option>`}${TIMES.map(([seconds, label]) => html`
<option value="${seconds}">${label}</option>`)}
</select></div>
<div class="field"><label for="${id('downloads')}">Downloads allowed</label>
<input id="${id('downloads')}" name="downloads_limit" type="number" min="0" inputmode="numeric" value="${file.downloadLimit ?? ''}" placeholder="Any number"></div>
<div class="field"><label for="${id('action')}">When a limit is reached</label>
<select id="${id('action')}" name="limit_action">${options(actions, file.limitAction ?? BLOCK)}
</select></div>
${folders.length === 0
    ? ''
    : html`<div class="field"><label for="${id('target')}">Folder to move it to then</label>
<select id="${id('target')}" name="limit_action_to_folder">${options(pairs(folders), file.limitActionFolderId ?? '0')}
</select></div>
<div class="field"><label for="${id('folder')}">Folder</label>
<select id="${id('folder')}" name="folder_id">${options(pairs(folders), file.folderId)}
</select></div>`}
</div>
<div class="field"><label for="${id('about')}">Description</label>
<textarea id="${id('about')}" name="description">${file.description}</textarea></div>
<button type="submit">Save</button>
</form>`
}

const pairs = (folders: SharedFile['folders']) => folders.map(({ id, path }) => [id, path] as const)

function options (choices: ReadonlyArray<readonly [string | number, string]>, chosen: string | number): readonly Html[] {
  return choices.map(([value, label]) => html`
<option value="${value}"${value === chosen ? html` selected` : ''}>${label}</option>`)
}

/** How long it is there, in words. */
export function limitsView ({ expiresAt, downloadLimit, downloads }: StoredFile): Html {
  if (expiresAt === null && downloadLimit === null) return html``
  return html`<dl class="facts">
${expiresAt === null ? '' : html`<div><dt>Available until</dt><dd>${timeView(expiresAt)}</dd></div>`}
${downloadLimit === null ? '' : html`<div><dt>Downloads left</dt><dd>${Math.max(0, downloadLimit - downloads)}</dd></div>`}
</dl>`
}
