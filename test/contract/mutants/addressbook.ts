import { answers, answersItself, asks, forgives, otherCodes } from '../api-mutant.ts'
import { rewriteApi, type Mutant } from '../mutant.ts'

const CONTACT = '<contact email="a@example.org" name="" description="" type="0"/>'
/** Sessions that have met the limit. */
const full = new Set<string | null>()

export const addressbookMutants: readonly Mutant[] = [
  { name: 'a contact that nobody added', kills: ['addressbook.list/empty'], answer: answers('addressbook.list', text => text.includes('<contact') ? text : text.replace(/\/>\s*$|<\/result>\s*$/, end => `${end.startsWith('/') ? '>' : ''}\t${CONTACT}\n</result>\n`)) },
  { name: 'contacts that are listed twice', kills: ['addressbook.list/all', 'addressbook.add/type'], answer: answers('addressbook.list', text => text.replace(/\t<contact .*\n/g, '$&$&')) },
  { name: 'added contacts as collected ones', kills: ['addressbook.add/default-type'], answer: answers('addressbook.add', text => text.replace('type="0"', 'type="1"')) },
  { name: 'the type is dropped', kills: ['addressbook.add/type'], request: asks('addressbook.add', query => { query.delete('type') }) },
  { name: 'contacts may be there already', kills: ['addressbook.add/again', 'addressbook.add/again-case'], answer: forgives('addressbook.add', 28, CONTACT) },
  { name: 'addresses in small letters', kills: ['addressbook.add/as-written'], answer: rewriteApi(text => text.replace(/<contact email="[^"]*"/g, start => start.toLowerCase())) },
  { name: 'no address as a bad value', kills: ['addressbook.add/invalid'], answer: otherCodes('addressbook.add', { 24: 21 }) },
  { name: 'any number of contacts', kills: ['addressbook.add/full', 'defaults/contacts'], answer: forgives('addressbook.add', 32, CONTACT) },
  {
    name: 'an address book that stays full',
    kills: ['addressbook.add/delete-makes-room'],
    setUp: () => { full.clear() },
    request: answersItself('addressbook.add', 32, query => full.has(query.get('session_key'))),
    answer: rewriteApi((text, { query }) => {
      if (query.get('method') === 'addressbook.add' && text.includes('<error code="32"')) full.add(query.get('session_key'))
      return text
    })
  },
  {
    name: 'what is not sent is cleared',
    kills: ['addressbook.update/only-present'],
    request: asks('addressbook.update', query => { for (const name of ['name', 'description', 'type']) if (!query.has(name)) query.set(name, '') })
  },
  {
    name: 'what is sent empty stays',
    kills: ['addressbook.update/clear-name', 'addressbook.update/clear-description', 'addressbook.update/clear-type'],
    request: asks('addressbook.update', query => { for (const name of ['name', 'description', 'type']) if (query.get(name) === '') query.delete(name) })
  },
  { name: 'unknown contacts as bad values', kills: ['addressbook.update/unknown'], answer: otherCodes('addressbook.update', { 29: 21 }) },
  { name: 'contacts with case', kills: ['addressbook.update/key-any-case', 'addressbook.delete/any-case'], request: answersItself('addressbook.*', 29, query => /^addressbook\.(?:update|delete)$/.test(query.get('method') ?? '') && /[A-Z]/.test(query.get('email') ?? '')) },
  { name: 'contacts that stay', kills: ['addressbook.delete/gone', 'addressbook.delete/list', 'addressbook.delete/partial', 'addressbook.delete/any-case'], request: answersItself('addressbook.delete', '<email></email>') }
]

export const anonymousMailMutants: readonly Mutant[] = [
  { name: 'anonymous mails that are not sent', kills: ['anonymous.filesSendMail/sends', 'anonymous.filesSendMail/partial'], request: answersItself('anonymous.filesSendMail', '<status>ok</status>') },
  { name: 'anonymous mails for files of nobody', kills: ['anonymous.filesSendMail/any-file'], request: answersItself('anonymous.filesSendMail', 9) },
  { name: 'a bad sender as a bad value', kills: ['anonymous.filesSendMail/sender-invalid'], answer: otherCodes('anonymous.filesSendMail', { 24: 21 }) },
  { name: 'files that are not there are not told', kills: ['anonymous.filesSendMail/partial'], answer: answers('anonymous.filesSendMail', text => text.includes('status="ok"') ? text.replace(/\t<error .*\n/, '') : text) }
]
