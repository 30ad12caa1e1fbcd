/** The question before something that cannot be undone: it names what goes, and works without scripts. */
import { html, type Html } from '../html.ts'
import { formTokenField } from './layout.ts'
import type { PlainKey, Words } from '../i18n/words.ts'

export interface Question {
  /** What goes, by name. */
  readonly about: Html
  readonly warning: PlainKey
  /** The form that does it: its address, its fields, and its button. */
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  readonly button: PlainKey
  readonly formToken: string
  /** Where everything stays as it is. */
  readonly back: string
}

export function questionView ({ say }: Words, { about, warning, action, fields, button, formToken, back }: Question): Html {
  return html`<form method="post" action="${action}" class="card">${formTokenField(formToken)}
${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
${about}
<p>${say(warning)}</p>
<div class="row"><button type="submit" class="danger">${say(button)}</button> <a class="button plain" href="${back}">${say('field.cancel')}</a></div>
</form>`
}
