/** Contract, tickets: how long they live, and what is checked only when they are issued. */
import type { Actor, Ticket } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { withClock } from '../../target/clock.ts'
import { textOf } from '../../client/exchange.ts'
import { progressUntil } from '../../steps/upload-progress.ts'
import { startUpload } from '../../steps/slow-upload.ts'
import { guideParts, sendParts, shownAnswer, uploadCode } from '../../steps/upload-forms.ts'

const SIZE = 100_000

export const ticketLifeScenarios: readonly Scenario[] = [{
  name: 'upload/ticket-day',
  needs: ['account', 'time'],
  isAlone: true,
  checks: [
    declare('upload/ticket-day', 'should', 'choice', 'a ticket is good after 23 hours, and 16 after 24'),
    declare('upload/ticket-ends-midway', 'must', 'choice', 'an upload that runs when its ticket ends is stored')
  ],
  play: stage => withClock(stage.context, async clock => {
    const actor = await stage.ownSession()
    const [home, ticket, another] = [await actor.home(), await actor.ticket(), await actor.ticket()]
    await clock.advance('PT23H')
    const early = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'early'))
    const running = await startUpload(stage, another, { size: SIZE, folder: home, key: actor.key })
    running.sendTo(SIZE / 2)
    // The upload is running once the server has received a part of it.
    await progressUntil(stage, another.progressUrl, ({ uploaded }) => uploaded > 0)
    await clock.advance('PT62M')
    const late = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'late'))
    stage.judge('upload/ticket-day', uploadCode(textOf(early)) === 0 && uploadCode(textOf(late)) === 16, { expected: 'stored after 23 hours, error 16 after 24', got: `${shownAnswer(textOf(early))}, then ${shownAnswer(textOf(late))}`, on: [early, late] })
    const answer = (await running.finish())?.body.toString() ?? ''
    stage.judge('upload/ticket-ends-midway', uploadCode(answer) === 0, { expected: 'stored', got: shownAnswer(answer), on: [early, late] })
  })
}, promised('membership-over', 'a membership that ended since'), promised('no-capabilities', 'a capability that was switched off since')]

function promised (state: 'membership-over' | 'no-capabilities', what: string): Scenario {
  const id = `upload/ticket-promise-${state === 'membership-over' ? 'membership' : 'capability'}`
  return {
    name: id,
    needs: ['account', `state:${state}`],
    checks: [declare(id, 'should', 'choice', `an upload to a ticket from before is stored in spite of ${what}`)],
    async play (stage) {
      let before: { readonly ticket: Ticket, readonly actor: Actor } | undefined
      await stage.inState(state, async () => {
        if (before === undefined) {
          stage.leave(id, 'an earlier ticket is needed first')
          return
        }
        const { ticket, actor } = before
        const refused = await actor.call('upload.getInfo')
        const sent = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'x'))
        if (refused.code === 0) stage.leave(id, 'the account still gets a ticket, so it is not in that state', [refused.exchange])
        else stage.judge(id, uploadCode(textOf(sent)) === 0, { expected: 'stored', got: shownAnswer(textOf(sent)), on: [refused, sent] })
      }, async account => {
        const actor = await stage.ownSession(account)
        await actor.home()
        before = { ticket: await actor.ticket(), actor }
      })
    }
  }
}
