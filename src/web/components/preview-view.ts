import type { PreviewKind } from '../../domain/files/preview.ts'
import { html, type Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'

export interface ShownPreview {
  readonly kind: PreviewKind
  /** The bytes as they are. */
  readonly link: string
  /** The same, for reading. */
  readonly formatted: string | undefined
  /** Bytes: a large text is not shown at once, and a small one takes less of the page. */
  readonly size: number
}

/** Bytes of a text. Nobody knows its lines before it is read, and the sandbox does not tell. */
const [FEW_LINES, A_PAGE, SHOWN_AT_ONCE] = [400, 2000, 128 * 1024]

/** The preview of the file, below its button. Large or long ones are loaded on demand. */
export function previewView (words: Words, name: string, preview: ShownPreview): Html {
  return html`<section class="card preview" aria-label="${words.say('file.preview')}">${contentOf(words, name, preview)}</section>`
}

function contentOf ({ say }: Words, name: string, { kind, link, formatted, size }: ShownPreview): Html {
  switch (kind) {
    case 'image': return html`<a href="${link}" aria-label="${say('preview.fullSize', { name })}"><img src="${link}" alt="${name}" loading="lazy"></a>`
    case 'audio': return html`<audio src="${link}" controls preload="none" aria-label="${name}"></audio>`
    case 'video': return html`<video src="${link}" controls preload="metadata" aria-label="${name}"></video>`
    // Links leave the sandbox into tabs of their own; nothing else does.
    case 'text': return html`<details${size <= SHOWN_AT_ONCE ? html` open` : ''}><summary>${say('file.preview')}</summary><iframe class="${size < FEW_LINES ? 'low' : size < A_PAGE ? 'middle' : 'high'}" src="${formatted ?? link}" title="${name}" sandbox="${formatted === undefined ? '' : 'allow-popups allow-popups-to-escape-sandbox'}" loading="lazy"></iframe>
<p class="quiet"><a href="${link}">${say('preview.raw')}</a></p></details>`
    // In a sandbox no PDF viewer would start; the type and policy of the answer prevent anything else.
    case 'pdf': return html`<details><summary>${say('file.preview')}</summary><iframe src="${link}" title="${name}" loading="lazy"></iframe></details>`
  }
}
