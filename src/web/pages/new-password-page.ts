/** The pages on which people ask for a link, and choose a new password by it. */
import { hiddenName, newPassword } from '../components/current-password.ts'
import { sheet, type Page } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Sentence } from '../i18n/words.ts'

export function forgottenPage (): Page {
  return ({ say }) => sheet(say('reset.title'), html`<h1>${say('reset.heading')}</h1>
<form method="post" action="/password" class="card narrow">
<p>${say('reset.ask')}</p>
<div class="field"><label for="user_name">${say('login.name')}</label>
<input id="user_name" name="user_name" required autocomplete="username" autocapitalize="none" spellcheck="false" autofocus></div>
<button type="submit">${say('reset.send')}</button>
</form>`)
}

export interface NewPasswordView {
  readonly code: string
  readonly userName: string
  /** Why the last one was refused. */
  readonly problem?: Sentence
}

export function newPasswordPage ({ code, userName, problem }: NewPasswordView): Page {
  return words => {
    const { say } = words
    return sheet(say('reset.title'), html`<h1>${say('reset.heading')}</h1>
<form method="post" action="/password/${code}" class="card narrow">
${hiddenName({ userName })}
${newPassword(words, problem, true)}
<button type="submit">${say('account.changePassword')}</button>
</form>`)
  }
}

export const resetSentPage = (): Page => ({ say }) => sheet(say('reset.title'), html`<h1>${say('reset.sentHeading')}</h1><p>${say('reset.sent')}</p>`)

export function passwordChangedPage (): Page {
  return ({ say }) => sheet(say('reset.title'), html`<h1>${say('reset.doneHeading')}</h1><p>${say('reset.done')}</p><p><a class="button" href="/login">${say('site.logIn')}</a></p>`)
}
