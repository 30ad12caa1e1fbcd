import { html, type Html } from '../html.ts'

/** Where somebody is in his files, as addresses and forms say it: each is '' when it is not said. */
export interface MyPlace {
  readonly folder: string
  /** What was searched for: then it is no folder. */
  readonly q: string
  readonly sort: string
  readonly page: string
}

/** The address of the list there; `more` is added or, when it is said already, put in its place. */
export function placeLink (place: MyPlace, more: Partial<MyPlace> & { readonly done?: string } = {}): string {
  const said = Object.entries({ ...place, ...more }).filter(([, value]) => value !== '')
  return `/my?${new URLSearchParams(said)}`
}

/** The hidden fields by which a form leads back there. */
export const placeFields = (place: MyPlace): Html => html`${Object.entries<string>({ ...place }).filter(([, value]) => value !== '')
  .map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}`
