import { html, type Html } from './html.ts'
import { page, type Page } from './layout.ts'
import { noticeView } from './share-card.ts'

export interface LoginView {
  /** Where to go then: a path of ours. */
  readonly to: string
  readonly name?: string
  /** What went wrong before. */
  readonly problem?: string
  readonly isRegistrationOpen: boolean
}

export function loginPage ({ to, name = '', problem, isRegistrationOpen }: LoginView): Page {
  return page('Log in – Respace', html`<h1>Log in</h1>
<form method="post" action="/login" class="card narrow">
${problemView(problem)}
<input type="hidden" name="to" value="${to}">
<div class="field"><label for="user_name">User name or e-mail</label>
<input id="user_name" name="user_name" value="${name}" required autocomplete="username" autocapitalize="none" spellcheck="false"${name === '' ? html` autofocus` : ''}></div>
<div class="field"><label for="password">Password</label>
<input id="password" name="password" type="password" required autocomplete="current-password"${name === '' ? '' : html` autofocus`}></div>
<button type="submit">Log in</button>
</form>
${isRegistrationOpen ? html`<p>No account yet? <a href="/register">Open one</a>.</p>` : ''}`)
}

export interface RegisterView {
  readonly userName?: string
  readonly fullName?: string
  readonly email?: string
  readonly problem?: string
}

export function registerPage ({ userName = '', fullName = '', email = '', problem }: RegisterView): Page {
  return page('Open an account – Respace', html`<h1>Open an account</h1>
<form method="post" action="/register" class="card narrow">
${problemView(problem)}
<div class="field"><label for="user_name">User name</label>
<input id="user_name" name="user_name" value="${userName}" required minlength="3" maxlength="20" pattern="[A-Za-z0-9]+" autocomplete="username" autocapitalize="none" spellcheck="false" aria-describedby="user_name_hint">
<span class="hint" id="user_name_hint">3 to 20 letters and digits</span></div>
<div class="field"><label for="full_name">Your name</label>
<input id="full_name" name="full_name" value="${fullName}" required minlength="3" maxlength="100" autocomplete="name" aria-describedby="full_name_hint">
<span class="hint" id="full_name_hint">Letters and spaces; people you write to see it</span></div>
<div class="field"><label for="email">E-mail</label>
<input id="email" name="email" type="email" value="${email}" required autocomplete="email"></div>
<div class="field"><label for="password">Password</label>
<input id="password" name="password" type="password" required minlength="8" maxlength="20" autocomplete="new-password" aria-describedby="password_hint">
<span class="hint" id="password_hint">8 to 20 characters; it is good for programs as well</span></div>
<button type="submit">Open the account</button>
</form>
<p>You have one already? <a href="/login">Log in</a>.</p>`)
}

const problemView = (problem: string | undefined): Html => problem === undefined ? html`` : noticeView({ isError: true, sentence: problem })
