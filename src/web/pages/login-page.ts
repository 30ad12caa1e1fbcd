import { html, type Html } from '../html.ts'
import { sheet, type Page } from '../components/layout.ts'
import { problemMark, problemView } from '../components/problem-view.ts'
import { noticeView, type Notice } from '../components/share-card.ts'
import { sentence, type Sentence, type Words } from '../i18n/words.ts'

export interface LoginView {
  /** Where to go after the login: a path of this server. */
  readonly to: string
  readonly name?: string
  /** The error of the last attempt. */
  readonly problem?: Sentence
  readonly isRegistrationOpen: boolean
  /** Whether a link for a new password can be mailed. */
  readonly hasMailServer: boolean
}

export function loginPage ({ to, name = '', problem, isRegistrationOpen, hasMailServer }: LoginView): Page {
  return words => {
    const { say } = words
    // Which of the two is wrong is told to nobody.
    const mark = problem === undefined ? '' : html` aria-invalid="true" aria-describedby="login_problem"`
    return sheet(say('login.title'), html`<h1>${say('login.heading')}</h1>
<form method="post" action="/login" class="card narrow">
${problem === undefined ? '' : html`<div id="login_problem">${noticeView(words, { isError: true, sentence: problem })}</div>`}
<input type="hidden" name="to" value="${to}">
<div class="field"><label for="user_name">${say('login.name')}</label>
<input id="user_name" name="user_name" value="${name}" required autocomplete="username" autocapitalize="none" spellcheck="false"${name === '' ? html` autofocus` : ''}${mark}></div>
<div class="field"><label for="password">${say('login.password')}</label>
<input id="password" name="password" type="password" required autocomplete="current-password"${name === '' ? '' : html` autofocus`}${mark}></div>
<button type="submit">${say('login.button')}</button>
</form>
${hasMailServer ? html`<p><a href="/password">${say('login.forgot')}</a></p>` : html`<p class="quiet">${say('login.forgotten')}</p>`}
${isRegistrationOpen ? html`<p>${say('login.noAccount', { link: html`<a href="/register">${say('login.openOne')}</a>` })}</p>` : ''}`)
  }
}

export interface RegisterView {
  readonly userName?: string
  readonly fullName?: string
  readonly email?: string
  /** The code of an invitation, '' for none. */
  readonly invitation?: string
  /** Error messages by the name of their field; '' is the whole form. */
  readonly problems?: ReadonlyMap<string, Sentence>
}

const NO_PROBLEMS: ReadonlyMap<string, Sentence> = new Map()

export function registerPage ({ userName = '', fullName = '', email = '', invitation = '', problems = NO_PROBLEMS }: RegisterView): Page {
  return words => {
    const { say } = words
    return sheet(say('register.title'), html`<h1>${say('register.heading')}</h1>
<form method="post" action="/register" class="card narrow">
${noticeOf(words, problems)}
${invitation === '' ? '' : html`<input type="hidden" name="invitation" value="${invitation}">`}
${accountFields(words, { userName, fullName, email, problems })}
<button type="submit">${say('register.button')}</button>
</form>
<p>${say('register.haveOne', { link: html`<a href="/login">${say('site.logIn')}</a>` })}</p>`)
  }
}

/** What is said above a form with errors: what is about one field stands there. */
export function formNotice (problems: ReadonlyMap<string, Sentence>): Notice | undefined {
  return problems.size === 0 ? undefined : { isError: true, sentence: problems.get('') ?? sentence('field.notSaved') }
}

function noticeOf (words: Words, problems: ReadonlyMap<string, Sentence>): Html {
  const notice = formNotice(problems)
  return notice === undefined ? html`` : noticeView(words, notice)
}

/** The fields of a new account. */
export function accountFields (words: Words, { userName = '', fullName = '', email = '', problems = NO_PROBLEMS }: RegisterView): Html {
  const { say } = words
  const mark = (name: string, hint = '') => problemMark(name, problems.has(name), hint)
  const problem = (name: string) => problemView(words, name, problems.get(name))
  return html`
<div class="field"><label for="user_name">${say('register.userName')}</label>
<input id="user_name" name="user_name" value="${userName}" required minlength="3" maxlength="20" pattern="[A-Za-z0-9]+" autocomplete="username" autocapitalize="none" spellcheck="false"${mark('user_name', 'user_name_hint')}>${problem('user_name')}
<span class="hint" id="user_name_hint">${say('register.userNameHint')}</span></div>
<div class="field"><label for="full_name">${say('register.fullName')}</label>
<input id="full_name" name="full_name" value="${fullName}" required autocomplete="name"${mark('full_name', 'full_name_hint')}>${problem('full_name')}
<span class="hint" id="full_name_hint">${say('register.fullNameHint')}</span></div>
<div class="field"><label for="email">${say('register.email')}</label>
<input id="email" name="email" type="email" value="${email}" required autocomplete="email"${mark('email')}>${problem('email')}</div>
<div class="field"><label for="password">${say('register.password')}</label>
<input id="password" name="password" type="password" required minlength="8" autocomplete="new-password"${mark('password', 'password_hint')}>${problem('password')}
<span class="hint" id="password_hint">${say('register.passwordHint')}</span></div>`
}
