/** The page of a file request, for people with its link. */
import type { FileRequest } from '../../domain/files/file-request.ts'
import { timeView } from '../components/file-view.ts'
import { html } from '../html.ts'
import { moduleScript, sheet, speakingScript, type Page } from '../components/layout.ts'
import { problemMark, problemView } from '../components/problem-view.ts'
import { progressView } from '../components/progress-view.ts'
import { noticeView, type Notice } from '../components/share-card.ts'

/** Fields that can have an error. */
export type RequestField = 'request_password' | 'userfile'

export interface RequestView {
  readonly request: FileRequest
  /** Largest size of one file. */
  readonly maxFileSize: number
  /** Whether it still accepts files. */
  readonly isOpen: boolean
  /** Whether strangers can see the folder. */
  readonly isPublic: boolean
  readonly notice: Notice | undefined
  /** The field with the error. */
  readonly wrong: RequestField | undefined
  /** The note typed before. */
  readonly note: string
}

export function requestPage ({ request, maxFileSize, isOpen, isPublic, notice, wrong, note }: RequestView): Page {
  const { id, title, message, types, maxFiles, receivedFiles, expiresAt, sealedPassword } = request
  return words => {
    const { say } = words
    const mark = (field: RequestField) => problemMark(field, wrong === field)
    const problem = (field: RequestField) => problemView(words, field, wrong === field ? notice?.sentence : undefined)
    return sheet(html`${title} – ${words.site}`, html`<h1>${title}</h1>
${notice === undefined ? '' : noticeView(words, notice)}
${message === '' ? '' : html`<p class="about">${message}</p>`}
${!isOpen
  ? ''
  : html`<form method="post" action="/request/${id}" enctype="multipart/form-data" class="card" id="request" data-max-size="${maxFileSize}">
<dl class="facts"><div><dt>${say('request.eachUpTo')}</dt><dd>${words.size(maxFileSize)}</dd></div>${maxFiles === null ? '' : html`<div><dt>${say('request.filesLeft')}</dt><dd id="files-left" data-left="${maxFiles - receivedFiles}">${words.number(maxFiles - receivedFiles)}</dd></div>`}${types.length === 0
  ? ''
  : html`<div><dt>${say('request.types')}</dt><dd>${types.join(', ')}</dd></div>`}${expiresAt === null ? '' : html`<div><dt>${say('file.until')}</dt><dd>${timeView(words, expiresAt)}</dd></div>`}</dl>
${sealedPassword === null ? '' : html`<div class="field"><label for="request_password">${say('card.password')}</label><input type="password" id="request_password" name="request_password" required autocomplete="off"${mark('request_password')}>${problem('request_password')}</div>`}
<div class="field"><label for="description">${say('request.note')} <span class="quiet">${say('home.optional')}</span></label><input id="description" name="description" maxlength="500" value="${note}"></div>
<div class="field target"><label for="userfile">${say('home.files')}</label>
<p class="with-script quiet">${say('home.drop')}</p>
<input type="file" id="userfile" name="userfile" required multiple${types.length === 0 ? '' : html` accept="${types.map(type => `.${type}`).join(',')}"`}${mark('userfile')}>${problem('userfile')}
<ul class="list" id="gathered" hidden aria-label="${say('home.files')}"></ul></div>
<button type="submit">${say('home.upload')}</button>
</form>
${progressView(words)}
<p class="quiet">${say(isPublic ? 'request.public' : 'request.private')}</p>`}`, isOpen ? speakingScript('request.js', words, 'upload') : moduleScript('site.js'))
  }
}
