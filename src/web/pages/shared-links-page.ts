/** `/my/shared`: the public folders of an account, each with its link. */
import type { Folder } from '../../domain/files/folder.ts'
import { bundleLink, folderLink } from '../../domain/files/link.ts'
import { timeView } from '../components/file-view.ts'
import { formTokenField, sheet, type Page } from '../components/layout.ts'
import { pageLinks, pageText } from '../components/page-links.ts'
import { noticeView, type Notice } from '../components/share-card.ts'
import { html, type Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'

interface SharedLink extends Folder {
  readonly files: number
  readonly bytes: number
  readonly downloads: number
  /** Of a bundle. */
  readonly bundle: { readonly deleteCode: string, readonly hasPassword: boolean, readonly expiresAt: number | null } | undefined
}

export interface SharedLinksView {
  readonly folders: readonly SharedLink[]
  readonly page: number
  readonly pages: number
  readonly publicUrl: string
  readonly formToken: string
  readonly notice: Notice | undefined
}

export function sharedLinksPage (view: SharedLinksView): Page {
  return words => {
    const { say } = words
    return sheet(html`${say('shared.heading')} – ${words.site}`, html`<h1>${say('shared.heading')}</h1>
${view.notice === undefined ? '' : noticeView(words, view.notice)}
${view.folders.length === 0
    ? html`<div class="card empty"><span class="kind folder" aria-hidden="true"></span><h2>${say('shared.none')}</h2><p>${say('shared.how')}</p><p><a class="button plain" href="/my">${say('site.myFiles')}</a></p></div>`
    : html`<p>${say('shared.about')}</p>
<section class="card" aria-label="${say('shared.heading')}"><ul class="list">${view.folders.map(folder => folderView(words, view, folder))}</ul>
${pageLinks(words, view, query => `/my/shared?${pageText(query)}`)}</section>`}`)
  }
}

function folderView (words: Words, { publicUrl, formToken }: SharedLinksView, { id, name, files, bytes, downloads, bundle }: SharedLink): Html {
  const { say } = words
  return html`
<li><div class="grow"><b><a href="/my?folder=${id}">${name}</a></b>${bundle?.hasPassword ? html` <span class="tag">${say('folder.password')}</span>` : ''}
<br><span class="quiet">${words.count('my.files', files)}, ${words.size(bytes)}${downloads === 0 ? '' : html` · ${words.count('card.downloaded', downloads)}`}${bundle === undefined || bundle.expiresAt === null ? '' : html` · ${say('file.until')} ${timeView(words, bundle.expiresAt)}`}</span>
<div class="link"><input readonly id="link-${id}" value="${folderLink(publicUrl, id)}" aria-label="${say('card.link', { name })}"><button type="button" class="with-script" data-copy="link-${id}">${say('card.copy')}</button></div>
<form method="post" action="/my/shared" class="row">${formTokenField(formToken)}<input type="hidden" name="id" value="${id}"><a class="button plain" href="${folderLink('', id)}">${say('my.open')}</a>${bundle === undefined ? '' : html` <a class="button plain" href="${bundleLink('', { id, deleteCode: bundle.deleteCode })}">${say('my.settings')}</a>`}
<button type="submit" class="plain" aria-label="${say('my.unshare')}: ${name}">${say('my.unshare')}</button></form></div></li>`
}
