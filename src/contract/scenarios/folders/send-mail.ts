/** Contract, folders.sendMail. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { foldersOf, idsIn, repeatedIds, seeFolder } from '../../steps/listings.ts'
import { readMails } from '../../target/mailbox.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { contactsOf, differentRecipients } from '../../steps/mail.ts'
import { until } from '../../client/until.ts'

export const foldersSendMailScenarios: readonly Scenario[] = [{
  name: 'folders.sendMail/mails',
  needs: ['account', 'mail'],
  checks: [declare('folders.sendMail/one-each', 'must', 'guide', 'each recipient gets one mail with the links')],
  async play (stage) {
    const actor = await stage.main()
    const folders = [await actor.folder({ shared: '1' }), await actor.folder({ shared: '1' })]
    const recipients = differentRecipients(stage.context, 2)
    const reply = await actor.call('folders.sendMail', { folder_id: folders.join(), emails: recipients.join() })
    const mails = await Promise.all(recipients.map(to => until(() => readMails(stage.context, to), got => got.length > 0)))
    const links = await Promise.all(folders.map(async folder => (await seeFolder(actor, folder)).now.public_url ?? '?'))
    const isLinked = mails.every(([mail]) => links.every(link => `${mail?.text ?? ''}\n${mail?.html ?? ''}`.includes(link)))
    stage.judge('folders.sendMail/one-each', reply.code === 0 && mails.every(({ length }) => length === 1) && isLinked, {
      expected: 'one mail each, with both links', got: `${mails.map(({ length }) => length).join(' and ')} mails, ${isLinked ? 'with' : 'without'} the links`, on: reply
    })
  }
}, {
  name: 'folders.sendMail/answers',
  needs: ['account', 'mail'],
  checks: [
    declare('folders.sendMail/collected', 'should', 'guide', 'each recipient is a contact of type 1 afterwards'),
    declare('folders.sendMail/list', 'must', 'guide', '<id> lists the folders, joined by commas, and from 1.1 on each has a <folder id/>'),
    declare('folders.sendMail/one-invalid', 'must', 'guide', 'with one invalid address the call is 24')
  ],
  async play (stage) {
    const actor = await stage.main()
    const folders = [await actor.folder({ shared: '1' }), await actor.folder({ shared: '1' })].join()
    const [recipient = '', valid = ''] = differentRecipients(stage.context, 2)
    const reply = await actor.call('folders.sendMail', { folder_id: folders, emails: recipient })
    const { contacts, reply: book } = await contactsOf(actor)
    const types = contacts.filter(({ email }) => email === recipient).map(({ type }) => type).join()
    stage.judge('folders.sendMail/collected', reply.code === 0 && types === '1', { expected: 'once, with type 1', got: `types ${types}`, on: [book, reply] })
    const isEach = stage.version === '1.0' || idsIn(foldersOf(reply)).join() === folders
    stage.judge('folders.sendMail/list', reply.code === 0 && repeatedIds(reply).join('|') === folders && isEach, {
      expected: `<id>${folders}</id>${stage.version === '1.0' ? '' : ' and <folder id/> each'}`, got: `ids ${repeatedIds(reply).join('|')}, folders ${idsIn(foldersOf(reply)).join()}`, on: reply
    })
    judgeRefusal(stage, 'folders.sendMail/one-invalid', { control: reply, reply: await actor.call('folders.sendMail', { folder_id: folders, emails: `${valid},bad` }), code: 24 })
  }
}, {
  name: 'folders.sendMail/foreign',
  needs: ['account', 'second account', 'mail'],
  checks: [declare('folders.sendMail/foreign', 'must', 'choice', 'a folder of another user is 10')],
  async play (stage) {
    const [actor, other] = [await stage.main(), await stage.other()]
    const control = await actor.call('folders.sendMail', { folder_id: await actor.folder({ shared: '1' }), emails: stage.context.recipient() })
    const reply = await actor.call('folders.sendMail', { folder_id: await other.folder({ shared: '1' }), emails: stage.context.recipient() })
    judgeRefusal(stage, 'folders.sendMail/foreign', { control, reply, code: 10 })
  }
}]
