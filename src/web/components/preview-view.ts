import type { PreviewKind } from '../../domain/files/preview.ts'
import { html, type Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'

export interface ShownPreview {
  readonly kind: PreviewKind
  readonly link: string
}

/** The file itself, below its button. What is large or long loads only when it is asked for. */
export function previewView ({ say }: Words, name: string, { kind, link }: ShownPreview): Html {
  return html`<section class="card preview" aria-label="${say('file.preview')}">${contentOf(name, kind, link, say('file.preview'))}</section>`
}

function contentOf (name: string, kind: PreviewKind, link: string, heading: Html): Html {
  switch (kind) {
    case 'image': return html`<img src="${link}" alt="${name}" loading="lazy">`
    case 'audio': return html`<audio src="${link}" controls preload="none" aria-label="${name}"></audio>`
    case 'video': return html`<video src="${link}" controls preload="metadata" aria-label="${name}"></video>`
    case 'text': return html`<details><summary>${heading}</summary><iframe src="${link}" title="${name}" sandbox loading="lazy"></iframe></details>`
    // In a sandbox no reader of PDF would start; its answer's type and policy keep it from being anything else.
    case 'pdf': return html`<details><summary>${heading}</summary><iframe src="${link}" title="${name}" loading="lazy"></iframe></details>`
  }
}
