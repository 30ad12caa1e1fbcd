/** The address book: one form to add a contact, and one for each contact. */
import { COLLECTED, type Contact } from '../../domain/accounts/contact.ts'
import { html, type Html } from '../html.ts'
import { formTokenField, sheet, type Page } from '../components/layout.ts'
import { problemMark, problemView } from '../components/problem-view.ts'
import { questionView } from '../components/question-view.ts'
import { noticeView, type Notice } from '../components/share-card.ts'
import type { Sentence, Words } from '../i18n/words.ts'

/** The fields of the form. */
export interface Typed {
  readonly email: string
  readonly name: string
  readonly description: string
}

export interface AddressBookView {
  /** By e-mail. */
  readonly contacts: readonly Contact[]
  readonly formToken: string
  readonly notice: Notice | undefined
  readonly unsaved: Unsaved | undefined
}

/** A form that was not saved: it keeps the input, with an error message at the field. */
export interface Unsaved extends Typed {
  /** `add`, or `update` of the contact with this address. */
  readonly act: string
  readonly field: string
  readonly problem: Sentence
}

export function addressBookPage ({ contacts, formToken, notice, unsaved }: AddressBookView): Page {
  const added = unsaved?.act === 'add' ? unsaved : undefined
  const changed = unsaved?.act === 'update' ? unsaved : undefined
  return words => {
    const { say } = words
    const token = formTokenField(formToken)
    return sheet(say('contacts.title'), html`<nav aria-label="${say('folder.breadcrumb')}" class="crumbs"><a href="/my">${say('site.myFiles')}</a> / ${say('my.contacts')}</nav>
<h1>${say('my.contacts')}</h1>
${notice === undefined ? '' : noticeView(words, notice)}
<section class="card">
${contacts.length === 0
    ? html`<p>${say('contacts.empty')}</p>`
    : html`<p class="quiet">${words.count('contacts.count', contacts.length)}</p>
<ul class="list">${contacts.map((contact, i) => contactView(words, token, contact, i, changed?.email === contact.email ? changed : undefined))}</ul>`}
</section>
<section class="card"><h2>${say('contacts.add')}</h2>
<form method="post" action="/my/contacts">${token}
<div class="fields">
<div class="field"><label for="email">${say('contacts.email')}</label>
<input id="email" name="email" type="email" required value="${added?.email ?? ''}" autocomplete="off"${problemMark('email', added?.field === 'email')}>${problemView(words, 'email', added?.field === 'email' ? added.problem : undefined)}</div>
${nameAndNote(words, 'new', added, added)}
</div>
<button type="submit" name="act" value="add">${say('contacts.add')}</button>
</form></section>`)
  }
}

/** The question before a contact is removed. */
export function removeContactPage ({ email, name, description }: Contact, formToken: string): Page {
  return words => sheet(html`${words.say('contacts.removeHeading', { name: name || email })} – ${words.site}`, html`<h1>${words.say('contacts.removeHeading', { name: name || email })}</h1>
${questionView(words, {
    about: html`<p>${name === '' ? '' : html`<b>${name}</b><br>`}${email}${description === '' ? '' : html`<br><span class="quiet">${description}</span>`}</p>`,
    warning: 'delete.warning',
    action: '/my/contacts',
    fields: { act: 'remove', email },
    button: 'contacts.remove',
    formToken,
    back: '/my/contacts'
  })}`)
}

function contactView (words: Words, token: Html, { email, name, description, type }: Contact, i: number, unsaved: Unsaved | undefined): Html {
  const { say } = words
  return html`
<li><div class="grow"><b>${name === '' ? email : name}</b>${name === '' ? '' : html`<br>${email}`}${description === '' ? '' : html`<br><span class="quiet">${description}</span>`}${type === COLLECTED ? html` <span class="tag">${say('contacts.collected')}</span>` : ''}
<details${unsaved === undefined ? '' : html` open`}><summary aria-label="${say('contacts.changeOf', { email })}">${say('contacts.change')}</summary>
<form method="post" action="/my/contacts">${token}<input type="hidden" name="email" value="${email}">
<div class="fields">${nameAndNote(words, String(i), unsaved ?? { email, name, description }, unsaved)}</div>
<div class="row"><button type="submit" name="act" value="update">${say('contacts.save')}</button>
<button type="submit" name="act" value="ask" class="plain">${say('contacts.removeAsk')}</button></div>
</form></details></div></li>`
}

/** `suffix` distinguishes the fields of several forms. */
function nameAndNote (words: Words, suffix: string, typed: Typed | undefined, unsaved: Unsaved | undefined): Html {
  const { say } = words
  const mark = (name: string) => problemMark(`${name}-${suffix}`, unsaved?.field === name)
  const problem = (name: string) => problemView(words, `${name}-${suffix}`, unsaved?.field === name ? unsaved.problem : undefined)
  return html`<div class="field"><label for="name-${suffix}">${say('contacts.name')}</label>
<input id="name-${suffix}" name="name" value="${typed?.name ?? ''}" autocomplete="off"${mark('name')}>${problem('name')}</div>
<div class="field"><label for="note-${suffix}">${say('contacts.note')}</label>
<input id="note-${suffix}" name="description" value="${typed?.description ?? ''}" autocomplete="off"${mark('description')}>${problem('description')}</div>`
}
