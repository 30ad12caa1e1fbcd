/** Accounts, for administrators. */
import { CAPABILITIES, PLAN_NAMES, type Capability } from '../../domain/accounts/plan.ts'
import type { User } from '../../domain/accounts/user.ts'
import { meterView, type Meter } from './account-page.ts'
import { adminSheet } from './admin-page.ts'
import { html, type Html } from '../html.ts'
import { formTokenField, moduleScript, type Page } from '../components/layout.ts'
import { problemMark, problemView } from '../components/problem-view.ts'
import { questionView } from '../components/question-view.ts'
import type { Notice } from '../components/share-card.ts'
import type { PlainKey, Words } from '../i18n/words.ts'

export interface UsersView {
  readonly users: readonly User[]
  readonly search: string
  /** The start of the next page; undefined for none. */
  readonly next: string | undefined
  readonly notice: Notice | undefined
}

export function usersPage ({ users, search, next, notice }: UsersView): Page {
  return words => {
    const { say } = words
    return adminSheet(words, '/admin/users', say('admin.accounts'), notice, html`
<form method="get" action="/admin/users" role="search" class="row pair actions"><input type="search" name="q" value="${search}" aria-label="${say('admin.search')}" placeholder="${say('admin.search')}"><button type="submit" class="plain">${say('my.searchButton')}</button></form>
<div class="card"><table>
<thead><tr><th scope="col">${say('admin.account')}</th><th scope="col">${say('account.plan')}</th><th scope="col" class="number">${say('admin.stored')}</th></tr></thead>
<tbody>${users.map(user => html`
<tr><td><a href="/admin/users/${user.id}">${user.userName}</a>${tagsView(words, user)}<br><small>${user.email}</small></td><td>${user.plan}</td><td class="number">${words.size(user.bytesStored)}</td></tr>`)}
</tbody></table>
${users.length === 0 ? html`<p>${say('my.nothingFound')} <a href="/admin/users">${say('admin.allAccounts')}</a></p>` : ''}
${next === undefined ? '' : html`<p><a href="/admin/users?q=${encodeURIComponent(search)}&after=${encodeURIComponent(next)}">${say('admin.more')}</a></p>`}
</div>`)
  }
}

const tagsView = ({ say }: Words, { isAdmin, isDisabled }: User): Html =>
  html`${isAdmin ? html` <span class="tag">${say('admin.isAdmin')}</span>` : ''}${isDisabled ? html` <span class="tag">${say('admin.disabled')}</span>` : ''}`

export interface UserView {
  readonly user: User
  /** The values of the fields. */
  readonly values: ReadonlyMap<string, string>
  /** Error messages by field name. */
  readonly problems: ReadonlyMap<string, PlainKey>
  readonly disk: Meter
  /** In the last 30 days. */
  readonly bandwidth: Meter
  readonly formToken: string
  readonly notice: Notice | undefined
}

export function userPage (view: UserView): Page {
  const { user, formToken, notice } = view
  return words => {
    const { say } = words
    const token = formTokenField(formToken)
    return adminSheet(words, '/admin/users', html`${user.userName}`, notice, html`
<section class="card"><p>${user.fullName} <span class="quiet">${user.email}</span>${tagsView(words, user)}</p>
${meterView(words, 'account.disk', view.disk)}
${meterView(words, 'account.bandwidth', view.bandwidth)}
</section>
<form method="post" action="/admin/users/${user.id}" class="card">${token}
${accountFields(words, view)}
<button type="submit">${say('card.save')}</button></form>
<section class="card"><div class="row"><a class="button plain" href="/admin/users/${user.id}/password">${say('admin.resetAsk')}</a>
<a class="button plain" href="/admin/users/${user.id}/end">${say('admin.endSessions')}</a>
<a class="button danger" href="/admin/users/${user.id}/delete">${say('admin.deleteAccount')}</a></div></section>`, moduleScript('account-form.js'))
  }
}

/** The question before a user gets a new password. */
export function resetPasswordPage (user: User, formToken: string): Page {
  return words => adminSheet(words, '/admin/users', words.say('admin.resetHeading', { name: user.userName }), undefined, questionView(words, {
    about: html`<p>${user.fullName} <span class="quiet">${user.email}</span>${tagsView(words, user)}</p>`,
    warning: 'admin.resetSentence',
    action: `/admin/users/${user.id}/password`,
    fields: {},
    button: 'admin.reset',
    formToken,
    back: `/admin/users/${user.id}`
  }))
}

const CAPABILITY_WORDS: Readonly<Record<Capability, PlainKey>> = {
  upload: 'admin.canUpload', download: 'admin.canDownload', folders: 'admin.canFolders', files: 'admin.canFiles'
}

function accountFields (words: Words, { values, problems }: UserView): Html {
  const { say } = words
  const value = (name: string) => values.get(name) ?? ''
  const option = (name: string, choice: string, label: Html | string) => html`<option value="${choice}"${value(name) === choice ? html` selected` : ''}>${label}</option>`
  const tick = (name: string, label: PlainKey) =>
    html`<div class="field"><label class="tick"><input type="checkbox" name="${name}" value="1"${values.has(name) ? html` checked` : ''}> ${say(label)}</label></div>`
  const problem = (name: string) => {
    const key = problems.get(name)
    return problemView(words, name, key && (({ say }) => say(key)))
  }
  const marked = (name: string) => problemMark(name, problems.has(name))
  const limit = (name: string, label: PlainKey, units: ReadonlyArray<readonly [string, Html | string]>) => html`
<div class="field"><label for="${name}">${say(label)}</label>
<div class="amount"><input id="${name}" name="${name}" value="${value(name)}" inputmode="decimal" autocomplete="off"${marked(name)}>
<select name="${name}_unit" data-for="${name}" data-unit="${units[Math.min(1, units.length - 1)]?.[0] ?? ''}" aria-label="${say('admin.unitOf', { field: say(label) })}">${option(`${name}_unit`, 'plan', say('admin.asPlan'))}${units.map(([unit, text]) => option(`${name}_unit`, unit, text))}${option(`${name}_unit`, 'unlimited', say('admin.unlimited'))}</select></div>${problem(name)}</div>`
  const sizes = [4, 3, 2, 1, 0].map(step => [String(step), words.unit(step)] as const)
  const counts = [['0', say('admin.thisMany')]] as const
  return html`<div class="fields broad">
<div class="field"><label for="plan">${say('account.plan')}</label><select id="plan" name="plan"${marked('plan')}>${PLAN_NAMES.map(name => option('plan', name, name))}</select>${problem('plan')}</div>
<div class="field"><label for="plan_ends">${say('admin.planEnds')}</label><input id="plan_ends" name="plan_ends" type="date" value="${value('plan_ends')}"${problemMark('plan_ends', problems.has('plan_ends'), 'plan_ends-hint')}>${problem('plan_ends')}<span class="hint" id="plan_ends-hint">${say('admin.planEndsHint')}</span></div>
${limit('quota', 'account.disk', sizes)}${limit('bandwidth', 'admin.bandwidth', sizes)}${limit('sessions', 'admin.sessions', counts)}${limit('contacts', 'admin.contacts', counts)}
</div>
<fieldset class="field"${problems.has('capabilities') ? html` aria-describedby="capabilities_problem"` : ''}><legend>${say('admin.capabilities')}</legend>
<label class="tick"><input type="radio" name="capabilities" value="plan"${value('capabilities') === 'plan' ? html` checked` : ''}> ${say('admin.asPlan')}</label>
<label class="tick"><input type="radio" name="capabilities" value="these"${value('capabilities') === 'plan' ? '' : html` checked`}> ${say('admin.onlyTicked')}</label>
<div class="row ticks">${CAPABILITIES.map(name => html`<label class="tick"><input type="checkbox" name="can_${name}" value="1"${values.has(`can_${name}`) ? html` checked` : ''}> ${say(CAPABILITY_WORDS[name])}</label>`)}</div>${problem('capabilities')}</fieldset>
${tick('https', 'admin.https')}${tick('admin', 'admin.admin')}${tick('disabled', 'admin.switchedOff')}`
}

export interface DeleteAccountView {
  readonly user: User
  readonly files: number
  readonly formToken: string
  readonly notice: Notice | undefined
}

/** The confirmation before an account is deleted. */
export function deleteAccountPage ({ user, files, formToken, notice }: DeleteAccountView): Page {
  return words => {
    const { say } = words
    return adminSheet(words, '/admin/users', say('admin.deleteHeading', { name: user.userName }), notice, html`
<form method="post" action="/admin/users/${user.id}/delete" class="card">${formTokenField(formToken)}
<p>${user.fullName} <span class="quiet">${user.email}</span>${tagsView(words, user)}</p>
<dl class="facts"><div><dt>${say('admin.files')}</dt><dd>${words.number(files)}</dd></div><div><dt>${say('admin.stored')}</dt><dd>${words.size(user.bytesStored)}</dd></div></dl>
<p>${say('account.deleteSentence')}</p>
<div class="row"><button type="submit" class="danger">${say('my.delete')}</button> <a class="button plain" href="/admin/users/${user.id}">${say('my.keep')}</a></div>
</form>`)
  }
}
