/** Contract, uploads: the mails that a form asks for. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { textOf, type Exchange } from '../../client/exchange.ts'
import { readMails, type Mail } from '../../target/mailbox.ts'
import { differentRecipients, sendsMany } from '../../steps/mail.ts'
import type { Stage } from '../../run/stage.ts'
import { idsOf } from '../../run/actor.ts'
import { shownAnswer, uploadCode } from '../../steps/upload-forms.ts'
import { until } from '../../client/until.ts'
import { PASSWORD, registration, openAccount } from '../../steps/registration.ts'
import { requireOk } from '../../run/run-context.ts'

const MOST = 20

export const uploadMailScenarios: readonly Scenario[] = [{
  name: 'upload/recipients',
  needs: ['account', 'mail'],
  checks: [
    declare('upload/recipients', 'must', 'guide', 'each address in recipient_email gets a mail with the link'),
    declare('upload/recipient-message', 'should', 'observed', 'the mail contains the recipient_message'),
    declare('upload/recipients-skipped', 'should', 'choice', 'invalid addresses in recipient_email are skipped: the others get their mail, and the upload succeeds')
  ],
  async play (stage) {
    const actor = await sendsMany(stage)
    const [one = '', two = '', three = ''] = differentRecipients(stage.context, 3)
    const message = `Look at this, ${stage.context.run}`
    const sent = await actor.upload({ fields: { recipient_email: `${one},${two}`, recipient_message: message } })
    const mails = await mailsTo(stage, [one, two])
    const [id = '?'] = idsOf(textOf(sent))
    stage.judge('upload/recipients', mails.every(got => got.length === 1 && linksTo(got[0], id)), { expected: 'one mail each, with the link', got: uploadCode(textOf(sent)) === 0 ? `${mails.map(({ length }) => length).join(' and ')} mails` : shownAnswer(textOf(sent)), on: sent })
    if (mails.every(({ length }) => length === 0)) stage.leave('upload/recipient-message', 'a mail is needed first', [sent])
    else stage.judge('upload/recipient-message', mails.flat().every(mail => contentOf(mail).includes(message)), { expected: message, got: mails.flat()[0]?.text ?? 'no mail', on: sent })
    const odd = await actor.upload({ fields: { recipient_email: `nobody, ${three} ,x@,` } })
    const [arrived = []] = await mailsTo(stage, [three])
    stage.judge('upload/recipients-skipped', uploadCode(textOf(odd)) === 0 && arrived.length === 1, { expected: 'stored, and a mail to the address', got: `${shownAnswer(textOf(odd))}; ${arrived.length} mails`, on: odd })
  }
}, {
  name: 'upload/recipients-twenty',
  needs: ['account', 'mail'],
  checks: [declare('upload/recipients-twenty', 'should', 'choice', 'the first twenty addresses in recipient_email get a mail, the others none, and the upload succeeds')],
  async play (stage) {
    const actor = await sendsMany(stage)
    const recipients = differentRecipients(stage.context, MOST + 1)
    const sent = await actor.upload({ fields: { recipient_email: recipients.join() } })
    const mails = await mailsTo(stage, recipients.slice(0, MOST))
    const beyond = await readMails(stage.context, recipients[MOST] ?? '', 0)
    stage.judge('upload/recipients-twenty', uploadCode(textOf(sent)) === 0 && mails.every(({ length }) => length === 1) && beyond.length === 0, {
      expected: `stored, and ${MOST} mails`, got: `${shownAnswer(textOf(sent))}; ${mails.flat().length} mails to the first ${MOST}, ${beyond.length} to the one after them`, on: sent
    })
  }
}, {
  name: 'upload/notify',
  needs: ['register', 'mail'],
  checks: [declare('upload/notify', 'must', 'guide', 'notify_uploader 1 mails the uploader, and 0 does not')],
  async play (stage) {
    const email = stage.context.recipient()
    const opened = registration(stage, { email })
    requireOk('auth.register', await openAccount(stage, opened))
    const actor = await stage.ownSession({ user: opened.user_name ?? '', password: PASSWORD })
    const silent = await actor.upload({ fields: { notify_uploader: '0' } })
    const loud = await actor.upload({ fields: { notify_uploader: '1' } })
    const told = (exchange: Exchange, mails: readonly Mail[]): boolean => mails.some(mail => linksTo(mail, idsOf(textOf(exchange))[0] ?? '?'))
    // Two mails in order: when the second has arrived, the first would have, too.
    const mails = await until(() => readMails(stage.context, email), got => told(loud, got))
    stage.judge('upload/notify', told(loud, mails) && !told(silent, mails), { expected: 'a mail for 1, none for 0', got: `${told(loud, mails) ? 'a mail' : 'no mail'} for 1, ${told(silent, mails) ? 'a mail' : 'none'} for 0`, on: [silent, loud] })
  }
}]

const mailsTo = (stage: Stage, recipients: readonly string[]): Promise<ReadonlyArray<readonly Mail[]>> =>
  Promise.all(recipients.map(async to => until(() => readMails(stage.context, to), got => got.length > 0)))

const contentOf = ({ text, html }: Mail): string => `${text}\n${html}`
const linksTo = (mail: Mail | undefined, id: string): boolean => mail !== undefined && contentOf(mail).includes(`/${id}`)
