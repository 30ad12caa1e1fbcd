/** Contract, values: lists of ids, and links used as ids. */
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { filesOf, idsIn, seeFile, unknownId } from '../../steps/listings.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk } from '../../run/run-context.ts'

const HUNDRED = 100

export const listValueScenarios: readonly Scenario[] = [{
  name: 'values/lists',
  needs: ['account'],
  checks: [
    declare('values/list-blanks', 'must', 'guide', 'blanks around the commas of a list are ignored'),
    declare('values/list-empty-items', 'should', 'choice', 'a,,b, is a and b'),
    declare('values/list-repeats', 'should', 'choice', 'a,b,a is a and b'),
    declare('values/list-hundred', 'should', 'choice', '100 ids are accepted, and 150 repeats of one'),
    declare('values/list-of-nothing', 'should', 'choice', 'a list of commas alone is 4'),
    declare('values/order-asked', 'must', 'observed', 'several files are answered in the order in which they were asked for')
  ],
  async play (stage) {
    const actor = await stage.main()
    const [a, b, c] = [await actor.file(), await actor.file(), await actor.file()]
    await judgeListed(stage, 'values/list-blanks', actor, ` ${a} , ${b} `, [a, b])
    await judgeListed(stage, 'values/list-empty-items', actor, `${a},,${b},`, [a, b])
    await judgeListed(stage, 'values/list-repeats', actor, `${a},${b},${a}`, [a, b])
    for (const order of [[a, b, c], [c, b, a], [b, c, a]]) await judgeListed(stage, 'values/order-asked', actor, order.join(), order)
    await judgeListed(stage, 'values/list-hundred', actor, Array.from({ length: 150 }, () => a).join(), [a])
    const many = await actor.call('files.getInfo', { file_id: [a, ...Array.from({ length: HUNDRED - 1 }, unknownId)].join() })
    // Most of them do not exist, which may make the whole call fail.
    stage.judge('values/list-hundred', many.code === 9 || idsIn(filesOf(many)).join() === a, { expected: `${HUNDRED} ids are no refusal`, on: many })
    const [control, nothing] = [await actor.call('files.getInfo', { file_id: a }), await actor.call('files.getInfo', { file_id: ',,,' })]
    judgeRefusal(stage, 'values/list-of-nothing', { control, reply: nothing, code: 4 })
  }
}, {
  name: 'values/links',
  needs: ['account'],
  checks: [
    declare('values/link-sendspace', 'must', 'guide', 'a link to sendspace.com stands for its file: http and https, with and without www'),
    declare('values/link-pro', 'must', 'observed', 'a link to sendspace.com/pro/dl/ID stands for its file'),
    declare('values/link-own', 'must', 'observed', 'the download_page_url that the target itself wrote stands for its file'),
    declare('values/link-own-pro', 'should', 'choice', '/pro/dl/ID on the target stands for its file'),
    declare('values/link-foreign', 'must', 'guide', 'any other value with :// is 26'),
    declare('values/link-unknown', 'should', 'choice', 'a good link to a file that is not there is 9'),
    declare('values/id-foreign-alphabet', 'may', 'choice', 'an id of ? is 16')
  ],
  async play (stage) {
    const actor = await stage.main()
    const id = await actor.file()
    const { now, reply } = await seeFile(actor, id)
    requireOk('files.getInfo', reply)
    const page = now.download_page_url ?? ''
    for (const host of ['http://www.sendspace.com', 'https://www.sendspace.com', 'http://sendspace.com', 'https://sendspace.com']) {
      await judgeListed(stage, 'values/link-sendspace', actor, `${host}/file/${id}`, [id])
      await judgeListed(stage, 'values/link-pro', actor, `${host}/pro/dl/${id}`, [id])
    }
    await judgeListed(stage, 'values/link-own', actor, page, [id])
    await judgeListed(stage, 'values/link-own-pro', actor, page.replace(/\/file\/(?=\w+$)/, '/pro/dl/'), [id])
    const control = await actor.call('files.getInfo', { file_id: `http://www.sendspace.com/file/${id}` })
    const refused = (of: string, link: string, code: number): Promise<void> => judgeRefused(stage, of, actor, control, link, code)
    for (const link of [`http://foreign.example/file/${id}`, `http://www.sendspace.com.foreign.example/file/${id}`, `ftp://www.sendspace.com/file/${id}`, `http://www.sendspace.com/folder/${id}`]) {
      await refused('values/link-foreign', link, 26)
    }
    const gone = await actor.file()
    requireOk('files.delete', await actor.call('files.delete', { file_id: gone }))
    await refused('values/link-unknown', `http://www.sendspace.com/file/${gone}`, 9)
    judgeRefusal(stage, 'values/id-foreign-alphabet', { control: reply, reply: await actor.call('files.getInfo', { file_id: '?' }), code: 16 })
  }
}]

async function judgeListed (stage: Stage, id: string, actor: Actor, asked: string, wanted: readonly string[]): Promise<void> {
  const reply = await actor.call('files.getInfo', { file_id: asked })
  const got = idsIn(filesOf(reply)).join()
  stage.judge(id, reply.code === 0 && reply.error === undefined && got === wanted.join(), { expected: wanted.join(), got: reply.code === 0 && got !== '' ? got : summaryOf(reply), on: reply })
}

async function judgeRefused (stage: Stage, id: string, actor: Actor, control: Reply, link: string, code: number): Promise<void> {
  judgeRefusal(stage, id, { control, reply: await actor.call('files.getInfo', { file_id: link }), code })
}
