/** Contract, limits of files: what happens after the last allowed download, and when the time limit has passed. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { withClock } from '../../target/clock.ts'
import { judgeBlocked, judgeDeleted, judgeMoved, look, type Limited } from '../../steps/limit-actions.ts'
import { get, isWhole, linkedFile, linksOf, race, rawExchange, someBytes, statusOf } from '../../steps/file-links.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk, type Params } from '../../run/run-context.ts'

const BYTES = someBytes(1000)
const RACED = someBytes(200_000)
const RUNNERS = 16
/** Milliseconds in which a server with a real clock carries out an action, such as in a sweep each minute. */
const SWEPT = 90_000

export const limitedDownloadScenarios: readonly Scenario[] = [{
  name: 'limit/downloads',
  needs: ['account'],
  checks: [
    declare('limit/block', 'must', 'guide', 'after the last allowed download limit_action 1 closes the links, and the owner still sees the file'),
    declare('limit/block-answers', 'should', 'choice', 'after limit_action 1 page and link are 403, and download.getInfo is 11'),
    declare('limit/delete', 'must', 'guide', 'after the last allowed download limit_action 2 deletes the file: its links are dead, and the API answers 9'),
    declare('limit/move', 'must', 'guide', 'after the last allowed download limit_action 3 moves the file into the folder, where it can be downloaded'),
    declare('limit/move-clears', 'should', 'choice', 'after limit_action 3 the limits of the file are cleared'),
    declare('limit/head-keeps-place', 'should', 'choice', 'HEAD and a range that does not include the end of the file do not use up the download limit'),
    declare('limit/last-place', 'must', 'choice', 'of 16 parallel downloads with one left, exactly one gets the whole file, and the others are refused')
  ],
  async play (stage) {
    const actor = await stage.main()
    const target = await actor.folder()
    const limited = async (ids: readonly string[], change: Params, judge: (file: Limited) => Promise<void>): Promise<void> => {
      const links = await linkedFile(actor, { bytes: BYTES }, { downloads_limit: '1', ...change })
      const control = await get(stage, links.direct)
      if (isWhole(control, BYTES)) await judge({ links, control })
      else for (const id of ids) stage.leave(id, `the last allowed download is needed first: HTTP ${statusOf(control)}`, [control])
    }
    await Promise.all([
      limited(['limit/block', 'limit/block-answers'], { limit_action: '1' }, async file => judgeBlocked(stage, actor, { must: 'limit/block', should: 'limit/block-answers' }, file)),
      limited(['limit/delete'], { limit_action: '2' }, async file => judgeDeleted(stage, actor, 'limit/delete', file)),
      limited(['limit/move', 'limit/move-clears'], { limit_action: '3', limit_action_to_folder: target }, async file => judgeMoved(stage, actor, { must: 'limit/move', should: 'limit/move-clears' }, file, target)),
      judgeKept(stage, actor),
      judgeRace(stage, actor)
    ])
  }
}, {
  name: 'limit/time',
  needs: ['account'],
  isAlone: true,
  checks: [
    declare('limit/time-block', 'must', 'guide', 'when time_limit has passed limit_action 1 closes the links, and the owner still sees the file'),
    declare('limit/time-delete', 'must', 'guide', 'when time_limit has passed limit_action 2 deletes the file'),
    declare('limit/time-move', 'must', 'guide', 'when time_limit has passed limit_action 3 moves the file into the folder, where it can be downloaded'),
    declare('limit/at-once', 'should', 'choice', 'the first request after time_limit has passed sees the action carried out')
  ],
  async play (stage) {
    // A time limit, and how to wait for it: with the emulator's clock, or for some seconds.
    if (stage.context.target.control === undefined) await playTimes(stage, { seconds: '3', pass: async () => wait(4500), patience: SWEPT })
    else await withClock(stage.context, clock => playTimes(stage, { seconds: '60', pass: () => clock.advance('PT2M') }))
  }
}]

interface Passing {
  readonly seconds: string
  pass (): Promise<void>
  /** How long to wait for the action, in milliseconds. */
  readonly patience?: number
}

async function playTimes (stage: Stage, { seconds, pass, patience }: Passing): Promise<void> {
  const actor = await stage.ownSession()
  const target = await actor.folder()
  const limited = async (action: string): Promise<Limited> => {
    const { id, direct } = await linkedFile(actor, { bytes: BYTES })
    const control = await get(stage, direct)
    requireOk('files.setInfo', await actor.call('files.setInfo', { file_id: id, time_limit: seconds, limit_action: action, ...action === '3' && { limit_action_to_folder: target } }))
    return { links: await linksOf(actor, id), control }
  }
  const [blocked, deleted, moved] = await Promise.all([limited('1'), limited('2'), limited('3')])
  await pass()
  const first = { blocked: await look(stage, actor, blocked.links), deleted: await look(stage, actor, deleted.links), moved: await look(stage, actor, moved.links) }
  const isDone = first.blocked.info.code > 0 && first.deleted.own.reply.code === 9 && first.moved.own.now.folder_id === target
  const got = `download.getInfo of the blocked one: ${first.blocked.info.code}, files.getInfo of the deleted one: ${first.deleted.own.reply.code}, folder_id of the moved one: "${first.moved.own.now.folder_id ?? ''}"`
  if (![blocked, deleted, moved].every(({ control }) => isWhole(control, BYTES))) {
    for (const id of ['limit/at-once', 'limit/time-block', 'limit/time-delete', 'limit/time-move']) stage.leave(id, 'files that can be downloaded before are needed first', [blocked.control, deleted.control, moved.control])
    return
  }
  stage.judge('limit/at-once', isDone, { expected: `an error, 9, "${target}"`, got, on: [first.moved.own.reply, first.deleted.own.reply, first.blocked.info] })
  await Promise.all([
    judgeBlocked(stage, actor, { must: 'limit/time-block' }, blocked, patience),
    judgeDeleted(stage, actor, 'limit/time-delete', deleted, patience),
    judgeMoved(stage, actor, { must: 'limit/time-move' }, moved, target, patience)
  ])
}

async function judgeKept (stage: Stage, actor: Actor): Promise<void> {
  const { direct } = await linkedFile(actor, { bytes: BYTES }, { downloads_limit: '1', limit_action: '1' })
  const [head, inside] = [await get(stage, direct, {}, 'HEAD'), await get(stage, direct, { range: 'bytes=0-99' })]
  // A server without ranges has sent the whole file, and used up the last download.
  if (statusOf(head) !== 200 || (statusOf(inside) < 300 && statusOf(inside) !== 206)) {
    stage.leave('limit/head-keeps-place', `HEAD and a range are needed first: HTTP ${statusOf(head)}, HTTP ${statusOf(inside)}`, [head, inside])
    return
  }
  const whole = await get(stage, direct)
  stage.judge('limit/head-keeps-place', isWhole(whole, BYTES), { expected: 'HTTP 200 and the file afterwards', on: [head, inside, whole] })
}

async function judgeRace (stage: Stage, actor: Actor): Promise<void> {
  const { direct } = await linkedFile(actor, { bytes: RACED }, { downloads_limit: '1', limit_action: '1' })
  const answers = await race(direct, RUNNERS)
  const whole = answers.filter(answer => answer?.status === 200 && answer.body.equals(RACED))
  const refused = answers.filter(answer => answer !== undefined && answer.status >= 400)
  stage.judge('limit/last-place', whole.length === 1 && refused.length === RUNNERS - 1, {
    expected: `one whole, ${RUNNERS - 1} refused`,
    got: `${whole.length} whole, ${refused.length} refused, ${RUNNERS - whole.length - refused.length} neither`,
    on: [...answers.map(answer => rawExchange(direct, answer === undefined ? answer : { ...answer, body: answer.body.subarray(0, 1000) }))]
  })
}
