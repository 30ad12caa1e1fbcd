/** Contract, uploads: bodies that are not forms, maintenance, and names and texts that are changed. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { textOf } from '../../client/exchange.ts'
import { fieldPart } from '../../client/multipart-form.ts'
import { idsOf } from '../../run/actor.ts'
import { guideParts, infoOf, sendParts, shownAnswer, uploadCode } from '../../steps/upload-forms.ts'
import { statusOf } from '../../steps/file-links.ts'

/** The maximum length of a description: `maxBytes` of the field. */
const DESCRIPTION = 4096

export const oddUploadScenarios: readonly Scenario[] = [{
  name: 'upload/no-form',
  needs: ['account'],
  checks: [
    declare('upload/no-form', 'should', 'choice', 'a POST whose body is not a form is error 4'),
    declare('upload/name-encoded-word', 'should', 'observed', 'a file name that is an encoded word as a whole is decoded'),
    declare('upload/text-cut', 'should', 'choice', 'a description that is too long is cut on a character boundary, and the file is stored')
  ],
  async play (stage) {
    const actor = await stage.main()
    const ticket = await actor.ticket()
    const control = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'x'))
    const bare = await stage.send({ method: 'POST', url: ticket.url, headers: [['content-type', 'text/plain']], body: Buffer.from('no form') })
    stage.judge('upload/no-form', uploadCode(textOf(control)) === 0 && uploadCode(textOf(bare)) === 4, { expected: 'error 4', got: `HTTP ${statusOf(bare)}, ${shownAnswer(textOf(bare))}`, on: [control, bare] })
    const name = 'Größe \u{1f98a}.txt'
    const worded = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'x', `=?utf-8?B?${Buffer.from(name).toString('base64')}?=`))
    const [id] = idsOf(textOf(worded))
    const stored = id === undefined ? undefined : (await infoOf(actor, id)).name
    stage.judge('upload/name-encoded-word', stored === name, { expected: name, got: stored ?? shownAnswer(textOf(worded)), on: worded })
    // Byte 4096 is within a character.
    const long = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'x', 'check.bin', [fieldPart('description', `x${'é'.repeat(DESCRIPTION / 2)}`)]))
    const [made] = idsOf(textOf(long))
    const { description = '' } = made === undefined ? {} : await infoOf(actor, made)
    stage.judge('upload/text-cut', description === `x${'é'.repeat(DESCRIPTION / 2 - 1)}`, {
      expected: `stored, with ${DESCRIPTION - 1} bytes`, got: made === undefined ? shownAnswer(textOf(long)) : `${Buffer.byteLength(description)} bytes, ${JSON.stringify(description.slice(-2))} at the end`, on: long
    })
  }
}, {
  name: 'upload/maintenance',
  needs: ['account', 'state:maintenance'],
  checks: [declare('upload/maintenance', 'should', 'choice', 'an upload during maintenance is 15')],
  async play (stage) {
    const actor = await stage.main()
    const ticket = await actor.ticket()
    const parts = await guideParts(actor, ticket, 'x')
    const control = await sendParts(stage, actor, ticket, parts)
    await stage.inState('maintenance', async () => {
      const refused = await sendParts(stage, actor, ticket, parts)
      stage.judge('upload/maintenance', uploadCode(textOf(control)) === 0 && uploadCode(textOf(refused)) === 15, { expected: 'error 15', got: shownAnswer(textOf(refused)), on: [control, refused] })
    })
  }
}]
