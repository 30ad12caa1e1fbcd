/** The tab of the account page for whoever may come in: password and sessions of browsers. */
import { browserOf } from '../../domain/accounts/browser-name.ts'
import type { AccountView } from './account-view.ts'
import { currentPassword, hiddenName, newPassword } from '../components/current-password.ts'
import { agoView } from '../components/file-view.ts'
import { html, type Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'

/** The content of the tab. */
export function accessTab (words: Words, { user, sessions, problems }: AccountView, token: Html): Html {
  const { say } = words
  return html`<section class="card">
<h2>${say('account.changePassword')}</h2>
<form method="post" action="/account/password" class="narrow">${token}
${hiddenName(user)}
${currentPassword(words, 'password-now', problems)}
${newPassword(words, problems.get('new_password'))}
<button type="submit">${say('account.changePassword')}</button>
</form>
</section>
<section class="card">
<h2>${say('account.browsers')}</h2>
<ul class="list">${sessions.map(session => sessionView(words, token, session))}</ul>
${sessions.length < 2 ? '' : html`<form method="post" action="/account/end" class="row">${token}<button type="submit" name="what" value="others" class="plain">${say('account.endOthers')}</button></form>`}
</section>`
}

function sessionView (words: Words, token: Html, { keyHash, userAgent, lastUsedAt, isThis }: AccountView['sessions'][number]): Html {
  return html`
<li><span class="grow"><span title="${userAgent}">${browserView(words, userAgent)}</span><br><span class="quiet">${words.say('account.lastUsed', { time: agoView(words, lastUsedAt) })}</span></span>
${isThis
  ? html`<span class="tag">${words.say('account.thisBrowser')}</span>`
  : html`<form method="post" action="/account/end">${token}<input type="hidden" name="id" value="${keyHash}"><button type="submit" name="what" value="session" class="bare">${words.say('site.logOut')}</button></form>`}</li>`
}

function browserView ({ say }: Words, userAgent: string): Html {
  const { browser, system } = browserOf(userAgent)
  if (browser !== '' && system !== '') return say('account.browserOn', { browser, system })
  return html`${browser || userAgent || say('account.unknownBrowser')}`
}
