/** The account page: its usage, its sessions, and data for programs. */
import type { Uploader } from '../../domain/uploads/uploader.ts'
import type { User } from '../../domain/accounts/user.ts'
import { timeView } from '../components/file-view.ts'
import { html, type Html } from '../html.ts'
import { formTokenField, sheet, type Page } from '../components/layout.ts'
import { noticeView, type Notice } from '../components/share-card.ts'
import type { PlainKey, Words } from '../i18n/words.ts'

export interface Meter {
  /** Bytes. */
  readonly used: number
  /** Bytes, -1 unlimited. */
  readonly limit: number
}

export interface AccountView {
  readonly user: User
  readonly formToken: string
  readonly publicUrl: string
  readonly disk: Meter
  /** In the last 30 days. */
  readonly bandwidth: Meter
  readonly sessions: ReadonlyArray<{ readonly keyHash: string, readonly userAgent: string, readonly lastUsedAt: number, readonly isThis: boolean }>
  /** Open sessions of the API. */
  readonly programs: number
  readonly keys: ReadonlyArray<{ readonly keyHash: string, readonly kind: Uploader, readonly createdAt: number, readonly lastUsedAt: number | null }>
  readonly notice: Notice | undefined
}

export function accountPage (view: AccountView): Page {
  return words => {
    const { say } = words
    const { user, formToken, notice, publicUrl } = view
    const token = formTokenField(formToken)
    return sheet(say('account.title'), html`<h1>${say('account.heading', { name: user.userName })}</h1>
${notice === undefined ? '' : noticeView(words, notice)}
<section class="card">
<dl class="facts"><div><dt>${say('account.plan')}</dt><dd>${user.plan}</dd></div>${user.planEndsAt === null
  ? ''
  : html`<div><dt>${say('account.until')}</dt><dd>${timeView(words, user.planEndsAt)}</dd></div>`}</dl>
${meterView(words, 'account.disk', view.disk)}
${meterView(words, 'account.bandwidth', view.bandwidth)}
</section>
<section class="card">
<h2>${say('account.programs')}</h2>
<p>${say('account.uploaders')}</p>
<form method="post" action="/account/uploader" class="row actions">${token}
<button type="submit" name="kind" value="sharex" class="plain">${say('account.sharex')}</button>
<button type="submit" name="kind" value="script" class="plain">${say('account.script')}</button>
</form>
${view.keys.length === 0 ? '' : html`<ul class="list">${view.keys.map(key => keyView(words, token, key))}</ul>`}
<h3>${say('account.api')}</h3>
<p>${say('account.apiSentence', { address: html`<code>${publicUrl}/rest/</code>`, docs: html`<a href="/docs">/docs</a>` })}</p>
<pre class="snippet" tabindex="0"><code>${loginSnippet(publicUrl, user.userName)}</code></pre>
<form method="post" action="/account/end" class="row">${token}<span class="grow">${words.count('account.open', view.programs)}</span>
<button type="submit" name="what" value="programs" class="plain"${view.programs === 0 ? html` disabled` : ''}>${say('account.endPrograms')}</button></form>
</section>
<section class="card">
<h2>${say('account.browsers')}</h2>
<ul class="list">${view.sessions.map(session => sessionView(words, token, session))}</ul>
${view.sessions.length < 2 ? '' : html`<form method="post" action="/account/end" class="row">${token}<button type="submit" name="what" value="others" class="plain">${say('account.endOthers')}</button></form>`}
</section>
<section class="card">
<h2>${say('account.name')}</h2>
<form method="post" action="/account/name">${token}
<div class="field"><label class="tick"><input type="checkbox" name="show" value="1"${user.isNameShown ? html` checked` : ''}> ${say('account.showName', { name: user.fullName })}</label></div>
<button type="submit" class="plain">${say('card.save')}</button>
</form>
</section>
<section class="card">
<h2>${say('account.changePassword')}</h2>
<form method="post" action="/account/password" class="narrow">${token}
${hiddenName(user)}
${currentPassword(words, 'password-now')}
<div class="field"><label for="new_password">${say('account.newPassword')}</label>
<input id="new_password" name="new_password" type="password" required minlength="8" maxlength="20" autocomplete="new-password" aria-describedby="new_password_hint">
<span class="hint" id="new_password_hint">${say('account.passwordHint')}</span></div>
<button type="submit">${say('account.changePassword')}</button>
</form>
</section>
<section class="card">
<h2>${say('account.changeEmail')}</h2>
<form method="post" action="/account/email" class="narrow">${token}
<div class="field"><label for="email">${say('register.email')}</label>
<input id="email" name="email" type="email" value="${user.email}" required autocomplete="email"></div>
${currentPassword(words, 'password-email')}
<button type="submit">${say('account.changeEmail')}</button>
</form>
</section>
<section class="card">
<h2>${say('account.delete')}</h2>
<p>${say('account.deleteSentence')}</p>
<form method="post" action="/account/delete" class="narrow">${token}
${hiddenName(user)}
${currentPassword(words, 'password-delete')}
<button type="submit" class="danger">${say('account.delete')}</button>
</form>
</section>`)
  }
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

function keyView (words: Words, token: Html, { keyHash, kind, createdAt, lastUsedAt }: AccountView['keys'][number]): Html {
  const used = lastUsedAt === null ? words.say('account.neverUsed') : words.say('account.lastUsed', { time: timeView(words, lastUsedAt) })
  return html`
<li><span class="grow">${words.say(kind === 'sharex' ? 'account.sharexKey' : 'account.scriptKey', { time: timeView(words, createdAt) })}<br><span class="quiet">${used}</span></span>
<form method="post" action="/account/end">${token}<input type="hidden" name="id" value="${keyHash}"><button type="submit" name="what" value="key" class="bare">${words.say('account.endKey')}</button></form></li>`
}

function sessionView (words: Words, token: Html, { keyHash, userAgent, lastUsedAt, isThis }: AccountView['sessions'][number]): Html {
  return html`
<li><span class="grow">${userAgent || words.say('account.unknownBrowser')}<br><span class="quiet">${words.say('account.lastUsed', { time: timeView(words, lastUsedAt) })}</span></span>
${isThis
  ? html`<span class="tag">${words.say('account.thisBrowser')}</span>`
  : html`<form method="post" action="/account/end">${token}<input type="hidden" name="id" value="${keyHash}"><button type="submit" name="what" value="session" class="bare">${words.say('site.logOut')}</button></form>`}</li>`
}

function currentPassword ({ say }: Words, id: string): Html {
  return html`<div class="field"><label for="${id}">${say('account.currentPassword')}</label>
<input id="${id}" name="password" type="password" required autocomplete="current-password"></div>`
}

/** For password managers: the user name of this password. */
const hiddenName = ({ userName }: User): Html => html`<input type="hidden" name="user_name" value="${userName}" autocomplete="username">`

/** Commands to paste into a shell; they ask for the password. */
const loginSnippet = (publicUrl: string, userName: string): string => `server='${publicUrl}'
md5 () { printf %s "$1" | md5sum | cut -d' ' -f1; }
token=$(curl -sS "$server/rest/?method=auth.createToken&api_key=RESPACE001&api_version=1.2" |
  sed -n 's|.*<token>\\(.*\\)</token>.*|\\1|p')
stty -echo; printf 'Password: '; read -r password; stty echo; echo
curl -sS -d method=auth.login -d "token=$token" --data-urlencode 'user_name=${userName}' \\
  -d "tokened_password=$(md5 "$token$(md5 "$password")")" "$server/rest/"`
