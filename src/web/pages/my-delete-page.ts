/** Asks before files and folders are deleted, and names what goes. */
import type { StoredFile } from '../../domain/files/file.ts'
import type { Folder } from '../../domain/files/folder.ts'
import { formTokenField, sheet, type Page } from '../components/layout.ts'
import { placeFields, placeLink, type MyPlace } from '../components/list-url.ts'
import { html, type Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'

export interface DoomedFolder extends Folder {
  /** Everything in it and below. */
  readonly files: number
  readonly bytes: number
}

export interface ConfirmView {
  /** The names that are shown. */
  readonly files: readonly StoredFile[]
  readonly folders: readonly DoomedFolder[]
  /** All that was chosen, by the fields of the form. */
  readonly fields: readonly string[]
  /** Everything that would be gone. */
  readonly all: { readonly files: number, readonly folders: number, readonly bytes: number }
  readonly formToken: string
  /** Where to return to. */
  readonly place: MyPlace
}

export function confirmPage ({ files, folders, fields, all, formToken, place }: ConfirmView): Page {
  const others = fields.length - files.length - folders.length
  return words => {
    const { say } = words
    return sheet(html`${say('my.confirm')} – ${words.site}`, html`<h1>${say('my.confirm')}</h1>
<form method="post" action="/my" class="card">${formTokenField(formToken)}${placeFields(place)}
${fields.map(name => html`<input type="hidden" name="${name}" value="1">`)}
<ul class="list">${folders.map(folder => html`<li><span class="grow">${say('my.folderWithAll', { name: folder.name })}</span> <span class="quiet">${words.count('my.files', folder.files)}, ${words.size(folder.bytes)}</span></li>`)}${files.map(({ name, size }) => html`<li><span class="grow">${name}</span> <span class="quiet">${words.size(size)}</span></li>`)}${others === 0 ? '' : html`<li><span class="quiet">${words.count('my.others', others)}</span></li>`}</ul>
<p><b>${totalText(words, all)}</b></p>
<p>${say('delete.warning')}</p>
<div class="row"><button type="submit" name="act" value="delete-now" class="danger">${say('my.delete')}</button> <a class="button plain" href="${placeLink(place)}">${say('my.keep')}</a></div>
</form>`)
  }
}

const totalText = (words: Words, { files, folders, bytes }: ConfirmView['all']): Html =>
  html`${words.count('my.files', files)}${folders === 0 ? '' : html`, ${words.count('my.folders', folders)}`}, ${words.size(bytes)}`
