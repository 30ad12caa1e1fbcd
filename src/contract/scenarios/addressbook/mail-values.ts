/** Contract, mail and limits: blanks around addresses, the root, and deleted folders. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { get, isWhole, linkedFile, someBytes } from '../../steps/file-links.ts'
import { seeFile } from '../../steps/listings.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf } from '../../client/reply.ts'
import { contactsOf, sendsMany } from '../../steps/mail.ts'
import { until } from '../../client/until.ts'
import { requireOk } from '../../run/run-context.ts'

const BYTES = someBytes(100)

export const mailValueScenarios: readonly Scenario[] = [{
  name: 'addressbook.add/trimmed',
  needs: ['account', 'feature:addressbook'],
  checks: [declare('addressbook.add/trimmed', 'should', 'choice', 'blanks around the address of a contact do not count: to add, to update and to delete it')],
  async play (stage) {
    const actor = await stage.main()
    const email = `trimmed.${stage.version}.${stage.context.run}@example.org`
    const added = await actor.call('addressbook.add', { email: ` ${email} ` })
    const { contacts } = await contactsOf(actor)
    stage.judge('addressbook.add/trimmed', added.code === 0 && contacts.some(contact => contact.email === email), { expected: `"${email}" in the list`, got: added.code === 0 ? 'it is not there' : summaryOf(added), on: added })
    for (const method of ['addressbook.update', 'addressbook.delete']) {
      const reply = await actor.call(method, { email: `  ${email} ` })
      stage.judge('addressbook.add/trimmed', reply.code === 0, { expected: `status ok for ${method}`, on: reply })
    }
    const left = await contactsOf(actor)
    stage.judge('addressbook.add/trimmed', !left.contacts.some(contact => contact.email === email), { expected: 'deleted', got: 'it is still there', on: left.reply })
  }
}, {
  name: 'folders.sendMail/root',
  needs: ['account', 'mail'],
  checks: [declare('folders.sendMail/root', 'should', 'choice', 'a mail of the root is 10')],
  async play (stage) {
    const actor = await sendsMany(stage)
    const emails = stage.context.recipient()
    const control = await actor.call('folders.sendMail', { folder_id: await actor.folder({ shared: '1' }), emails })
    judgeRefusal(stage, 'folders.sendMail/root', { control, reply: await actor.call('folders.sendMail', { folder_id: '0', emails }), code: 10 })
  }
}, {
  name: 'limit/target-gone',
  needs: ['account'],
  checks: [declare('limit/target-gone', 'should', 'choice', 'limit_action 3 into a folder that no longer exists moves the file to the root')],
  async play (stage) {
    const actor = await stage.main()
    const target = await actor.folder()
    const file = await linkedFile(actor, { bytes: BYTES }, { downloads_limit: '1', limit_action: '3', limit_action_to_folder: target })
    requireOk('folders.delete', await actor.call('folders.delete', { folder_id: target }))
    const last = await get(stage, file.direct)
    const { reply, now } = await until(() => seeFile(actor, file.id), seen => seen.now.folder_id === '0')
    if (isWhole(last, BYTES)) stage.judge('limit/target-gone', now.folder_id === '0', { expected: 'folder_id "0"', got: reply.code === 0 ? `folder_id "${now.folder_id ?? ''}"` : summaryOf(reply), on: [last, reply] })
    else stage.leave('limit/target-gone', 'the last allowed download is needed first', [last])
  }
}]
