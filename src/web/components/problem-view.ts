/** An error message at a field of a form. */
import { html, type Html } from '../html.ts'
import type { Sentence, Words } from '../i18n/words.ts'

/** Attributes for the field. */
export const problemMark = (name: string, isWrong: boolean): Html => isWrong ? html` aria-invalid="true" aria-describedby="${name}_problem"` : html``

/** The sentence below it. */
export const problemView = (words: Words, name: string, problem: Sentence | undefined): Html =>
  problem === undefined ? html`` : html`<span class="hint wrong" id="${name}_problem">${problem(words)}</span>`
