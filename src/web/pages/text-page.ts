/** The page on which a text is written and shared. */
import { html, type Html } from '../html.ts'
import { sheet, speakingScript, type Page } from '../components/layout.ts'
import { problemMark, problemView } from '../components/problem-view.ts'
import { noticeView, type Notice } from '../components/share-card.ts'
import { TEXT_LANGUAGES } from '../../domain/files/text-language.ts'
import type { PlainKey, Sentence } from '../i18n/words.ts'

export type TextField = 'text' | 'name' | 'password'

/** What was typed. */
export interface TypedText {
  readonly text: string
  readonly name: string
  /** The id of one of `TEXT_LANGUAGES`. */
  readonly language: string
  readonly password: string
  /** Seconds, 0 for never, '' for what is usual. */
  readonly timeLimit: string
}

export const EMPTY_TEXT: TypedText = { text: '', name: '', language: 'plain', password: '', timeLimit: '' }

export interface TextView {
  readonly typed: TypedText
  /** Bytes. */
  readonly maxBytes: number
  /** Milliseconds until a text expires where nothing else is chosen, and at most; null: never. */
  readonly usualTime: number | null
  readonly longestTime: number | null
  /** The user name of whose text it becomes; undefined without an account. */
  readonly account: string | undefined
  readonly notice?: Notice | undefined
  readonly problem?: { readonly field: TextField, readonly sentence: Sentence } | undefined
}

const DAY = 24 * 3600
const TIMES: ReadonlyArray<readonly [number, PlainKey]> = [[3600, 'card.anHour'], [DAY, 'card.aDay'], [7 * DAY, 'card.aWeek'], [30 * DAY, 'card.aMonth'], [365 * DAY, 'card.aYear']]

/** The times that can be chosen, in seconds. */
export const textTimes = (longestTime: number | null): ReadonlyArray<readonly [number, PlainKey]> =>
  TIMES.filter(([seconds]) => longestTime === null || seconds * 1000 <= longestTime)

export function textPage ({ typed, maxBytes, usualTime, longestTime, account, notice, problem }: TextView): Page {
  return words => {
    const { say } = words
    const optional = html`<span class="quiet">${say('home.optional')}</span>`
    const mark = (field: TextField): Html => problemMark(field, problem?.field === field)
    const told = (field: TextField): Html => problemView(words, field, problem?.field === field ? problem.sentence : undefined)
    const option = (value: string | number, label: Html | string, chosen: string): Html => html`
<option value="${value}"${String(value) === chosen ? html` selected` : ''}>${label}</option>`
    const tooLong = say('text.tooLong', { size: words.size(maxBytes) })
    // A browser passes over the first line break of the field.
    return sheet(say('text.title'), html`<h1>${say('text.title')}</h1>
${notice === undefined ? '' : noticeView(words, notice)}
<form method="post" action="/text" enctype="multipart/form-data" id="text-form" class="card" data-max-bytes="${maxBytes}" data-too-long="${tooLong.text}">
${account === undefined ? '' : html`<input type="hidden" name="for_account" value="${account}">`}
<div class="field"><label for="text">${say('text.text')}</label>
<textarea id="text" name="text" required rows="16" spellcheck="false" autocapitalize="none"${typed.text === '' ? html` autofocus` : ''}${mark('text')}>
${typed.text}</textarea>${told('text')}</div>
<div class="fields">
<div class="field"><label for="name">${say('text.name', { optional })}</label>
<input id="name" name="name" value="${typed.name}" maxlength="255" autocomplete="off" autocapitalize="none" spellcheck="false"${mark('name')}>${told('name')}</div>
<div class="field"><label for="language">${say('text.format')}</label>
<select id="language" name="language">${TEXT_LANGUAGES.map(({ id, label }) => option(id, label === '' ? say('text.plain') : label, typed.language))}
</select></div>
<div class="field"><label for="password">${say('home.password', { optional })}</label>
<input type="password" id="password" name="password" value="${typed.password}" autocomplete="new-password"${mark('password')}>${told('password')}</div>
<div class="field"><label for="time_limit">${say('card.expires')}</label>
<select id="time_limit" name="time_limit">${option('', usualTime === null ? say('card.never') : words.count('text.days', Math.max(1, Math.round(usualTime / 1000 / DAY))), typed.timeLimit)}${
  textTimes(longestTime).map(([seconds, key]) => option(seconds, say(key), typed.timeLimit))}
</select></div>
</div>
<button type="submit">${say('text.share')}</button>
</form>`, speakingScript('text.js', words, 'text'))
  }
}
