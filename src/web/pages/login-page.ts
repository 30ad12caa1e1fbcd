import { html, type Html } from '../html.ts'
import { sheet, type Page } from '../components/layout.ts'
import { noticeView } from '../components/share-card.ts'
import type { Sentence, Words } from '../i18n/words.ts'

export interface LoginView {
  /** Where to go after the login: a path of this server. */
  readonly to: string
  readonly name?: string
  /** The error of the last attempt. */
  readonly problem?: Sentence
  readonly isRegistrationOpen: boolean
}

export function loginPage ({ to, name = '', problem, isRegistrationOpen }: LoginView): Page {
  return words => {
    const { say } = words
    return sheet(say('login.title'), html`<h1>${say('login.heading')}</h1>
<form method="post" action="/login" class="card narrow">
${problemView(words, problem)}
<input type="hidden" name="to" value="${to}">
<div class="field"><label for="user_name">${say('login.name')}</label>
<input id="user_name" name="user_name" value="${name}" required autocomplete="username" autocapitalize="none" spellcheck="false"${name === '' ? html` autofocus` : ''}></div>
<div class="field"><label for="password">${say('login.password')}</label>
<input id="password" name="password" type="password" required autocomplete="current-password"${name === '' ? '' : html` autofocus`}></div>
<button type="submit">${say('login.button')}</button>
</form>
<p class="quiet">${say('login.forgotten')}</p>
${isRegistrationOpen ? html`<p>${say('login.noAccount', { link: html`<a href="/register">${say('login.openOne')}</a>` })}</p>` : ''}`)
  }
}

export interface RegisterView {
  readonly userName?: string
  readonly fullName?: string
  readonly email?: string
  /** The code of an invitation, '' for none. */
  readonly invitation?: string
  readonly problem?: Sentence
}

export function registerPage ({ userName = '', fullName = '', email = '', invitation = '', problem }: RegisterView): Page {
  return words => {
    const { say } = words
    return sheet(say('register.title'), html`<h1>${say('register.heading')}</h1>
<form method="post" action="/register" class="card narrow">
${problemView(words, problem)}
${invitation === '' ? '' : html`<input type="hidden" name="invitation" value="${invitation}">`}
${accountFields(words, { userName, fullName, email })}
<button type="submit">${say('register.button')}</button>
</form>
<p>${say('register.haveOne', { link: html`<a href="/login">${say('site.logIn')}</a>` })}</p>`)
  }
}

/** The fields of a new account. */
export function accountFields ({ say }: Words, { userName = '', fullName = '', email = '' }: RegisterView): Html {
  return html`
<div class="field"><label for="user_name">${say('register.userName')}</label>
<input id="user_name" name="user_name" value="${userName}" required minlength="3" maxlength="20" pattern="[A-Za-z0-9]+" autocomplete="username" autocapitalize="none" spellcheck="false" aria-describedby="user_name_hint">
<span class="hint" id="user_name_hint">${say('register.userNameHint')}</span></div>
<div class="field"><label for="full_name">${say('register.fullName')}</label>
<input id="full_name" name="full_name" value="${fullName}" required minlength="3" maxlength="100" autocomplete="name" aria-describedby="full_name_hint">
<span class="hint" id="full_name_hint">${say('register.fullNameHint')}</span></div>
<div class="field"><label for="email">${say('register.email')}</label>
<input id="email" name="email" type="email" value="${email}" required autocomplete="email"></div>
<div class="field"><label for="password">${say('register.password')}</label>
<input id="password" name="password" type="password" required minlength="8" maxlength="20" autocomplete="new-password" aria-describedby="password_hint">
<span class="hint" id="password_hint">${say('register.passwordHint')}</span></div>`
}

const problemView = (words: Words, problem: Sentence | undefined): Html => problem === undefined ? html`` : noticeView(words, { isError: true, sentence: problem })
