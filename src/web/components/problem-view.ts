/** An error message at a field of a form. */
import { html, type Html } from '../html.ts'
import type { Sentence, Words } from '../i18n/words.ts'

/** Attributes for the field; the first wrong one of a page gets the focus. `hint` is the id of another description. */
export const problemMark = (name: string, isWrong: boolean, hint = ''): Html =>
  isWrong ? html` aria-invalid="true" aria-describedby="${`${name}_problem ${hint}`.trim()}" autofocus` : hint === '' ? html`` : html` aria-describedby="${hint}"`

/** The sentence below it. */
export const problemView = (words: Words, name: string, problem: Sentence | undefined): Html =>
  problem === undefined ? html`` : html`<span class="hint wrong" id="${name}_problem">${problem(words)}</span>`
