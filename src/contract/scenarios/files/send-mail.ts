/** Contract, files.sendMail. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { filesOf, idsIn, repeatedIds, seeFile } from '../../steps/listings.ts'
import { readMails } from '../../target/mailbox.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { contactsOf, differentRecipients, sendsMany } from '../../steps/mail.ts'
import { until } from '../../client/until.ts'

const MESSAGE = 'Have a look at this, please.'

export const filesSendMailScenarios: readonly Scenario[] = [{
  name: 'files.sendMail/mails',
  needs: ['account', 'mail'],
  checks: [
    declare('files.sendMail/one-each', 'must', 'guide', 'each recipient gets one mail'),
    declare('files.sendMail/content', 'must', 'guide', 'the mail contains the links and the message')
  ],
  async play (stage) {
    const actor = await stage.main()
    const files = [await actor.file({ name: 'first.txt' }), await actor.file({ name: 'second.txt' })]
    const recipients = differentRecipients(stage.context, 2)
    const reply = await actor.call('files.sendMail', { file_id: files.join(','), emails: recipients.join(','), message: MESSAGE })
    const mails = await Promise.all(recipients.map(to => until(() => readMails(stage.context, to), got => got.length > 0)))
    stage.judge('files.sendMail/one-each', reply.code === 0 && mails.every(({ length }) => length === 1), {
      expected: 'one mail each', got: `${mails.map(({ length }) => length).join(' and ')} mails`, on: reply
    })
    const { reply: told } = await seeFile(actor, files.join(','))
    const wanted = [MESSAGE, ...filesOf(told).map(({ download_page_url: url = '?' }) => url)]
    const lacking = wanted.filter(words => !mails.every(([mail]) => `${mail?.text ?? ''}\n${mail?.html ?? ''}`.includes(words)))
    stage.judge('files.sendMail/content', wanted.length === 3 && lacking.length === 0, {
      expected: 'both links and the message in each', got: `without ${lacking.join(', ')}`, on: [told, reply]
    })
  }
}, {
  name: 'files.sendMail/collected',
  needs: ['account', 'mail'],
  checks: [
    declare('files.sendMail/collected', 'must', 'guide', 'each recipient is a contact of type 1 afterwards'),
    declare('files.sendMail/collected-once', 'should', 'choice', 'a recipient who is in the address book already stays unchanged'),
    declare('files.sendMail/one-invalid', 'must', 'guide', 'with one invalid address the call is 24, and nobody gets a mail or becomes a contact'),
    declare('files.sendMail/ids', 'must', 'guide', '<id> lists the files, joined by commas, and from 1.1 on each has a <file id/>')
  ],
  async play (stage) {
    const actor = await stage.main()
    const files = [await actor.file(), await actor.file({ name: 'second.bin' })].join(',')
    const [known = '', first = '', second = '', valid = ''] = differentRecipients(stage.context, 4)
    await actor.contact({ email: known, name: 'Known', type: '0' })
    const reply = await actor.call('files.sendMail', { file_id: files, emails: [first, known, second].join(',') })
    const bad = await actor.call('files.sendMail', { file_id: files, emails: `${valid},bad` })
    const { contacts, reply: book } = await contactsOf(actor)
    const types = [first, second].map(email => contacts.filter(contact => contact.email === email).map(({ type }) => type).join('|'))
    stage.judge('files.sendMail/collected', reply.code === 0 && types.join() === '1,1', { expected: 'both once, with type 1', got: `types ${types.join()}`, on: [book, reply] })
    const kept = contacts.filter(({ email }) => email === known)
    stage.judge('files.sendMail/collected-once', reply.code === 0 && kept.length === 1 && kept[0]?.type === '0' && kept[0].name === 'Known', {
      expected: 'once, name "Known", type "0"', got: kept.map(({ name, type }) => `name "${name ?? ''}", type "${type ?? ''}"`).join('; '), on: [book, reply]
    })
    judgeRefusal(stage, 'files.sendMail/one-invalid', { control: reply, reply: bad, code: 24, kept: { isTrue: !contacts.some(({ email }) => email === valid), reply: book } })
    if (stage.context.target.control !== undefined) {
      const mails = await readMails(stage.context, valid)
      stage.judge('files.sendMail/one-invalid', mails.length === 0, { expected: 'no mail to the valid address', got: `${mails.length} mails`, on: bad })
    }
    const isEach = stage.version === '1.0' || idsIn(filesOf(reply)).join() === files
    stage.judge('files.sendMail/ids', reply.code === 0 && repeatedIds(reply).join('|') === files && isEach, {
      expected: `<id>${files}</id>${stage.version === '1.0' ? '' : ' and <file id/> each'}`, got: `ids ${repeatedIds(reply).join('|')}, files ${idsIn(filesOf(reply)).join()}`, on: reply
    })
  }
}, {
  name: 'files.sendMail/twenty',
  needs: ['account', 'mail'],
  checks: [declare('files.sendMail/twenty', 'may', 'choice', '20 addresses in a call pass, 21 are 21')],
  async play (stage) {
    const actor = await sendsMany(stage)
    const file = await actor.file()
    const recipients = differentRecipients(stage.context, 21)
    const control = await actor.call('files.sendMail', { file_id: file, emails: recipients.slice(0, 20).join(',') })
    judgeRefusal(stage, 'files.sendMail/twenty', { control, reply: await actor.call('files.sendMail', { file_id: file, emails: recipients.join(',') }), code: 21 })
  }
}, {
  name: 'files.sendMail/foreign',
  needs: ['account', 'second account', 'mail'],
  checks: [declare('files.sendMail/foreign', 'must', 'choice', 'a file of another user is 9')],
  async play (stage) {
    const [actor, other] = [await stage.main(), await stage.other()]
    const control = await actor.call('files.sendMail', { file_id: await actor.file(), emails: stage.context.recipient() })
    const reply = await actor.call('files.sendMail', { file_id: await other.file(), emails: stage.context.recipient() })
    judgeRefusal(stage, 'files.sendMail/foreign', { control, reply, code: 9 })
  }
}]
