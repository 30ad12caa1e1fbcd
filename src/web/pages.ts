/** One function per page: data in, HTML out. Programs read some of these; what they rely on is marked. */
import type { StoredFile } from '../domain/file.ts'
import { fileView } from './file-view.ts'
import { html, Html } from './html.ts'
import { moduleScript, page, type Page } from './layout.ts'
import { previewView, type ShownPreview } from './preview-view.ts'
import { limitsView } from './share-card.ts'

/**
 * The hooks of scrapers (observed): title, `bgray` heading, size, the button's attributes in this order, and the comments:
 * a download manager wants `href` right after the id, a small downloader wants `onclick` right after that.
 */
export function downloadPage (file: StoredFile, link: string, preview: ShownPreview | undefined): Page {
  return page(titleOf(file), html`<h1 class="visually-hidden">Download ${file.name}</h1>
<div class="card">
${fileView(file)}
${limitsView(file)}
${new Html(`<!-- <a id="download_button" href="${link}"> -->`)}
${new Html(`<!-- <a id="download_button" href="${link}" onclick="runad()"> -->`)}
<a id="download_button" class="download_page_button button1" href="${link}">Download</a>
</div>
${preview === undefined ? '' : previewView(file.name, preview)}`)
}

/** The hook: the field is called `filepassword` (observed). */
export function passwordPage (file: StoredFile, isWrong: boolean): Page {
  return page(titleOf(file), html`<h1 class="visually-hidden">Download ${file.name}</h1>
<div class="card">
${fileView(file)}
${isWrong ? html`<div class="msg error" role="alert">The password is not right.</div>` : ''}
<form method="post" action="/file/${file.id}">
<div class="field">
<label for="filepassword">This file needs a password</label>
<input type="password" id="filepassword" name="filepassword" required autofocus autocomplete="off">
</div>
<button type="submit">Continue</button>
</form>
</div>`)
}

/** The hook: this very element, style and sentence (observed: a download manager compares all of it). */
export function missingPage (hint?: Html): Page {
  return page('File not available', html`<h1>File not available</h1>
<div role="alert"><div class="msg error" style="cursor: default">Sorry, the file you requested is not available.</div></div>
${hint ?? html`<p>It may have been deleted, or the address is not complete.</p>`}`)
}

/** After the action *block*: the file is there, its links are closed. */
export function blockedPage ({ expiresAt }: StoredFile, now: number): Page {
  return expiresAt !== null && expiresAt <= now
    ? errorPage('This file has expired', 'Its owner shared it for a time that is over, so it can no longer be downloaded.')
    : errorPage('Download limit reached', 'This file has reached the limit its owner set, so it can no longer be downloaded.')
}

/** While the operator has switched something off. */
export function pausedPage (sentence: string): Page {
  return errorPage('Not available at the moment', `${sentence} Please try again later.`)
}

/** Nothing is sent rather than half a file. */
export function bandwidthPage (): Page {
  return errorPage('Download not possible now', 'The bandwidth of the account that this download counts on is used up. Please try again on another day.')
}

export function expiredLinkPage (fileId: string): Page {
  return missingPage(html`<p>This link was good for some hours only. <a href="/file/${fileId}">Open the download page</a> for a new one.</p>`)
}

export function deletePage (file: StoredFile): Page {
  return page(`Delete ${file.name}?`, html`<h1>Delete this file?</h1>
<div class="card">
${fileView(file)}
<form method="post">
<p>It will be gone for everybody, at once.</p>
<div class="row"><button type="submit" class="danger">Delete</button> <a class="button plain" href="/file/${file.id}">Keep it</a></div>
</form>
</div>`)
}

export function deletedPage (file: StoredFile): Page {
  return page('File deleted', html`<h1>File deleted</h1>
<div class="msg" role="status" data-deleted="${file.id}">${file.name} is deleted.</div>
<p><a href="/">Share another file</a></p>`, moduleScript('recent.js'))
}

/** Anything that went wrong, in words for the reader. */
export function errorPage (title: string, sentence: string): Page {
  return page(title, html`<h1>${title}</h1>
<div class="msg error" role="alert">${sentence}</div>
<p><a href="/">Back to the start</a></p>`)
}

const titleOf = (file: StoredFile): string => `Download ${file.name} from Respace`
