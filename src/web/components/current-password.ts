import type { User } from '../../domain/accounts/user.ts'
import { html, type Html } from '../html.ts'
import { problemMark, problemView } from './problem-view.ts'
import type { Sentence, Words } from '../i18n/words.ts'

/** The field for the password that the account has now; `id` distinguishes those of several forms. */
export function currentPassword (words: Words, id: string, problems: ReadonlyMap<string, Sentence>): Html {
  return html`<div class="field"><label for="${id}">${words.say('account.currentPassword')}</label>
<input id="${id}" name="password" type="password" required autocomplete="current-password"${problemMark(id, problems.has(id))}>${problemView(words, id, problems.get(id))}</div>`
}

/** The field for a new password; `isFocused` where it is the only one. */
export function newPassword (words: Words, problem: Sentence | undefined, isFocused = false): Html {
  return html`<div class="field"><label for="new_password">${words.say('account.newPassword')}</label>
<input id="new_password" name="new_password" type="password" required minlength="8" autocomplete="new-password"${isFocused ? html` autofocus` : ''}${problemMark('new_password', problem !== undefined, 'new_password_hint')}>${problemView(words, 'new_password', problem)}
<span class="hint" id="new_password_hint">${words.say('account.passwordHint')}</span></div>`
}

/** For password managers: the user name of this password. */
export const hiddenName = ({ userName }: Pick<User, 'userName'>): Html => html`<input type="hidden" name="user_name" value="${userName}" autocomplete="username">`
