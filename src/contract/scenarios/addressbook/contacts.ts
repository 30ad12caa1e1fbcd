/** Contract, addressbook.*: listing, adding and deleting contacts. */
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { differences, type Attributes } from '../../steps/listings.ts'
import { textIn } from '../../client/reply-values.ts'
import { newName } from '../../steps/registration.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk } from '../../run/run-context.ts'
import { childrenOf } from '../../client/xml.ts'

/** An account in the state may have some contacts already, or room for some more. */
const MOST = 20

export const addressbookScenarios: readonly Scenario[] = [{
  name: 'addressbook.list/empty',
  needs: ['register', 'feature:addressbook'],
  checks: [declare('addressbook.list/empty', 'must', 'guide', 'without contacts the answer is status ok with no child')],
  async play (stage) {
    const reply = await (await stage.ownSession(await stage.newAccount())).call('addressbook.list')
    stage.judge('addressbook.list/empty', reply.code === 0 && reply.result?.children.length === 0, { expected: 'status ok and no child', got: reply.code === 0 ? `${reply.result?.children.length ?? 0} elements` : summaryOf(reply), on: reply })
  }
}, {
  name: 'addressbook.add',
  needs: ['account', 'feature:addressbook'],
  checks: [
    declare('addressbook.list/all', 'must', 'guide', 'each contact is listed once, as it was added'),
    declare('addressbook.add/default-type', 'must', 'guide', 'the contact is answered as it was sent, with type 0'),
    declare('addressbook.add/type', 'must', 'guide', 'type=1 is kept'),
    declare('addressbook.add/again', 'must', 'guide', 'an address that is there already is 28'),
    declare('addressbook.add/again-case', 'should', 'choice', 'an address that is there already is 28 in any case'),
    declare('addressbook.add/as-written', 'should', 'choice', 'the address comes back as it was written first'),
    declare('addressbook.add/invalid', 'must', 'guide', 'an invalid address is 24')
  ],
  async play (stage) {
    const actor = await stage.main()
    const first = { email: `Mixed.${newAddress(stage)}`, name: 'Bob <& "Söhne">', description: 'A friend' }
    const second = { email: newAddress(stage), name: '', description: '', type: '1' }
    const control = await actor.call('addressbook.add', first)
    judgeContact(stage, 'addressbook.add/default-type', control, contactsOf(control), { ...first, type: '0' })
    judgeRefusal(stage, 'addressbook.add/again', { control, reply: await actor.call('addressbook.add', { email: first.email, name: 'Another' }), code: 28 })
    judgeRefusal(stage, 'addressbook.add/again-case', { control, reply: await actor.call('addressbook.add', { email: first.email.toUpperCase() }), code: 28 })
    judgeRefusal(stage, 'addressbook.add/invalid', { control, reply: await actor.call('addressbook.add', { email: 'nobody' }), code: 24 })
    await actor.call('addressbook.add', second)
    const list = await actor.call('addressbook.list')
    const listed = (email: string): readonly Attributes[] => contactsOf(list).filter(contact => sameAddress(contact.email, email))
    judgeContact(stage, 'addressbook.list/all', list, listed(first.email), { name: first.name, description: first.description, type: '0' })
    judgeContact(stage, 'addressbook.list/all', list, listed(second.email), second)
    judgeContact(stage, 'addressbook.add/type', list, listed(second.email), { type: '1' })
    judgeContact(stage, 'addressbook.add/as-written', list, listed(first.email), { email: first.email })
  }
}, {
  name: 'addressbook.add/contacts-full',
  needs: ['feature:addressbook', 'state:contacts-full'],
  checks: [
    declare('addressbook.add/full', 'must', 'guide', 'one contact more than are allowed is 32'),
    declare('addressbook.add/delete-makes-room', 'should', 'choice', 'after a delete there is room for another')
  ],
  async play (stage) {
    await stage.inState('contacts-full', async account => {
      const actor = await stage.ownSession(account)
      const add = (): Promise<Reply> => actor.call('addressbook.add', { email: newAddress(stage) })
      let last = await add()
      let refused = last
      for (let i = 1; i < MOST && refused.code === 0; i++) {
        last = refused
        refused = await add()
      }
      judgeRefusal(stage, 'addressbook.add/full', { control: last, reply: refused, code: 32 })
      if (last.code !== 0 || refused.code !== 32) {
        stage.leave('addressbook.add/delete-makes-room', `the limit was not reached: ${summaryOf(refused)}`, [refused.exchange])
        return
      }
      requireOk('addressbook.delete', await actor.call('addressbook.delete', { email: contactsOf(last)[0]?.email }))
      const again = await add()
      stage.judge('addressbook.add/delete-makes-room', again.code === 0, { expected: 'status ok', on: [refused, again] })
    })
  }
}, {
  name: 'addressbook.delete',
  needs: ['account', 'feature:addressbook'],
  checks: [
    declare('addressbook.delete/gone', 'must', 'guide', 'afterwards the contact is 29 and not listed'),
    declare('addressbook.delete/list', 'must', 'guide', 'several contacts are deleted at once, and listed in <email>, joined by commas'),
    declare('addressbook.delete/partial', 'should', 'choice', 'the contacts of a list that exist are deleted; 29 names the others'),
    declare('addressbook.delete/any-case', 'should', 'choice', 'the case of the address does not count')
  ],
  async play (stage) {
    const actor = await stage.main()
    const [one, two, three, four, five] = [await actor.contact(), await actor.contact(), await actor.contact(), await actor.contact(), await actor.contact()]
    const control = await actor.call('addressbook.delete', { email: one })
    judgeRefusal(stage, 'addressbook.delete/gone', { control, reply: await actor.call('addressbook.delete', { email: one }), code: 29 })
    if (control.code === 0) await judgeGone(stage, 'addressbook.delete/gone', actor, [one], control)
    const several = await actor.call('addressbook.delete', { email: `${two},${three}` })
    const answered = textIn(several, 'email')
    stage.judge('addressbook.delete/list', several.code === 0 && answered.replaceAll(' ', '') === `${two},${three}`, { expected: `<email>${two},${three}`, got: several.code === 0 ? answered : summaryOf(several), on: several })
    await judgeGone(stage, 'addressbook.delete/list', actor, [two, three], several)
    const partly = await actor.call('addressbook.delete', { email: `${four},${one}` })
    const { code, id = '' } = partly.error?.attributes ?? {}
    stage.judge('addressbook.delete/partial', code === '29' && id === one, { expected: `error 29 with the id ${one}`, got: `${summaryOf(partly)}, error ${code ?? 'none'} "${id}"`, on: partly })
    await judgeGone(stage, 'addressbook.delete/partial', actor, [four], partly)
    const capitals = await actor.call('addressbook.delete', { email: five.toUpperCase() })
    stage.judge('addressbook.delete/any-case', capitals.code === 0, { expected: 'status ok', on: capitals })
    await judgeGone(stage, 'addressbook.delete/any-case', actor, [five], capitals)
  }
}]

export const newAddress = ({ context }: Stage): string => `${newName()}.${context.run}@example.org`
export const contactsOf = ({ result }: Reply): readonly Attributes[] => childrenOf(result, 'contact').map(({ attributes }) => attributes)
export const sameAddress = (one: string | undefined, other: string): boolean => one?.toLowerCase() === other.toLowerCase()

/** There is exactly one such contact, with these values. */
export function judgeContact (stage: Stage, id: string, reply: Reply, found: readonly Attributes[], wanted: Attributes): void {
  const [contact = {}] = found
  const different = differences(contact, wanted)
  const got = reply.code !== 0 ? summaryOf(reply) : found.length === 1 ? different : `${found.length} contacts`
  stage.judge(id, reply.code === 0 && found.length === 1 && different === '', { expected: `the contact once, ${Object.entries(wanted).map(([name, value]) => `${name}="${value}"`).join(' ')}`, got, on: reply })
}

async function judgeGone (stage: Stage, id: string, actor: Actor, emails: readonly string[], deleted: Reply): Promise<void> {
  const list = requireOk('addressbook.list', await actor.call('addressbook.list'))
  const left = contactsOf(list).filter(({ email }) => emails.some(each => sameAddress(email, each)))
  stage.judge(id, left.length === 0, { expected: 'listed no more', got: `${left.length} listed`, on: [deleted, list] })
}
