import { html, type Html } from '../html.ts'

/** The position in a user's files, as in URLs and forms: each field is '' when it is not set. */
export interface MyPlace {
  readonly folder: string
  /** The search text: then no folder is shown. */
  readonly q: string
  readonly sort: string
  readonly page: string
}

/** The URL of the list there; `more` adds or replaces parameters. */
export function placeLink (place: MyPlace, more: Partial<MyPlace & Record<'after' | 'before' | 'done' | 'undo', string>> = {}): string {
  const said = Object.entries({ ...place, ...more }).filter(([, value]) => value !== '')
  return `/my?${new URLSearchParams(said)}`
}

/** The hidden fields with which a form returns there. */
export const placeFields = (place: MyPlace): Html => html`${Object.entries<string>({ ...place }).filter(([, value]) => value !== '')
  .map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}`
