/** The confirmation before all access to an account is ended. */
import type { User } from '../../domain/accounts/user.ts'
import { adminSheet } from './admin-page.ts'
import { html } from '../html.ts'
import { formTokenField, type Page } from '../components/layout.ts'

export interface EndSessionsView {
  readonly user: User
  readonly browsers: number
  readonly programs: number
  readonly keys: number
  readonly formToken: string
}

export function endSessionsPage ({ user, browsers, programs, keys, formToken }: EndSessionsView): Page {
  return words => {
    const { say, number } = words
    return adminSheet(words, '/admin/users', say('admin.endHeading', { name: user.userName }), undefined, html`
<form method="post" action="/admin/users/${user.id}/end" class="card">${formTokenField(formToken)}
<p>${user.fullName} <span class="quiet">${user.email}</span></p>
<dl class="facts"><div><dt>${say('account.browsers')}</dt><dd>${number(browsers)}</dd></div><div><dt>${say('account.programs')}</dt><dd>${number(programs)}</dd></div><div><dt>${say('admin.uploadKeys')}</dt><dd>${number(keys)}</dd></div></dl>
<p>${say('admin.endSentence')}</p>
<div class="row"><button type="submit" class="danger">${say('admin.endButton')}</button> <a class="button plain" href="/admin/users/${user.id}">${say('admin.endNot')}</a></div>
</form>`)
  }
}
