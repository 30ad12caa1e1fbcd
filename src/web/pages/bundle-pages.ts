/** Pages of a bundle for whoever may change it, and those that others see instead of its files. */
import type { Bundle } from '../../domain/files/bundle.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import { bundleLink } from '../../domain/files/link.ts'
import { html } from '../html.ts'
import { bundleCard, sumView, type SharedBundle } from '../components/bundle-card.ts'
import { sheet, speakingScript, type Page } from '../components/layout.ts'
import type { Unsaved } from '../components/limit-fields.ts'
import { progressView } from '../components/progress-view.ts'
import type { Notice } from '../components/share-card.ts'

/** A bundle for its owner, with the result of the last change. */
export function bundlePage (shared: SharedBundle, maxFileSize: number, notice?: Notice, unsaved?: Unsaved): Page {
  const { bundle, folders } = shared
  return words => sheet(words.say('card.title', { name: bundle.title }), html`${folders === undefined
    ? ''
    : html`<nav aria-label="${words.say('folder.breadcrumb')}" class="crumbs"><a href="/my">${words.say('site.myFiles')}</a> / <a href="/my?folder=${bundle.id}">${bundle.title}</a></nav>`}
<h1>${words.say('bundle.heading')}</h1>
${progressView(words)}
<div id="shared" data-endpoint="/tus/" data-max-size="${maxFileSize}">${bundleCard(words, shared, notice, unsaved)}</div>`, speakingScript('bundle.js', words, 'card', 'upload', 'bundle'))
}

/** Asks before a file is removed from a bundle. */
export function removeFilePage (bundle: Bundle, file: StoredFile): Page {
  return words => sheet(words.say('bundle.removeHeading'), html`<h1>${words.say('bundle.removeHeading')}</h1>
<form method="post" action="${bundleLink('', bundle)}" class="card">
<p>${words.say('bundle.removeSentence', { name: file.name })}</p>
<div class="row"><button type="submit" class="danger" name="remove_now" value="${file.id}">${words.say('bundle.remove')}</button> <a class="button plain" href="${bundleLink('', bundle)}">${words.say('delete.keep')}</a></div>
</form>`)
}

/** Asks before a bundle is deleted with all its files. */
export function deleteBundlePage ({ bundle, sum }: Pick<SharedBundle, 'bundle' | 'sum'>): Page {
  return words => sheet(words.say('bundle.deleteHeading'), html`<h1>${words.say('bundle.deleteHeading')}</h1>
<form method="post" class="card">
<p><b>${bundle.title}</b><br>${sumView(words, sum)}</p>
<p>${words.say('delete.warning')}</p>
<div class="row"><button type="submit" class="danger">${words.say('delete.button')}</button> <a class="button plain" href="${bundleLink('', bundle)}">${words.say('delete.keep')}</a></div>
</form>`)
}

/** After the deletion; a script forgets it. */
export function deletedBundlePage ({ id, title }: Bundle): Page {
  return words => sheet(words.say('bundle.deleted'), html`<h1>${words.say('bundle.deleted')}</h1>
<div class="msg" role="status" data-deleted="${id}">${words.say('deleted.sentence', { name: title })}</div>
<p><a href="/">${words.say('deleted.another')}</a></p>`, speakingScript('recent.js', words, 'recent'))
}

/** Says nothing of what the password protects. */
export function bundlePasswordPage (folderId: string, isWrong: boolean): Page {
  return words => sheet(words.say('bundle.passwordTitle'), html`<h1>${words.say('bundle.passwordTitle')}</h1>
<div class="card">
${isWrong ? html`<div class="msg error" role="alert">${words.say('download.wrongPassword')}</div>` : ''}
<form method="post" action="/folder/${folderId}">
<div class="field">
<label for="password">${words.say('bundle.needsPassword')}</label>
<input type="password" id="password" name="password" required autofocus autocomplete="off">
</div>
<button type="submit">${words.say('download.continue')}</button>
</form>
</div>`)
}
