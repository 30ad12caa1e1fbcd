import type { PreviewKind } from '../../domain/files/preview.ts'
import { html, type Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'

export interface ShownPreview {
  readonly kind: PreviewKind
  readonly link: string
}

/** The preview of the file, below its button. Large or long ones are loaded on demand. */
export function previewView ({ say }: Words, name: string, { kind, link }: ShownPreview): Html {
  return html`<section class="card preview" aria-label="${say('file.preview')}">${contentOf(name, kind, link, say('file.preview'))}</section>`
}

function contentOf (name: string, kind: PreviewKind, link: string, heading: Html): Html {
  switch (kind) {
    case 'image': return html`<img src="${link}" alt="${name}" loading="lazy">`
    case 'audio': return html`<audio src="${link}" controls preload="none" aria-label="${name}"></audio>`
    case 'video': return html`<video src="${link}" controls preload="metadata" aria-label="${name}"></video>`
    case 'text': return html`<details><summary>${heading}</summary><iframe src="${link}" title="${name}" sandbox loading="lazy"></iframe></details>`
    // In a sandbox no PDF viewer would start; the type and policy of the answer prevent anything else.
    case 'pdf': return html`<details><summary>${heading}</summary><iframe src="${link}" title="${name}" loading="lazy"></iframe></details>`
  }
}
