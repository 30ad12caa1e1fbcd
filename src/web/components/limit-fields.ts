/** Fields of the settings of a file or a bundle: password, expiry, and what happens then. Their names are parameters of files.setInfo. */
import type { StoredFile } from '../../domain/files/file.ts'
import { BLOCK, DELETE, MOVE } from '../../domain/files/file-limit.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import { html, Html } from '../html.ts'
import type { PlainKey, Sentence, Words } from '../i18n/words.ts'
import { problemMark, problemView } from './problem-view.ts'

/** A form that was not saved: it keeps the input, with an error message at the field. */
export interface Unsaved {
  readonly typed: ReadonlyMap<string, string>
  readonly field: string
  readonly problem: Sentence
}

/** What the fields show. */
export interface Limits extends Pick<StoredFile, 'id' | 'expiresAt' | 'downloadLimit' | 'limitAction' | 'limitActionFolderId'> {
  /** '' for none; undefined for a password that is not shown, and not changed. */
  readonly password: string | undefined
}

/** Folders of the owner, as choices; undefined for people without an account. */
export type Places = ReadonlyArray<readonly [id: string, path: string | Html]>

const HOUR = 3600
const DAY = 24 * HOUR
const TIMES = [
  [0, 'card.never'], [HOUR, 'card.anHour'], [DAY, 'card.aDay'], [7 * DAY, 'card.aWeek'], [30 * DAY, 'card.aMonth'], [365 * DAY, 'card.aYear']
] as const

const ACTIONS = [
  [BLOCK, 'card.block'], [DELETE, 'card.remove'], [MOVE, 'card.move']
] as const

/** The value of a field, which keeps what was typed, and its error. */
export function fieldStates (words: Words, unsaved: Unsaved | undefined) {
  return {
    valueOf: (name: string, stored: string | number) => unsaved?.typed.get(name) ?? String(stored),
    mark: (name: string) => problemMark(name, unsaved?.field === name),
    problem: (name: string) => problemView(words, name, unsaved?.field === name ? unsaved.problem : undefined)
  }
}

/** The label of the number of downloads says whose they are. A time limit of `keep` does not change it. */
export function limitFields (words: Words, limits: Limits, places: Places | undefined, unsaved: Unsaved | undefined, downloadsLabel: PlainKey): Html {
  const { say, time } = words
  const { expiresAt, downloadLimit, limitAction, limitActionFolderId, password } = limits
  const { valueOf, mark, problem } = fieldStates(words, unsaved)
  const id = (name: string) => `${name}-${limits.id}`
  const actions = ACTIONS.filter(([action]) => action !== MOVE || places !== undefined).map(([action, key]) => [action, say(key)] as const)
  return html`${password === undefined
    ? ''
    : html`<div class="field"><label for="${id('password')}">${say('card.password')}</label>
<input id="${id('password')}" name="password" value="${valueOf('password', password)}" autocomplete="off" spellcheck="false" placeholder="${say('card.noPassword')}"${mark('password')}>${problem('password')}</div>
`}<div class="field"><label for="${id('time')}">${say('card.expires')}</label>
<select id="${id('time')}" name="time_limit">${expiresAt === null
? ''
: html`
<option value="keep"${(unsaved?.typed.get('time_limit') ?? 'keep') === 'keep' ? html` selected` : ''}>${say('card.asItIs', { time: time(expiresAt) })}</option>`}${TIMES.map(([seconds, key]) => html`
<option value="${seconds}"${unsaved?.typed.get('time_limit') === String(seconds) ? html` selected` : ''}>${say(key)}</option>`)}
</select></div>
<div class="field"><label for="${id('downloads')}">${say(downloadsLabel)}</label>
<input id="${id('downloads')}" name="downloads_limit" type="number" min="0" inputmode="numeric" value="${valueOf('downloads_limit', downloadLimit ?? '')}" placeholder="${say('card.anyNumber')}"${mark('downloads_limit')}>${problem('downloads_limit')}</div>
<div class="field"><label for="${id('action')}">${say('card.atLimit')}</label>
<select id="${id('action')}" name="limit_action">${options(actions, valueOf('limit_action', limitAction ?? BLOCK))}
</select></div>
${places === undefined
    ? ''
    : html`<div class="field"><label for="${id('target')}">${say('card.target')}</label>
<select id="${id('target')}" name="limit_action_to_folder">${options(places, valueOf('limit_action_to_folder', limitActionFolderId ?? ROOT_FOLDER))}
</select></div>`}`
}

/** The options of a select. */
export function options (choices: ReadonlyArray<readonly [string | number, string | Html]>, chosen: string): readonly Html[] {
  return choices.map(([value, label]) => html`
<option value="${value}"${String(value) === chosen ? html` selected` : ''}>${label}</option>`)
}
