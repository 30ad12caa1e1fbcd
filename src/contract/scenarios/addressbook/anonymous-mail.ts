/** Contract, anonymous.filesSendMail: mails with links to files, without an account. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { failuresOf, repeatedIds, unknownId } from '../../steps/listings.ts'
import { readMails } from '../../target/mailbox.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import type { Params } from '../../run/run-context.ts'

const SENDER = 'sender.of.checks@example.org'

export const anonymousMailScenarios: readonly Scenario[] = [{
  name: 'anonymous.filesSendMail',
  needs: ['account', 'mail', 'feature:anonymous'],
  checks: [
    declare('anonymous.filesSendMail/any-file', 'should', 'observed', 'links of files of anybody are sent', { since: '1.2' }),
    declare('anonymous.filesSendMail/sender-invalid', 'should', 'observed', 'an invalid sender address is 24', { since: '1.2' }),
    declare('anonymous.filesSendMail/partial', 'may', 'choice', 'the files of a list that exist are sent; an error names the others', { since: '1.2' })
  ],
  async play (stage) {
    const id = await (await stage.main()).file()
    const params = { file_id: id, emails: stage.context.recipient() }
    const control = await send(stage, params)
    stage.judge('anonymous.filesSendMail/any-file', control.code === 0 && repeatedIds(control).join() === id, { expected: `status ok, <id>${id}`, got: control.code === 0 ? `<id>${repeatedIds(control).join()}` : summaryOf(control), on: control })
    judgeRefusal(stage, 'anonymous.filesSendMail/sender-invalid', { control, reply: await send(stage, { ...params, sender_email: 'nobody' }), code: 24 })
    const missing = unknownId()
    const partly = await send(stage, { ...params, file_id: `${id},${missing}` })
    stage.judge('anonymous.filesSendMail/partial', partly.code === 0 && failuresOf(partly).join() === `9: ${missing}`, { expected: `status ok, with error 9 for ${missing}`, got: partly.code === 0 ? failuresOf(partly).join('; ') : summaryOf(partly), on: partly })
  }
}, {
  name: 'anonymous.filesSendMail/mails',
  needs: ['account', 'mail', 'feature:anonymous'],
  checks: [declare('anonymous.filesSendMail/sends', 'should', 'observed', 'each recipient gets one mail with the links, which names the sender', { since: '1.2' })],
  async play (stage) {
    const id = await (await stage.main()).file()
    const recipients = [stage.context.recipient(), stage.context.recipient()]
    const reply = await send(stage, { file_id: id, emails: recipients.join() })
    if (reply.code !== 0) {
      stage.judge('anonymous.filesSendMail/sends', false, { expected: 'status ok', on: reply })
      return
    }
    for (const recipient of recipients) {
      const mails = await readMails(stage.context, recipient)
      const [mail] = mails
      const isRight = mails.length === 1 && mail?.text.includes(`/${id}`) === true && `${mail.from} ${mail.subject} ${mail.text}`.toLowerCase().includes(SENDER)
      stage.judge('anonymous.filesSendMail/sends', isRight, { expected: `one mail with the link, from ${SENDER}`, got: mail === undefined ? 'no mail' : `${mails.length} mails: ${mail.text}`, on: reply })
    }
  }
}]

const send = (stage: Stage, params: Params): Promise<Reply> =>
  stage.call('anonymous.filesSendMail', { api_key: stage.context.target.apiKey, api_version: stage.version, sender_email: SENDER, ...params })
