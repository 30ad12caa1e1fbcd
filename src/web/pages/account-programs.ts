/** The tab of the account page for programs: files that set them up, their keys, and the API. */
import type { Uploader } from '../../domain/uploads/uploader.ts'
import type { AccountView } from './account-view.ts'
import { agoView } from '../components/file-view.ts'
import { html, type Html } from '../html.ts'
import { sheet, type Page } from '../components/layout.ts'
import { questionView } from '../components/question-view.ts'
import type { PlainKey, Words } from '../i18n/words.ts'

const KINDS: Readonly<Record<Uploader, PlainKey>> = { sharex: 'account.sharex', script: 'account.script' }

/** The content of the tab. */
export function programsTab (words: Words, { user, publicUrl, programs, keys }: AccountView, token: Html): Html {
  const { say } = words
  return html`<section class="card">
<h2>${say('account.programs')}</h2>
<p>${say('account.uploaders')}</p>
<form method="post" action="/account/uploader" class="row actions">${token}${Object.entries(KINDS).map(([kind, key]) => html`
<button type="submit" name="kind" value="${kind}" class="plain">${say(key)}</button>`)}
</form>
${keys.length === 0 ? html`<p class="quiet">${say('account.noKeys')}</p>` : html`<ul class="list">${keys.map(key => keyView(words, key))}</ul>`}
</section>
<section class="card">
<h2>${say('account.api')}</h2>
<p>${say('account.apiSentence', { address: html`<code>${publicUrl}/rest/</code>`, docs: html`<a href="/docs">/docs</a>` })}</p>
<pre class="snippet" tabindex="0"><code>${loginSnippet(publicUrl, user.userName)}</code></pre>
<form method="post" action="/account/end" class="row">${token}<span class="grow">${words.count('account.open', programs)}</span>
<button type="submit" name="what" value="programs" class="plain"${programs === 0 ? html` disabled` : ''}>${say('account.endPrograms')}</button></form>
</section>`
}

type Key = AccountView['keys'][number]

function keyView (words: Words, key: Key): Html {
  return html`
<li><span class="grow">${keyName(words, key)}<br><span class="quiet">${lastUse(words, key)}</span></span>
<a class="button bare" href="/account/key/${key.keyHash}">${words.say('account.endKeyAsk')}</a></li>`
}

const keyName = (words: Words, { kind, createdAt }: Key): Html => words.say(kind === 'sharex' ? 'account.sharexKey' : 'account.scriptKey', { time: agoView(words, createdAt) })

const lastUse = (words: Words, { lastUsedAt }: Key): Html => lastUsedAt === null ? words.say('account.neverUsed') : words.say('account.lastUsed', { time: agoView(words, lastUsedAt) })

/** The question before a key is revoked. */
export function revokeKeyPage (key: Key, formToken: string): Page {
  return words => sheet(html`${words.say('account.endKeyHeading')} – ${words.site}`, html`<h1>${words.say('account.endKeyHeading')}</h1>
${questionView(words, {
    about: html`<p><b>${keyName(words, key)}</b><br><span class="quiet">${lastUse(words, key)}</span></p>`,
    warning: 'account.endKeySentence',
    action: '/account/end',
    fields: { what: 'key', id: key.keyHash },
    button: 'account.endKey',
    formToken,
    back: '/account?tab=programs'
  })}`)
}

/** Commands to paste into a shell; they ask for the password. */
const loginSnippet = (publicUrl: string, userName: string): string => `server='${publicUrl}'
md5 () { printf %s "$1" | md5sum | cut -d' ' -f1; }
token=$(curl -sS "$server/rest/?method=auth.createToken&api_key=RESPACE001&api_version=1.2" |
  sed -n 's|.*<token>\\(.*\\)</token>.*|\\1|p')
stty -echo; printf 'Password: '; read -r password; stty echo; echo
curl -sS -d method=auth.login -d "token=$token" --data-urlencode 'user_name=${userName}' \\
  -d "tokened_password=$(md5 "$token$(md5 "$password")")" "$server/rest/"`
