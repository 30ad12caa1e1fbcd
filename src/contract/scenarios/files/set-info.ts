/** Contract, files.setInfo: each parameter changes one value, and nothing else. */
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { differences, filesOf, seeFile, type Attributes, type Seen } from '../../steps/listings.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk, type Params } from '../../run/run-context.ts'

/** How many seconds may pass between two calls on a slow machine. */
const SLACK = 300
const HOUR = 3600

export const filesSetInfoScenarios: readonly Scenario[] = [{
  name: 'files.setInfo/changes',
  needs: ['account'],
  checks: [
    declare('files.setInfo/name', 'must', 'guide', 'name renames the file, including its extension'),
    declare('files.setInfo/description', 'must', 'guide', 'description changes the description'),
    declare('files.setInfo/password', 'must', 'guide', 'the owner sees the new password, and download.getInfo asks for it'),
    declare('files.setInfo/folder', 'must', 'guide', 'folder_id moves the file'),
    declare('files.setInfo/time-limit', 'must', 'guide', 'time_limit counts from now, whatever it was before'),
    declare('files.setInfo/downloads-limit', 'must', 'guide', 'downloads_limit is shown as download_limit'),
    declare('files.setInfo/download-limit', 'must', 'observed', 'download_limit, the name of the parameter in 1.2, is shown as download_limit', { since: '1.2' }),
    declare('files.setInfo/action', 'must', 'guide', 'the actions 1, 2 and 3 are shown as they were set, 3 with its folder')
  ],
  async play (stage) {
    const actor = await stage.main()
    const folder = await actor.folder()
    const id = await actor.file({ name: 'before.txt' })
    await judgeChange(stage, actor, 'files.setInfo/name', id, { name: 'after.tar.gz' }, { name: 'after.tar.gz' })
    await judgeChange(stage, actor, 'files.setInfo/description', id, { description: 'Größe & <Maß>' }, { description: 'Größe & <Maß>' })
    await judgeChange(stage, actor, 'files.setInfo/folder', id, { folder_id: folder }, { folder_id: folder })
    await judgeChange(stage, actor, 'files.setInfo/downloads-limit', id, { downloads_limit: '7' }, { download_limit: '7' })
    await judgeChange(stage, actor, 'files.setInfo/download-limit', id, { download_limit: '8' }, { download_limit: '8' })
    for (const action of ['1', '2']) await judgeChange(stage, actor, 'files.setInfo/action', id, { limit_action: action }, { limit_action: action })
    const move = { limit_action: '3', limit_action_to_folder: folder }
    await judgeChange(stage, actor, 'files.setInfo/action', id, move, move)
    for (const limit of [30 * HOUR, HOUR]) {
      const { now, changed, reply } = await change(actor, id, { time_limit: String(limit) })
      stage.judge('files.setInfo/time-limit', isAbout(now.time_limit, limit), {
        expected: `${limit} seconds, or a little less`, got: `time_limit "${now.time_limit ?? ''}"`, on: [changed, reply]
      })
    }
    await judgeChange(stage, actor, 'files.setInfo/password', id, { password: 'sesame' }, { password: 'sesame' })
    const without = await actor.call('download.getInfo', { file_id: id })
    const withIt = await actor.call('download.getInfo', { file_id: id, password: 'sesame' })
    stage.judge('files.setInfo/password', withIt.code === 0 && without.code === 22, { expected: 'error 22 without the password, status ok with it', on: [withIt, without] })
  }
}, {
  name: 'files.setInfo/only-present',
  needs: ['account'],
  checks: [declare('files.setInfo/only-present', 'must', 'guide', 'a parameter that is not sent changes nothing, whichever of the seven is sent')],
  async play (stage) {
    const actor = await stage.main()
    const [folder, another, target] = [await actor.folder(), await actor.folder(), await actor.folder()]
    const id = await actor.file()
    const start: Params = {
      name: 'a.txt', description: 'one', password: 'first', folder_id: folder, time_limit: String(HOUR), downloads_limit: '5', limit_action: '3', limit_action_to_folder: target
    }
    requireOk('files.setInfo', await actor.call('files.setInfo', { file_id: id, ...start }))
    // downloads_limit is shown as download_limit; the remaining seconds change by themselves.
    let wanted: Attributes = { name: 'a.txt', description: 'one', password: 'first', folder_id: folder, download_limit: '5', limit_action: '3', limit_action_to_folder: target }
    let limit = HOUR
    for (const [name, value] of Object.entries({
      name: 'b.txt', description: 'two', password: 'second', folder_id: another, time_limit: String(2 * HOUR), downloads_limit: '6', limit_action: '1'
    })) {
      const { now, changed, reply } = await change(actor, id, { [name]: value })
      if (name === 'time_limit') limit = Number(value)
      else wanted = { ...wanted, [name === 'downloads_limit' ? 'download_limit' : name]: value }
      const wrong = [differences(now, wanted), isAbout(now.time_limit, limit) ? '' : `time_limit "${now.time_limit ?? ''}" instead of ${limit}`].filter(problem => problem !== '')
      stage.judge('files.setInfo/only-present', changed.code === 0 && wrong.length === 0, {
        expected: `${name} changes, and nothing else`, got: wrong.join(', '), on: [changed, reply]
      })
    }
  }
}, {
  name: 'files.setInfo/clear',
  needs: ['account'],
  checks: [
    declare('files.setInfo/clear-description', 'must', 'guide', 'an empty description clears it'),
    declare('files.setInfo/clear-password', 'must', 'guide', 'an empty password clears it, and none is required any more'),
    declare('files.setInfo/clear-folder', 'must', 'guide', 'an empty folder_id is the root'),
    declare('files.setInfo/clear-time-limit', 'must', 'guide', 'an empty time_limit and 0 mean no limit'),
    declare('files.setInfo/clear-downloads-limit', 'must', 'guide', 'an empty downloads_limit and 0 mean no limit'),
    declare('files.setInfo/clear-action', 'should', 'choice', 'an empty limit_action removes the action and its target folder')
  ],
  async play (stage) {
    const actor = await stage.main()
    const id = await actor.file()
    const target = await actor.folder()
    await judgeCleared(stage, actor, 'files.setInfo/clear-description', id, { description: 'some' }, { description: '' }, { description: '' })
    await judgeCleared(stage, actor, 'files.setInfo/clear-password', id, { password: 'sesame' }, { password: '' }, { password: '' })
    const open = await actor.call('download.getInfo', { file_id: id })
    stage.judge('files.setInfo/clear-password', open.code === 0, { expected: 'download.getInfo without a password is ok', on: open })
    for (const none of ['', '0']) {
      await judgeCleared(stage, actor, 'files.setInfo/clear-time-limit', id, { time_limit: String(HOUR) }, { time_limit: none }, { time_limit: '' })
      await judgeCleared(stage, actor, 'files.setInfo/clear-downloads-limit', id, { downloads_limit: '5' }, { downloads_limit: none }, { download_limit: '' })
    }
    const move = { limit_action: '3', limit_action_to_folder: target }
    await judgeCleared(stage, actor, 'files.setInfo/clear-action', id, move, { limit_action: '' }, { limit_action: '', limit_action_to_folder: '' })
    await judgeCleared(stage, actor, 'files.setInfo/clear-folder', id, { folder_id: target }, { folder_id: '' }, { folder_id: '0' })
  }
}]

interface Changed extends Seen {
  /** The answer of files.setInfo; `reply` is that of files.getInfo. */
  readonly changed: Reply
}

async function change (actor: Actor, id: string, params: Params): Promise<Changed> {
  const changed = await actor.call('files.setInfo', { file_id: id, ...params })
  return { changed, ...await seeFile(actor, id) }
}

/** The change must show in the answer of files.setInfo, and in files.getInfo afterwards. */
async function judgeChange (stage: Stage, actor: Actor, id: string, file: string, params: Params, wanted: Attributes): Promise<void> {
  const { changed, reply, now } = await change(actor, file, params)
  const wrong = [differences(filesOf(changed)[0] ?? {}, wanted), differences(now, wanted)].filter(problem => problem !== '').join(', ')
  stage.judge(id, changed.code === 0 && wrong === '', {
    expected: Object.entries(wanted).map(([name, value]) => `${name} "${value}"`).join(', '), got: changed.code === 0 ? wrong : summaryOf(changed), on: [reply, changed]
  })
}

/** The value is set first: otherwise there would be nothing to clear. */
async function judgeCleared (stage: Stage, actor: Actor, id: string, file: string, set: Params, clear: Params, wanted: Attributes): Promise<void> {
  const before = await change(actor, file, set)
  if (before.changed.code !== 0 || differences(before.now, wanted) === '') {
    stage.leave(id, 'the value to clear could not be set', [before.changed.exchange, before.reply.exchange])
    return
  }
  await judgeChange(stage, actor, id, file, clear, wanted)
}

const isAbout = (told: string | undefined, seconds: number): boolean => /^\d+$/.test(told ?? '') && Number(told) <= seconds && Number(told) > seconds - SLACK
