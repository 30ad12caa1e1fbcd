import { html, type Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'

/** Where scripts show running uploads: a bar for each file and one for all. Hidden until there is one. */
export const progressView = ({ say }: Words): Html => html`<section id="progress" class="card" hidden aria-label="${say('home.uploads')}">
<div class="total"><div class="row"><h2 class="grow">${say('home.uploading')}</h2><button type="button" class="plain" id="cancel-all">${say('home.cancelAll')}</button></div>
<progress id="total-bar" max="1" value="0" aria-label="${say('home.allUploads')}"></progress>
<div class="quiet" id="total-state"></div></div>
<ul class="uploads" id="uploads"></ul>
<p class="quiet" id="other-uploads" hidden></p>
<div class="row"><button type="button" class="plain" id="retry-all" hidden>${say('home.retryAll')}</button><button type="button" class="plain" id="close-uploads" hidden>${say('home.closeUploads')}</button></div>
</section>
<p class="visually-hidden" role="status" id="announcer"></p>`
