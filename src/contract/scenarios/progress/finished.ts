/** Contract, section 4: progress of tickets that were used before, of unknown ones, and the forms of the request. */
import { setTimeout as wait } from 'node:timers/promises'
import { anonymousTicket } from '../../steps/anonymous-upload.ts'
import { sendForm, type Actor, type Ticket } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { withClock } from '../../target/clock.ts'
import { textOf as bodyOf, type Exchange } from '../../client/exchange.ts'
import { isZero, progressUntil, seeProgress, told, type Progress } from '../../steps/upload-progress.ts'
import { startUpload } from '../../steps/slow-upload.ts'
import type { Stage } from '../../run/stage.ts'
import { noteUploaded } from '../../steps/upload-parts.ts'

const SIZE = 200_000
/** Time limit of a polling loop, and its pause, in milliseconds; a second is enough for such a file. */
const LOOP = { most: 20_000, pause: 15 }

export const progressScenarios: readonly Scenario[] = [{
  name: 'progress/again',
  needs: ['account'],
  checks: [
    declare('progress/anew', 'should', 'choice', 'a second upload on the same ticket begins at 0'),
    declare('progress/refused-untouched', 'should', 'choice', 'an upload that is refused because another runs leaves the counters of the running one alone')
  ],
  async play (stage) {
    const actor = await stage.main()
    const ticket = await actor.ticket()
    const folder = await actor.home()
    await uploadWhole(stage, actor, ticket, SIZE)
    const first = await progressUntil(stage, ticket.progressUrl, ({ status }) => status !== 'ok')
    const upload = await startUpload(stage, ticket, { size: 2 * SIZE, folder, key: actor.key })
    upload.sendTo(1000)
    const begun = await progressUntil(stage, ticket.progressUrl, ({ status, uploaded }) => status === 'ok' && uploaded > 0)
    if (first.status === 'done') {
      stage.judge('progress/anew', begun.status === 'ok' && begun.uploaded <= 1000 && begun.total === upload.total, {
        expected: `ok, at most 1000 of ${upload.total} bytes`, got: told(begun), on: [first.exchange, begun.exchange]
      })
    } else {
      stage.leave('progress/anew', `the first upload did not reach the status done: ${told(first)}`, [first.exchange])
    }

    upload.sendTo(SIZE)
    const before = await progressUntil(stage, ticket.progressUrl, ({ uploaded }) => uploaded > SIZE / 2)
    const refused = await uploadWhole(stage, actor, ticket, 100)
    const after = await seeProgress(stage, ticket.progressUrl)
    await upload.finish()
    const done = await progressUntil(stage, ticket.progressUrl, ({ status }) => status !== 'ok')
    if (/^file_id=/m.test(bodyOf(refused))) stage.leave('progress/refused-untouched', 'the second upload was not refused', [refused])
    else {
      const isLeft = before.status === 'ok' && after.status === 'ok' && after.total === upload.total && after.uploaded >= before.uploaded && done.status === 'done' && done.total === upload.total
      stage.judge('progress/refused-untouched', isLeft, {
        expected: `ok as before, then done with ${upload.total} bytes`,
        got: `${told(before)}; ${told(after)}; ${told(done)}`,
        on: [before.exchange, refused, after.exchange, done.exchange]
      })
    }
  }
}, {
  name: 'progress/polled',
  needs: ['account'],
  checks: [
    declare('progress/poll-ends', 'must', 'observed', 'a loop that polls while the status is ok ends, whether the upload completes or breaks off'),
    declare('progress/post', 'must', 'observed', 'POST is answered like GET'),
    declare('progress/amp', 'should', 'observed', 'a client that does not unescape XML sends amp;UPLOAD_IDENTIFIER, and is answered')
  ],
  async play (stage) {
    const actor = await stage.main()
    const [ticket, another] = [await actor.ticket(), await actor.ticket()]
    const cut = async (): Promise<void> => {
      const upload = await startUpload(stage, another, { size: SIZE, folder: await actor.home(), key: actor.key })
      upload.sendTo(SIZE / 2)
      await progressUntil(stage, another.progressUrl, ({ uploaded }) => uploaded > 0)
      upload.cut()
    }
    const [whole, broken] = await Promise.all([poll(stage, ticket), poll(stage, another), uploadWhole(stage, actor, ticket, SIZE), cut()])
    for (const [last, status] of [[whole, 'done'], [broken, 'fail']] as const) {
      stage.judge('progress/poll-ends', last.status === status, { expected: status, got: told(last), on: last.exchange })
    }
    const [get, post] = [await seeProgress(stage, ticket.progressUrl), await seeProgress(stage, ticket.progressUrl, 'POST')]
    stage.judge('progress/post', get.status !== '' && bodyOf(post.exchange) === bodyOf(get.exchange), {
      expected: bodyOf(get.exchange), got: bodyOf(post.exchange), on: [get.exchange, post.exchange]
    })
    const url = ticket.progressUrl.replace(/([?&])UPLOAD_IDENTIFIER=/i, '$1amp;UPLOAD_IDENTIFIER=')
    if (url === ticket.progressUrl) {
      stage.leave('progress/amp', 'progress_url has no UPLOAD_IDENTIFIER', [get.exchange])
      return
    }
    const escaped = await seeProgress(stage, url)
    stage.judge('progress/amp', bodyOf(escaped.exchange) === bodyOf(get.exchange), {
      expected: bodyOf(get.exchange), got: bodyOf(escaped.exchange), on: [get.exchange, escaped.exchange]
    })
  }
}, {
  name: 'progress/unknown',
  needs: [],
  checks: [declare('progress/unknown', 'should', 'choice', 'an unknown identifier is fail, and zeros')],
  async play (stage) {
    const ticket = await anonymousTicket(stage)
    const known = await seeProgress(stage, ticket.progressUrl)
    const url = ticket.progressUrl.replace(ticket.id, ticket.id.replace(/\d(?=\d*\.)/, digit => String((Number(digit) + 1) % 10)))
    if (known.status !== 'ok' || url === ticket.progressUrl) {
      stage.leave('progress/unknown', `the status of a known identifier must be ok, and was ${told(known)}`, [known.exchange])
      return
    }
    const unknown = await seeProgress(stage, url)
    stage.judge('progress/unknown', unknown.status === 'fail' && isZero(unknown), { expected: 'fail and zeros', got: told(unknown), on: [known.exchange, unknown.exchange] })
  }
}, {
  name: 'progress/remembered',
  needs: ['account', 'time'],
  isAlone: true,
  checks: [
    declare('progress/remembered', 'should', 'choice', 'done and fail are reported for ten minutes, even if the session ends'),
    declare('progress/forgotten', 'may', 'choice', 'after ten minutes the status is fail, and zeros')
  ],
  play: stage => withClock(stage.context, async clock => {
    const actor = await stage.ownSession()
    const [whole, broken] = [await actor.ticket(), await actor.ticket()]
    await uploadWhole(stage, actor, whole, 1000)
    const upload = await startUpload(stage, broken, { size: SIZE, folder: await actor.home(), key: actor.key })
    upload.sendTo(SIZE / 2)
    await progressUntil(stage, broken.progressUrl, ({ uploaded }) => uploaded > 0)
    upload.cut()
    const both = (isWanted: (progress: Progress) => boolean): Promise<readonly Progress[]> => Promise.all([whole, broken].map(({ progressUrl }) => progressUntil(stage, progressUrl, isWanted)))
    const before = (await both(({ status }) => status !== 'ok')).map(({ status }) => status).join()
    await actor.call('auth.logout')
    await clock.advance('PT9M')
    const later = await both(() => true)
    const statuses = later.map(({ status }) => status).join()
    await clock.advance('PT2M')
    const gone = await both(() => true)
    if (before !== 'done,fail') {
      for (const id of ['progress/remembered', 'progress/forgotten']) stage.leave(id, `the statuses done and fail are needed first, and the status was ${before}`, later.map(({ exchange }) => exchange))
      return
    }
    stage.judge('progress/remembered', statuses === before && later[0]?.meter === 100, {
      expected: 'done and fail after nine minutes', got: later.map(told).join('; '), on: later.map(({ exchange }) => exchange)
    })
    stage.judge('progress/forgotten', gone.every(each => each.status === 'fail' && isZero(each)), {
      expected: 'fail and zeros after eleven minutes', got: gone.map(told).join('; '), on: gone.map(({ exchange }) => exchange)
    })
  })
}]

async function uploadWhole (stage: Stage, actor: Actor, ticket: Ticket, size: number): Promise<Exchange> {
  const exchange = await sendForm(stage.context, ticket, { bytes: Buffer.alloc(size, 'x'), fields: { folder_id: await actor.home() } }, 'progress')
  await noteUploaded(stage, bodyOf(exchange), actor.key)
  return exchange
}

/** The last progress that a client sees that waits for the end. */
async function poll (stage: Stage, { progressUrl }: Ticket): Promise<Progress> {
  const end = performance.now() + LOOP.most
  for (;;) {
    const progress = await seeProgress(stage, progressUrl)
    if (progress.status !== 'ok' || performance.now() > end) return progress
    await wait(LOOP.pause)
  }
}
