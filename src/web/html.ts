/** HTML in which every value is escaped, except values that are already HTML. */
export class Html {
  readonly text: string
  constructor (text: string) {
    this.text = text
  }
}

export type Value = Html | string | number | readonly Html[]

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, found => ENTITIES[found] ?? found)

/** A tag for template literals: html`<b>${name}</b>`. */
export function html (parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.map((part, i) => part + (i < values.length ? write(values[i] ?? '') : '')).join(''))
}

function write (value: Value): string {
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(item => item.text).join('')
  return escapeHtml(String(value))
}
