/** The account page: tabs for its usage, its password and sessions, programs, and its end. */
import { accessTab } from './account-access.ts'
import { programsTab } from './account-programs.ts'
import { ACCOUNT_TABS, tabLink, type AccountTab, type AccountView } from './account-view.ts'
import { currentPassword, hiddenName } from '../components/current-password.ts'
import { timeView } from '../components/file-view.ts'
import { html, type Html } from '../html.ts'
import { formTokenField, sheet, type Page } from '../components/layout.ts'
import { problemMark, problemView } from '../components/problem-view.ts'
import { noticeView } from '../components/share-card.ts'
import type { PlainKey, Words } from '../i18n/words.ts'

export interface Meter {
  /** Bytes. */
  readonly used: number
  /** Bytes, -1 unlimited. */
  readonly limit: number
}

const TABS: Readonly<Record<AccountTab, (words: Words, view: AccountView, token: Html) => Html>> = {
  overview: overviewTab, security: accessTab, programs: programsTab, delete: deleteTab
}

export function accountPage (view: AccountView): Page {
  return words => {
    const { say } = words
    const { user, notice, tab: shown } = view
    return sheet(say('account.title'), html`<h1>${say('account.heading', { name: user.userName })}</h1>
<nav aria-label="${say('account.heading', { name: user.userName })}" class="tabs">${Object.entries(ACCOUNT_TABS).map(([tab, key]) => html`<a href="${tabLink(tab as AccountTab)}"${tab === shown ? html` aria-current="page"` : ''}>${say(key)}</a>`)}</nav>
${notice === undefined ? '' : noticeView(words, notice)}
${TABS[shown](words, view, formTokenField(view.formToken))}`)
  }
}

function overviewTab (words: Words, { user, disk, bandwidth, problems, email = user.email }: AccountView, token: Html): Html {
  const { say } = words
  return html`<section class="card">
<dl class="facts"><div><dt>${say('account.plan')}</dt><dd>${user.plan}</dd></div>${user.planEndsAt === null
  ? ''
  : html`<div><dt>${say('account.until')}</dt><dd>${timeView(words, user.planEndsAt)}</dd></div>`}</dl>
${meterView(words, 'account.disk', disk)}
${meterView(words, 'account.bandwidth', bandwidth)}
</section>
<section class="card">
<h2>${say('account.name')}</h2>
<form method="post" action="/account/name">${token}
<div class="field"><label class="tick"><input type="checkbox" name="show" value="1"${user.isNameShown ? html` checked` : ''}> <span>${say('account.showName', { name: user.fullName })}</span></label></div>
<button type="submit" class="plain">${say('card.save')}</button>
</form>
</section>
<section class="card">
<h2>${say('account.changeEmail')}</h2>
<form method="post" action="/account/email" class="narrow">${token}
<div class="field"><label for="email">${say('register.email')}</label>
<input id="email" name="email" type="email" value="${email}" required autocomplete="email"${problemMark('email', problems.has('email'))}>${problemView(words, 'email', problems.get('email'))}</div>
${currentPassword(words, 'password-email', problems)}
<button type="submit">${say('account.changeEmail')}</button>
</form>
</section>`
}

function deleteTab (words: Words, { user, problems }: AccountView, token: Html): Html {
  const { say } = words
  return html`<section class="card">
<h2>${say('account.delete')}</h2>
<p>${say('account.deleteSentence')}</p>
<form method="post" action="/account/delete" class="narrow">${token}
${hiddenName(user)}
${currentPassword(words, 'password-delete', problems)}
<button type="submit" class="danger">${say('account.delete')}</button>
</form>
</section>`
}

/** The page after an account was deleted by its owner. */
export function accountDeletedPage (name: string): Page {
  return ({ say }) => sheet(say('account.deleted'), html`<h1>${say('account.deleted')}</h1>
<div class="msg" role="status">${say('account.deletedSentence', { name })}</div>
<p><a href="/">${say('error.back')}</a></p>`)
}

/** How much of a limit is used. */
export function meterView (words: Words, label: PlainKey, { used, limit }: Meter): Html {
  const title = words.say(label)
  if (limit === -1) return html`<p class="meter"><b>${title}</b> <span>${words.say('account.unlimited', { used: words.size(used) })}</span></p>`
  const share = limit === 0 ? 1 : Math.min(1, used / limit)
  return html`<p class="meter"><b>${title}</b> <span>${words.say('account.used', { used: words.size(used), limit: words.size(limit) })}</span>
<meter min="0" max="1" high="0.9" optimum="0" value="${share.toFixed(3)}" aria-label="${title}"></meter></p>`
}
