/** HTML in which every value is escaped, except values that are already HTML. */
export class Html {
  readonly text: string
  constructor (text: string) {
    this.text = text
  }
}

export type Value = Html | string | number | readonly Html[]

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const SPECIAL = /[&<>"']/

/** One search answers for almost every value: it holds nothing to escape. */
export const escapeHtml = (text: string): string => !SPECIAL.test(text) ? text : text.replace(/[&<>"']/g, found => ENTITIES[found] ?? found)

/** A tag for template literals: html`<b>${name}</b>`. */
export function html (parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = parts[0] ?? ''
  for (let i = 0; i < values.length; i++) text += htmlOf(values[i] ?? '') + (parts[i + 1] ?? '')
  return new Html(text)
}

/** A value as HTML. */
export function htmlOf (value: Value): string {
  if (value instanceof Html) return value.text
  if (typeof value === 'string') return escapeHtml(value)
  if (typeof value === 'number') return String(value)
  let text = ''
  for (const item of value) text += item.text
  return text
}
