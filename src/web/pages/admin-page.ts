/** The administration pages. */
import type { EventKind } from '../../domain/event.ts'
import type { RegistrationMode } from '../../domain/accounts/registration.ts'
import { damagedFilesView, type DamagedFileView } from '../components/damaged-files.ts'
import { agoView, timeView } from '../components/file-view.ts'
import { html, type Html } from '../html.ts'
import { formTokenField, sheet, type Page } from '../components/layout.ts'
import { problemMark, problemView } from '../components/problem-view.ts'
import { questionView } from '../components/question-view.ts'
import { noticeView, type Notice } from '../components/share-card.ts'
import type { PlainKey, Sentence, Words } from '../i18n/words.ts'

const PLACES: ReadonlyArray<readonly [string, PlainKey]> = [
  ['/admin', 'site.admin'], ['/admin/users', 'admin.accounts'], ['/admin/files', 'admin.files'], ['/admin/events', 'admin.events'], ['/admin/branding', 'admin.branding'], ['/admin/settings', 'admin.settings']
]

/** Their common frame. */
export function adminSheet (words: Words, place: string, heading: Html, notice: Notice | undefined, content: Html, head?: Html): ReturnType<Page> {
  const { say } = words
  return sheet(html`${heading} – ${words.site}`, html`<div class="wide">
<nav aria-label="${say('site.admin')}" class="tabs">${PLACES.map(([path, key]) => html`<a href="${path}"${path === place ? html` aria-current="page"` : ''}>${say(key)}</a>`)}</nav>
<h1>${heading}</h1>
${notice === undefined ? '' : noticeView(words, notice)}
${content}
</div>`, head)
}

const MODES: Readonly<Record<RegistrationMode, PlainKey>> = { open: 'admin.open', invitation: 'admin.invitation', closed: 'admin.closed' }

export interface AdminView {
  readonly totals: { readonly users: number, readonly files: number, readonly bytes: number, readonly mails: number, readonly damaged: number }
  /** Some of the damaged files. */
  readonly damaged: readonly DamagedFileView[]
  /** The choice made on this page; undefined when the setting applies. */
  readonly chosen: RegistrationMode | undefined
  readonly setting: RegistrationMode
  /** Unused invitations, the newest first. */
  readonly invitations: ReadonlyArray<{ readonly codeHash: string, readonly createdAt: number, readonly expiresAt: number }>
  /** The link of an invitation just created. */
  readonly link: string | undefined
  readonly hasMailServer: boolean
  /** Where a test mail goes: the administrator's own address, or what was typed. */
  readonly email: string
  /** What is wrong with that. */
  readonly badMail: Sentence | undefined
  readonly formToken: string
  readonly notice: Notice | undefined
}

export function adminPage ({ totals, damaged, chosen, setting, invitations, link, hasMailServer, email, badMail, formToken, notice }: AdminView): Page {
  return words => {
    const { say, number } = words
    const token = formTokenField(formToken)
    const isClosed = (chosen ?? setting) === 'closed'
    const choices: ReadonlyArray<readonly [string, Html, boolean]> = [
      ['', say('admin.asSetting', { choice: say(MODES[setting]) }), chosen === undefined],
      ...Object.entries(MODES).map(([mode, key]) => [mode, say(key), chosen === mode] as const)
    ]
    return adminSheet(words, '/admin', say('site.admin'), notice, html`
<section class="card"><dl class="facts">
<div><dt>${say('admin.accounts')}</dt><dd>${number(totals.users)}</dd></div>
<div><dt>${say('admin.files')}</dt><dd>${number(totals.files)}</dd></div>
<div><dt>${say('admin.stored')}</dt><dd>${words.size(totals.bytes)}</dd></div>
<div><dt>${say('admin.mails')}</dt><dd>${number(totals.mails)}</dd></div>
<div><dt>${say('admin.damaged')}</dt><dd>${number(totals.damaged)}</dd></div></dl></section>
${damagedFilesView(words, damaged)}
<section class="card"><h2>${say('admin.registration')}</h2>
<form method="post" action="/admin/registration" class="row actions">${token}<select name="mode" aria-label="${say('admin.registration')}" class="grow">${choices.map(([value, label, isChosen]) => html`
<option value="${value}"${isChosen ? html` selected` : ''}>${label}</option>`)}</select><button type="submit" class="plain">${say('card.save')}</button></form>
${link === undefined
  ? ''
  : html`<div class="field"><label for="invitation">${say('admin.inviteLink')}</label><div class="link"><input readonly id="invitation" value="${link}"><button type="button" class="with-script" data-copy="invitation">${say('card.copy')}</button></div><span class="hint">${say('admin.invited')}</span></div>`}
${isClosed
  ? html`<p class="quiet">${say(invitations.length === 0 ? 'admin.closedNote' : 'admin.invitationsRest')}</p>`
  : html`<form method="post" action="/admin/invitation">${token}<button type="submit" class="plain">${say('admin.invite')}</button></form>`}
${invitations.length === 0
  ? (chosen ?? setting) === 'invitation' ? html`<p class="quiet">${say('admin.noInvitations')}</p>` : ''
  : html`<h3>${say('admin.invitations')}</h3>
<ul class="list">${invitations.map(({ codeHash, createdAt, expiresAt }) => html`
<li><span class="grow">${say('admin.invitationMade', { time: agoView(words, createdAt), until: timeView(words, expiresAt) })}</span>
<a class="button bare" href="/admin/invitation/${codeHash}">${say('admin.revokeAsk')}</a></li>`)}</ul>`}
</section>
<section class="card"><h2>${say('admin.mailTest')}</h2>
${hasMailServer
  ? html`<form method="post" action="/admin/mail" class="row pair">${token}<span class="grow"><input id="to" name="to" type="email" value="${email}" required aria-label="${say('contacts.email')}"${problemMark('to', badMail !== undefined)}>${problemView(words, 'to', badMail)}</span><button type="submit" class="plain">${say('mail.send')}</button></form>`
  : html`<p>${say('admin.noMailServer')}</p>`}
</section>`)
  }
}

/** The question before an invitation is revoked. */
export function revokeInvitationPage ({ codeHash, createdAt, expiresAt }: AdminView['invitations'][number], formToken: string): Page {
  return words => adminSheet(words, '/admin', words.say('admin.revokeHeading'), undefined, questionView(words, {
    about: html`<p>${words.say('admin.invitationMade', { time: agoView(words, createdAt), until: timeView(words, expiresAt) })}</p>`,
    warning: 'admin.revokeSentence',
    action: '/admin/invitation/revoke',
    fields: { id: codeHash },
    button: 'admin.revoke',
    formToken,
    back: '/admin'
  }))
}

export interface SettingsView {
  /** Each as an operator would write it; '' is "not set". */
  readonly settings: ReadonlyArray<{ readonly name: string, readonly value: string, readonly about: string }>
}

export function settingsPage ({ settings }: SettingsView): Page {
  return words => {
    const { say } = words
    return adminSheet(words, '/admin/settings', say('admin.settings'), undefined, html`<div class="card"><table class="halves">
<thead><tr><th scope="col">${say('admin.setting')}</th><th scope="col">${say('admin.value')}</th></tr></thead>
<tbody>${settings.map(({ name, value, about }) => html`
<tr><td><code>${name}</code><br><small lang="en">${about}</small></td><td>${value === '' ? '–' : html`<code>${value}</code>`}</td></tr>`)}
</tbody></table></div>`)
  }
}

/** Set-up of the first administrator. */
export interface SetUpView {
  readonly code: string
  /** A logged-in user, who can become the administrator. */
  readonly userName: string | undefined
  readonly formToken: string | undefined
  /** The fields of a new account. */
  readonly fields: (words: Words) => Html
  readonly notice: Notice | undefined
}

export function setUpPage ({ code, userName, formToken, fields, notice }: SetUpView): Page {
  return words => {
    const { say } = words
    return sheet(html`${say('setup.title')}`, html`<h1>${say('setup.title')}</h1>
<p>${say('setup.sentence')}</p>
<form method="post" action="/setup/${code}" class="card narrow">${formToken === undefined ? '' : formTokenField(formToken)}
${notice === undefined ? '' : noticeView(words, notice)}
${userName === undefined
  ? html`${fields(words)}
<button type="submit">${say('register.button')}</button>`
  : html`<button type="submit">${say('setup.take', { name: userName })}</button>`}
</form>`)
  }
}

const EVENT_WORDS: Readonly<Record<EventKind, PlainKey>> = {
  login: 'event.login',
  'login-failed': 'event.login-failed',
  'program-login': 'event.program-login',
  registered: 'event.registered',
  'password-changed': 'event.password-changed',
  'email-changed': 'event.email-changed',
  'key-made': 'event.key-made',
  ended: 'event.ended',
  deleted: 'event.deleted',
  'account-changed': 'event.account-changed',
  'account-deleted': 'event.account-deleted',
  'password-reset': 'event.password-reset',
  invited: 'event.invited',
  'invitation-revoked': 'event.invitation-revoked',
  'registration-changed': 'event.registration-changed',
  'branding-changed': 'event.branding-changed',
  'became-admin': 'event.became-admin',
  'attempts-limited': 'event.attempts-limited'
}

/** The security log, the newest first. */
export interface EventsView {
  readonly events: ReadonlyArray<{ readonly happenedAt: number, readonly kind: EventKind, readonly who: string, readonly about: string, readonly address: string }>
  readonly next: string | undefined
}

export function eventsPage ({ events, next }: EventsView): Page {
  return words => {
    const { say } = words
    return adminSheet(words, '/admin/events', say('admin.events'), undefined, html`<p class="quiet">${say('admin.kept')}</p>
<div class="card">${events.length === 0
  ? html`<p>${say('admin.noEvents')}</p>`
  : html`<table>
<thead><tr><th scope="col">${say('admin.what')}</th><th scope="col">${say('admin.who')}</th><th scope="col">${say('admin.from')}</th><th scope="col">${say('admin.when')}</th></tr></thead>
<tbody>${events.map(({ happenedAt, kind, who, about, address }) => html`
<tr><td>${say(EVENT_WORDS[kind])}${about === '' ? '' : html`: ${about}`}</td><td>${who}</td><td>${address}</td><td>${agoView(words, happenedAt)}</td></tr>`)}
</tbody></table>`}
${next === undefined ? '' : html`<p><a href="/admin/events?before=${encodeURIComponent(next)}">${say('admin.more')}</a></p>`}
</div>`)
  }
}

export interface FilesView {
  readonly files: ReadonlyArray<{ readonly id: string, readonly name: string, readonly size: number, readonly uploadedAt: number, readonly deletePath: string, readonly owner: string | null }>
  readonly order: 'newest' | 'largest'
  readonly next: string | undefined
}

export function allFilesPage ({ files, order, next }: FilesView): Page {
  return words => {
    const { say } = words
    const link = (to: FilesView['order'], key: PlainKey) => html`<a href="/admin/files?order=${to}"${to === order ? html` aria-current="true"` : ''}>${say(key)}</a>`
    return adminSheet(words, '/admin/files', say('admin.files'), undefined, html`<p class="tabs">${link('newest', 'admin.newest')}${link('largest', 'admin.largest')}</p>
<div class="card"><table>
<thead><tr><th scope="col">${say('folder.file')}</th><th scope="col">${say('admin.owner')}</th><th scope="col" class="number">${say('folder.size')}</th><th scope="col" class="number">${say('folder.uploaded')}</th><td></td></tr></thead>
<tbody>${files.map(({ id, name, size, uploadedAt, deletePath, owner }) => html`
<tr><td><a href="/file/${id}">${name}</a></td><td>${owner ?? html`<span class="quiet">${say('admin.nobody')}</span>`}</td><td class="number">${words.size(size)}</td><td class="number">${agoView(words, uploadedAt)}</td><td class="number"><a href="${deletePath}">${say('card.delete')}</a></td></tr>`)}
</tbody></table>
${files.length === 0 ? html`<p>${say('admin.noFiles')}</p>` : ''}
${next === undefined ? '' : html`<p><a href="/admin/files?order=${order}&after=${next}">${say('admin.more')}</a></p>`}
</div>`)
  }
}
