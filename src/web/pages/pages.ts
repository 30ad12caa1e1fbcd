/** One function per page: data in, HTML out. Programs read some of these; the parts that they rely on are marked. */
import type { Branding } from '../../domain/branding.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import type { Folder } from '../../domain/files/folder.ts'
import { pageLink } from '../../domain/files/link.ts'
import { fileView } from '../components/file-view.ts'
import { html, Html } from '../html.ts'
import { sheet, speakingScript, type Page } from '../components/layout.ts'
import { openGraph } from '../components/open-graph.ts'
import { previewView, type ShownPreview } from '../components/preview-view.ts'
import { problemMark, problemView } from '../components/problem-view.ts'
import { DELETED_HOOK, deleteHook, PASSWORD_HOOK, scraperHook } from '../components/scraper-hook.ts'
import { limitsView } from '../components/share-card.ts'
import { sentence, type PlainKey, type Sentence, type Words } from '../i18n/words.ts'

export interface DownloadView {
  readonly preview: ShownPreview | 'limited' | undefined
  /** Its address, where the preview is not the image itself. */
  readonly thumbnail: string | undefined
  /** The address of this server, for programs that show what a link leads to. */
  readonly publicUrl: string
  readonly sharedBy: string | undefined
  /** The folder from which the reader came. */
  readonly wayBack?: Folder | undefined
}

/** In characters: readers of links show less. */
const LONGEST_GRAPH_TEXT = 300

/**
 * The hooks of scrapers (observed): title, `bgray` heading, size, the button's attributes in this order, and the comments. A
 * download manager wants `href` right after the id; a small downloader wants `onclick` right after that, and cuts from the
 * first `id="download_button" href="` to the next `" onclick=`, so that comment is first.
 */
export function downloadPage (file: StoredFile, link: string, { preview, thumbnail, publicUrl, sharedBy, wayBack }: DownloadView): Page {
  return (words, branding) => sheet(words.say('download.title', { name: file.name }), html`${wayBack === undefined ? '' : html`<nav aria-label="${words.say('folder.breadcrumb')}" class="crumbs"><a href="/folder/${wayBack.id}">${wayBack.name}</a> / ${file.name}</nav>\n`}<h1 class="visually-hidden">${words.say('download.heading', { name: file.name })}</h1>
<div class="card">
${fileView(words, file, thumbnail)}
${sharedBy === undefined ? '' : html`<p class="quiet">${words.say('file.sharedBy', { name: sharedBy })}</p>\n`}${limitsView(words, file)}
${new Html(`<!-- <a id="download_button" href="${link}" onclick="runad()"> -->`)}
${new Html(`<!-- <a id="download_button" href="${link}"> -->`)}
<a id="download_button" class="download_page_button button1" href="${link}">${words.say('download.button')}</a>
</div>
${preview === undefined ? '' : preview === 'limited' ? html`<p class="quiet">${words.say('file.noPreview')}</p>` : previewView(words, file.name, preview)}`, html`${words.language === 'en' ? '' : html`<!-- <title>Download ${file.name} from Respace</title> -->`}${sharedGraph(words, branding, file, preview, publicUrl)}`)
}

/** A file with a password tells nothing of itself, also after the password: its page is for whoever typed it. */
function sharedGraph (words: Words, branding: Branding, { id, name, size, description, sealedPassword }: StoredFile, preview: ShownPreview | 'limited' | undefined, publicUrl: string): Html {
  if (sealedPassword !== null) return html``
  return openGraph({
    title: name,
    description: [words.size(size), description].filter(text => text !== '').join(' · ').slice(0, LONGEST_GRAPH_TEXT),
    publicUrl,
    path: pageLink('', id),
    picture: typeof preview === 'object' && preview.kind === 'image' ? `/file/${id}/thumbnail` : undefined
  }, branding)
}

/** Nothing of the file but that it has a password. The hooks: the field is called `filepassword` (observed), and the comment. */
export function passwordPage (fileId: string, problem: Sentence | undefined): Page {
  return words => sheet(words.say('download.protectedTitle'), html`<div class="card narrow">
<h1>${words.say('download.protected')}</h1>
<p class="quiet">${words.say('download.protectedSentence')}</p>
${PASSWORD_HOOK}<form method="post" action="/file/${fileId}">
<div class="field">
<label for="filepassword">${words.say('download.needsPassword')}</label>
<input type="password" id="filepassword" name="filepassword" required autofocus autocomplete="off"${problemMark('filepassword', problem !== undefined)}>${problemView(words, 'filepassword', problem)}
</div>
<button type="submit">${words.say('download.continue')}</button>
</form>
</div>`)
}

/** The hook: this very element, style and sentence (observed: a download manager compares all of it). */
export function missingPage (hint: Sentence = sentence('missing.hint')): Page {
  return words => {
    const element = (text: Html | string) => html`<div class="msg error" style="cursor: default">${text}</div>`
    return sheet(words.say('missing.title'), html`<h1>${words.say('missing.title')}</h1>
<div role="alert">${scraperHook(words, element('Sorry, the file you requested is not available.'), element(words.say('missing.sentence')))}</div>
<p>${hint(words)}</p>
<p><a href="/">${words.say('error.back')}</a></p>`)
  }
}

/** For unknown addresses; for addresses of files it is `missingPage`, which programs know. */
export function notFoundPage (): Page {
  return words => sheet(words.say('notFound.title'), html`<h1>${words.say('notFound.title')}</h1>
<div class="msg error" role="alert">${words.say('notFound.sentence')}</div>
<p>${words.say('missing.hint')}</p>
<p><a href="/">${words.say('error.back')}</a></p>`)
}

/** After the action *block*: the file exists, its links are closed. */
export function blockedPage ({ expiresAt }: StoredFile, now: number): Page {
  return expiresAt !== null && expiresAt <= now
    ? errorPage('expired.title', 'expired.sentence')
    : errorPage('limit.title', 'limit.sentence')
}

/** While the operator has switched something off. */
export const pausedPage = (what: PlainKey): Page => errorPage('paused.title', what)

/** Sent instead of half a file. */
export const bandwidthPage = (): Page => errorPage('bandwidth.title', 'bandwidth.sentence')

export function expiredLinkPage (fileId: string): Page {
  return missingPage(({ say }) => say('missing.oldLink', { link: html`<a href="/file/${fileId}">${say('missing.openPage')}</a>` }))
}

/** `address` is the URL of this page. */
export function deletePage (file: StoredFile, address: string): Page {
  return words => sheet(words.say('delete.title', { name: file.name }), html`${deleteHook(address)}
<h1>${words.say('delete.heading')}</h1>
<div class="card">
${fileView(words, file)}
<form method="post">
<p>${words.say('delete.warning')}</p>
<div class="row"><button type="submit" class="danger">${words.say('delete.button')}</button> <a class="button plain" href="/file/${file.id}">${words.say('delete.keep')}</a></div>
</form>
</div>`)
}

export function deletedPage (file: StoredFile): Page {
  return words => sheet(words.say('deleted.title'), html`<h1>${words.say('deleted.title')}</h1>
${DELETED_HOOK}
<div class="msg" role="status" data-deleted="${file.id}">${words.say('deleted.sentence', { name: file.name })}</div>
<p><a href="/">${words.say('deleted.another')}</a></p>`, speakingScript('recent.js', words, 'recent'))
}

/** Any other error, as a sentence for the reader. */
export function errorPage (title: PlainKey, reason: PlainKey | Sentence): Page {
  return words => sheet(words.say(title), html`<h1>${words.say(title)}</h1>
<div class="msg error" role="alert">${typeof reason === 'string' ? words.say(reason) : reason(words)}</div>
<p><a href="/">${words.say('error.back')}</a></p>`)
}
