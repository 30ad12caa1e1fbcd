/** The start page: drop, paste or choose files. Without scripts it is a form. */
import type { Folder } from '../../domain/files/folder.ts'
import { deleteLink, pageLink } from '../../domain/files/link.ts'
import { html, type Html } from '../html.ts'
import { siteNoteView } from '../components/branding-view.ts'
import { sheet, speakingScript, type Page } from '../components/layout.ts'
import { progressView } from '../components/progress-view.ts'
import { uploadedHook, uploadHook } from '../components/scraper-hook.ts'
import { allLinksView, shareCard, type Notice, type SharedFile } from '../components/share-card.ts'
import type { Unsaved } from '../components/limit-fields.ts'
import type { Words } from '../i18n/words.ts'

export interface HomeView {
  /** Bytes. */
  readonly maxFileSize: number
  readonly publicUrl: string
  /** The account for uploads; without one the browser remembers them. */
  readonly account: { readonly userName: string, readonly email: string } | undefined
  /** The folder for uploads; undefined for the root. */
  readonly folder: Folder | undefined
  /** Why nothing can be uploaded now; undefined when it can. */
  readonly closed: 'needs account' | 'not allowed' | 'paused' | undefined
}

const CLOSED = { 'needs account': 'home.needsAccount', 'not allowed': 'home.notAllowed', paused: 'paused.uploads' } as const

export function homePage ({ maxFileSize, publicUrl, account, folder, closed }: HomeView): Page {
  return (words, branding) => {
    const { say } = words
    const optional = html`<span class="quiet">${say('home.optional')}</span>`
    if (closed !== undefined) {
      return sheet(say('home.title'), html`<div class="drop closed">
<h1>${say('home.heading')}</h1>
<p>${say(CLOSED[closed])}</p>
${closed === 'needs account' ? html`<a class="button" href="/login?to=/">${say('site.logIn')}</a>` : ''}
</div>`)
    }
    const query = account === undefined ? '' : `?for_account=${encodeURIComponent(account.userName)}`
    return sheet(say('home.title'), html`<form class="drop" id="upload" method="post" action="/upload${query}" enctype="multipart/form-data" data-max-size="${maxFileSize}">
<h1>${say('home.heading')}</h1>
<p id="drop-hint"><span class="with-script">${say('home.drop')}<br></span>${say('home.largest', { size: words.size(maxFileSize) })} ${say('home.together')}${folder === undefined
    ? ''
    : html` ${say('home.into', { folder: html`<a href="/my?folder=${folder.id}">${folder.name}</a>` })}`}</p>
${account === undefined ? '' : html`<input type="hidden" name="for_account" value="${account.userName}">`}${folder === undefined ? '' : html`<input type="hidden" name="folder_id" value="${folder.id}">`}
<input type="file" id="userfile" name="userfile" required multiple aria-label="${say('home.files')}">
<label class="button choose with-script" for="userfile">${say('home.choose')}</label>
<button type="button" class="plain with-script" id="choose-folder">${say('home.chooseFolder')}</button>
<div class="without-script">
<div class="field"><label for="description">${say('home.description', { optional })}</label>
<input type="text" id="description" name="description"></div>
<div class="field"><label for="password">${say('home.password', { optional })}</label>
<input type="password" id="password" name="password" autocomplete="new-password"></div>
<button type="submit">${say('home.upload')}</button>
</div>
</form>
<p class="quiet"><a href="/text">${say('text.fromHome')}</a></p>
<div id="unfinished"></div>
${progressView(words)}
${allLinksView(words, [])}
<section id="shared" aria-label="${say('home.shared')}"></section>
<section id="recent" class="card" hidden${account === undefined ? '' : html` data-off`}>
<div class="row"><h2 class="grow">${say('home.recent')}</h2><button type="button" class="bare" id="forget-all">${say('home.forgetAll')}</button></div>
<ul class="list" id="recent-list"></ul>
</section>
${siteNoteView(branding)}<p class="quiet">${say('home.programs', { address: html`<code>${publicUrl}/rest/</code>`, how: html`<a href="/docs">${say('home.how')}</a>` })}</p>`, speakingScript('home.js', words, 'upload', 'card', 'recent', 'bundle'),
    uploadHook({ maxFileSize, publicUrl, account }))
  }
}

/** The page after an upload; a script moves its cards to the start page. */
export function uploadedPage (files: readonly SharedFile[]): Page {
  return words => sheet(words.say('home.uploaded'), html`${files.map(({ file, publicUrl }) => uploadedHook(pageLink(publicUrl, file.id), deleteLink(publicUrl, file)))}<h1>${words.count('home.ready', files.length)}</h1>
${allLinksView(words, files.map(({ file, publicUrl }) => pageLink(publicUrl, file.id)))}
${files.map(file => shareCard(words, file))}
<p><a href="/">${words.say('home.another')}</a></p>`)
}

/** A shared file for its owner, with the result of the last change. */
export function editPage (shared: SharedFile, notice?: Notice, unsaved?: Unsaved): Page {
  return words => sheet(words.say('card.title', { name: shared.file.name }), html`${crumbs(words, shared)}
<h1>${words.say('card.heading')}</h1>
${shareCard(words, shared, notice, unsaved)}`, speakingScript('share-card.js', words, 'card'))
}

/** For the owner: the link back to the file's folder. */
function crumbs ({ say }: Words, { file, folders }: SharedFile): Html {
  if (folders === undefined) return html``
  const folder = folders.find(({ id }) => id === file.folderId)
  return html`<nav aria-label="${say('folder.breadcrumb')}" class="crumbs"><a href="/my">${say('site.myFiles')}</a>${folder === undefined ? '' : html` / <a href="/my?folder=${folder.id}">${folder.path}</a>`} / ${file.name}</nav>`
}
