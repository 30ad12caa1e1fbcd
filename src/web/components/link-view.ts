/** The link of a card with its buttons, and its QR code beside it. */
import { html, type Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'

export interface SharedLink {
  readonly id: string
  /** What is shared, for buttons and the system's dialog. */
  readonly name: string
  /** The whole address, and its path. */
  readonly url: string
  readonly path: string
  /** The first line of a mail about it. */
  readonly greeting: string
}

/** Scripts find the address by `link-ID`. */
export function linkView ({ say }: Words, { id, name, url, path, greeting }: SharedLink): Html {
  const mail = `mailto:?subject=${encodeURIComponent(name)}&body=${encodeURIComponent(`${greeting}\n${url}\n`)}`
  return html`<div class="beside"><div>
<div class="link">
<input readonly id="link-${id}" value="${url}" aria-label="${say('card.link', { name })}">
<button type="button" class="with-script" data-copy="link-${id}">${say('card.copy')}</button>
</div>
<div class="row actions">
<a class="button plain" href="${path}">${say('card.open')}</a>
<a class="button plain" href="${mail}">${say('card.mail')}</a>
<button type="button" class="plain" hidden data-share="${url}" data-title="${name}">${say('card.share')}</button>
</div>
</div><img class="qr" src="${path}/qr.svg" alt="${say('card.qrOf', { name })}" width="176" height="176" loading="lazy"></div>`
}
