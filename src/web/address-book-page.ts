/** The address book: one form to add somebody, and one for each who is in it. */
import { COLLECTED, type Contact } from '../domain/contact.ts'
import { html, type Html } from './html.ts'
import { formTokenField, sheet, type Page } from './layout.ts'
import { noticeView, type Notice } from './share-card.ts'
import type { Words } from './words.ts'

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
  /** What was typed before, when something was wrong with it. */
  readonly typed: Typed | undefined
}

export function addressBookPage ({ contacts, formToken, notice, typed }: AddressBookView): Page {
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
<ul class="list">${contacts.map((contact, i) => contactView(words, token, contact, i))}</ul>`}
</section>
<section class="card"><h2>${say('contacts.add')}</h2>
<form method="post" action="/my/contacts">${token}
<div class="fields">
<div class="field"><label for="email">${say('contacts.email')}</label>
<input id="email" name="email" type="email" required value="${typed?.email ?? ''}" autocomplete="off"></div>
${nameAndNote(words, 'new', typed)}
</div>
<button type="submit" name="act" value="add">${say('contacts.add')}</button>
</form></section>`)
  }
}

function contactView (words: Words, token: Html, { email, name, description, type }: Contact, i: number): Html {
  const { say } = words
  return html`
<li><div class="grow"><b>${name === '' ? email : name}</b>${name === '' ? '' : html`<br>${email}`}${description === '' ? '' : html`<br><span class="quiet">${description}</span>`}${type === COLLECTED ? html` <span class="tag">${say('contacts.collected')}</span>` : ''}
<details><summary aria-label="${say('contacts.changeOf', { email })}">${say('contacts.change')}</summary>
<form method="post" action="/my/contacts">${token}<input type="hidden" name="email" value="${email}">
<div class="fields">${nameAndNote(words, String(i), { email, name, description })}</div>
<div class="row"><button type="submit" name="act" value="update">${say('contacts.save')}</button>
<button type="submit" name="act" value="remove" class="danger">${say('contacts.remove')}</button></div>
</form></details></div></li>`
}

/** `suffix` tells the fields of several forms apart. */
function nameAndNote ({ say }: Words, suffix: string, typed: Typed | undefined): Html {
  return html`<div class="field"><label for="name-${suffix}">${say('contacts.name')}</label>
<input id="name-${suffix}" name="name" value="${typed?.name ?? ''}" autocomplete="off"></div>
<div class="field"><label for="note-${suffix}">${say('contacts.note')}</label>
<input id="note-${suffix}" name="description" value="${typed?.description ?? ''}" autocomplete="off"></div>`
}
