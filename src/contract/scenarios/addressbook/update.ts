/** Contract, addressbook.update: missing parameters change nothing, empty ones clear the value. */
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import type { Attributes } from '../../steps/listings.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk, type Params } from '../../run/run-context.ts'
import { contactsOf, judgeContact, newAddress, sameAddress } from './contacts.ts'

export const addressbookUpdateScenarios: readonly Scenario[] = [{
  name: 'addressbook.update',
  needs: ['account', 'feature:addressbook'],
  checks: [
    declare('addressbook.update/only-present', 'must', 'guide', 'a parameter that is not sent changes nothing'),
    declare('addressbook.update/clear-name', 'must', 'guide', 'an empty name clears it'),
    declare('addressbook.update/clear-description', 'must', 'guide', 'an empty description clears it'),
    declare('addressbook.update/clear-type', 'should', 'choice', 'an empty type is 0'),
    declare('addressbook.update/unknown', 'must', 'guide', 'an address that is not there is 29'),
    declare('addressbook.update/key-any-case', 'should', 'choice', 'the case of the address does not count')
  ],
  async play (stage) {
    const actor = await stage.main()
    const email = await actor.contact({ name: 'Bob', description: 'A friend', type: '1' })
    const control = await actor.call('addressbook.update', { email, name: 'Robert' })
    judgeRefusal(stage, 'addressbook.update/unknown', { control, reply: await actor.call('addressbook.update', { email: newAddress(stage), name: 'Robert' }), code: 29 })
    const kept = { name: 'Robert', description: 'A friend', type: '1' }
    judgeContact(stage, 'addressbook.update/only-present', control, contactsOf(control), kept)
    await judgeListed(stage, 'addressbook.update/only-present', actor, email, kept)
    // Sends each change alone, to a contact with all values set.
    await judgeChange(stage, 'addressbook.update/only-present', actor, { description: 'An old friend' }, { ...FULL, description: 'An old friend' })
    await judgeChange(stage, 'addressbook.update/only-present', actor, { type: '0' }, { ...FULL, type: '0' })
    await judgeChange(stage, 'addressbook.update/clear-name', actor, { name: '' }, { ...FULL, name: '' })
    await judgeChange(stage, 'addressbook.update/clear-description', actor, { description: '' }, { ...FULL, description: '' })
    await judgeChange(stage, 'addressbook.update/clear-type', actor, { type: '' }, { ...FULL, type: '0' })
    const capitals = await actor.call('addressbook.update', { email: email.toUpperCase(), name: 'Bobby' })
    stage.judge('addressbook.update/key-any-case', capitals.code === 0, { expected: 'status ok', on: [control, capitals] })
    await judgeListed(stage, 'addressbook.update/key-any-case', actor, email, { name: 'Bobby' })
  }
}]

const FULL = { name: 'Bob', description: 'A friend', type: '1' } as const

async function judgeChange (stage: Stage, id: string, actor: Actor, change: Params, wanted: Attributes): Promise<void> {
  const email = await actor.contact(FULL)
  const reply = await actor.call('addressbook.update', { email, ...change })
  judgeContact(stage, id, reply, contactsOf(reply), wanted)
  await judgeListed(stage, id, actor, email, wanted)
}

async function judgeListed (stage: Stage, id: string, actor: Actor, email: string, wanted: Attributes): Promise<void> {
  const list = requireOk('addressbook.list', await actor.call('addressbook.list'))
  judgeContact(stage, id, list, contactsOf(list).filter(contact => sameAddress(contact.email, email)), wanted)
}
