/** The start: drop, paste or choose. Without scripts it is a form. */
import { html } from './html.ts'
import { moduleScript, page, type Page } from './layout.ts'
import { shareCard, type Notice, type SharedFile } from './share-card.ts'
import { spokenSize } from './size-text.ts'

export interface HomeView {
  /** Bytes. */
  readonly maxFileSize: number
  readonly publicUrl: string
  /** Whether uploads go into an account; otherwise the browser remembers them. */
  readonly isLoggedIn: boolean
}

export function homePage ({ maxFileSize, publicUrl, isLoggedIn }: HomeView): Page {
  return page('Respace – share a file', html`<form class="drop" id="upload" method="post" action="/upload" enctype="multipart/form-data" data-max-size="${maxFileSize}">
<h1>Share a file</h1>
<p id="drop-hint"><span class="with-script">Drop files anywhere on this page, paste, or choose.<br></span>Up to ${spokenSize(maxFileSize)} each.</p>
<input type="file" id="userfile" name="userfile" required multiple aria-label="Files to share">
<label class="button choose with-script" for="userfile">Choose files</label>
<div class="without-script">
<div class="field"><label for="description">Description <span class="quiet">(optional)</span></label>
<input type="text" id="description" name="description"></div>
<div class="field"><label for="password">Password <span class="quiet">(optional)</span></label>
<input type="password" id="password" name="password" autocomplete="new-password"></div>
<button type="submit">Upload</button>
</div>
</form>
<section id="progress" class="card" hidden aria-label="Uploads">
<div class="total"><div class="row"><h2 class="grow">Uploading</h2><button type="button" class="plain" id="cancel-all">Cancel all</button></div>
<progress id="total-bar" max="1" value="0" aria-label="All uploads"></progress>
<div class="quiet" id="total-state"></div></div>
<ul class="uploads" id="uploads"></ul>
</section>
<p class="visually-hidden" role="status" id="announcer"></p>
<section id="shared" aria-label="Shared files"></section>
<section id="recent" class="card" hidden${isLoggedIn ? html` data-off` : ''}>
<div class="row"><h2 class="grow">Shared from this browser</h2><button type="button" class="bare" id="forget-all">Forget all</button></div>
<ul class="list" id="recent-list"></ul>
</section>
<p class="quiet">Programs that speak the sendspace API use <code>${publicUrl}/rest/</code>: <a href="/docs">how</a></p>`, moduleScript('home.js'))
}

/** After an upload: by script the cards move to the start page, without one this is the page. */
export function uploadedPage (files: readonly SharedFile[]): Page {
  return page('Uploaded', html`<h1>${files.length === 1 ? 'Your file is ready to share' : 'Your files are ready to share'}</h1>
${files.map(file => shareCard(file))}
<p><a href="/">Upload another</a></p>`)
}

/** A shared file for its owner, with what became of the last change. */
export function editPage (shared: SharedFile, notice?: Notice): Page {
  return page(`${shared.file.name} – settings`, html`<h1>Your shared file</h1>
${shareCard(shared, notice)}`, moduleScript('share-card.js'))
}
