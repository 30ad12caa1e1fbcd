import type { User } from '../../domain/accounts/user.ts'
import { html, type Html } from '../html.ts'
import { problemMark, problemView } from './problem-view.ts'
import type { Sentence, Words } from '../i18n/words.ts'

/** The field for the password that the account has now; `id` distinguishes those of several forms. */
export function currentPassword (words: Words, id: string, problems: ReadonlyMap<string, Sentence>): Html {
  return html`<div class="field"><label for="${id}">${words.say('account.currentPassword')}</label>
<input id="${id}" name="password" type="password" required autocomplete="current-password"${problemMark(id, problems.has(id))}>${problemView(words, id, problems.get(id))}</div>`
}

/** For password managers: the user name of this password. */
export const hiddenName = ({ userName }: Pick<User, 'userName'>): Html => html`<input type="hidden" name="user_name" value="${userName}" autocomplete="username">`
