/** The document in which a text of a stranger is shown, alone: it is no page of ours, and may do nothing. */
import { createHash } from 'node:crypto'
import { html, Html } from '../html.ts'
import { publicFiles } from '../public-files.ts'

export interface FormattedText {
  readonly document: string
  /** For the header: no script, no image, no form, nothing from anywhere; only links open, in tabs of their own. */
  readonly policy: string
}

/** `content` is HTML of the formatter; undefined: the text as it is. */
export function formattedText (name: string, text: string, content: string | undefined): FormattedText {
  const style = publicFiles().byName.get('formatted-text.css')?.bytes.toString('utf8') ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  return {
    document: html`<!DOCTYPE html>
<html lang="und">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>${content === undefined ? html`<pre class="plain">${text}</pre>` : new Html(content)}</main>
</body>
</html>
`.text,
    policy: `sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`
  }
}
