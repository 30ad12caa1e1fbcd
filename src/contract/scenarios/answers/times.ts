/** Contract, values: upload times and time limits. */
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { withClock } from '../../target/clock.ts'
import { readEastern, writeEastern } from '../../steps/eastern-time.ts'
import { headerOf, type Exchange } from '../../client/exchange.ts'
import { filesOf, seeFile } from '../../steps/listings.ts'
import { countIn } from '../../client/reply-values.ts'
import { summaryOf } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk } from '../../run/run-context.ts'

const SECOND = 1000
const HOUR = 60 * 60 * SECOND
/** Tolerance of a time in milliseconds. */
const NEAR = 5 * SECOND

export const timeValueScenarios: readonly Scenario[] = [{
  name: 'values/upload-time',
  needs: ['account'],
  checks: [
    declare('values/upload-time-1.0', 'must', 'observed', 'upload_time is Unix seconds, of when the upload was', { until: '1.1' }),
    declare('values/upload-time-later', 'must', 'observed', 'upload_time is YYYY/MM/DD HH:MM:SS in US Eastern time, of when the upload was', { since: '1.1' })
  ],
  async play (stage) {
    const actor = await stage.main()
    await actor.home()
    const before = await actor.call('auth.checkSession')
    const id = await actor.file()
    const { reply, now } = await seeFile(actor, id)
    requireOk('files.getInfo', reply)
    const text = now.upload_time ?? ''
    const [from, to] = [timeOf(before.exchange), timeOf(reply.exchange)]
    const isThen = (moment: number): boolean => moment >= from - NEAR && moment <= to + NEAR
    stage.judge('values/upload-time-1.0', isThen(countIn(text) * SECOND), { expected: `Unix seconds, about ${Math.round(to / SECOND)}`, got: text, on: reply })
    stage.judge('values/upload-time-later', isThen(readEastern(text)), { expected: `about ${writeEastern(to)}`, got: text, on: reply })
  }
}, {
  name: 'values/upload-time-summer',
  needs: ['account', 'time'],
  isAlone: true,
  checks: [declare('values/upload-time-summer', 'should', 'observed', 'upload_time is four hours behind UTC in July and five in January', { since: '1.1' })],
  async play (stage) {
    await withClock(stage.context, async clock => {
      const year = (await clock.now()).getUTCFullYear()
      const moments = [[year, 6], [year + 1, 0], [year + 1, 6], [year + 2, 0]].map(([of = 0, month]) => new Date(Date.UTC(of, month ?? 0, 15, 12)))
      const now = (await clock.now()).getTime()
      for (const moment of moments.filter(each => each.getTime() > now).slice(0, 2)) {
        await clock.advanceTo(moment)
        const actor = await stage.ownSession()
        const { reply, now: file } = await seeFile(actor, await actor.file())
        const text = file.upload_time ?? ''
        const behind = moment.getUTCMonth() === 6 ? 4 : 5
        const off = (await clock.now()).getTime() - (Date.parse(`${text.replaceAll('/', '-').replace(' ', 'T')}Z`) + behind * HOUR)
        stage.judge('values/upload-time-summer', Math.abs(off) < HOUR / 4, { expected: `${behind} hours behind ${moment.toISOString()}`, got: text, on: reply })
      }
    })
  }
}, {
  name: 'values/order-and-time-limit',
  needs: ['account'],
  checks: [
    declare('values/order-files', 'should', 'choice', 'files are listed by the time of their upload'),
    declare('values/time-limit', 'should', 'choice', 'time_limit is what remains of it: less after a second')
  ],
  async play (stage) {
    const actor = await stage.main()
    const folder = await actor.folder()
    // The order by name is the reverse.
    const first = await actor.file({ name: 'c.txt', fields: { folder_id: folder } })
    requireOk('files.setInfo', await actor.call('files.setInfo', { file_id: first, time_limit: '3600' }))
    const before = await seeFile(actor, first)
    await nextSecond()
    // Files of the same second may come in any order.
    const others = [await actor.file({ name: 'b.txt', fields: { folder_id: folder } }), await actor.file({ name: 'a.txt', fields: { folder_id: folder } })]
    const after = await seeFile(actor, first)
    const [was, is] = [before.now.time_limit ?? '', after.now.time_limit ?? '']
    stage.judge('values/time-limit', countIn(was) <= 3600 && countIn(was) > 3000 && countIn(is) < countIn(was), { expected: 'the rest of 3600', got: `${was}, then ${is}`, on: [before.reply, after.reply] })
    await judgeOrder(stage, actor, folder, first, others)
  }
}]

async function judgeOrder (stage: Stage, actor: Actor, folder: string, first: string, others: readonly string[]): Promise<void> {
  const listed = await actor.call('folders.getContents', { folder_id: folder })
  const ids = filesOf(listed).map(({ id = '' }) => id)
  stage.judge('values/order-files', ids[0] === first && ids.length === others.length + 1, { expected: `${first} before ${others.join(', ')}`, got: listed.code === 0 ? ids.join() : summaryOf(listed), on: listed })
}

/** Waits until the next upload gets another second. */
const nextSecond = (): Promise<void> => new Promise(resolve => { setTimeout(resolve, 1050) })

/** The time of the server, or else of this machine. */
function timeOf (exchange: Exchange): number {
  const date = Date.parse(headerOf(exchange, 'date') ?? '')
  return Number.isNaN(date) ? Date.now() : date
}
