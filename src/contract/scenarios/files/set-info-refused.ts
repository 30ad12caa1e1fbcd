/** Contract, files.setInfo: refusals, lists of files, and limits that are reached already. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { differences, seeFile, unknownId, type Attributes } from '../../steps/listings.ts'
import { follow } from '../../steps/redirects.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { until } from '../../client/until.ts'
import { attributeOf, requireOk } from '../../run/run-context.ts'

export const filesSetInfoRefusedScenarios: readonly Scenario[] = [{
  name: 'files.setInfo/refused',
  needs: ['account'],
  checks: [
    declare('files.setInfo/empty-name', 'should', 'choice', 'an empty name is 21, and nothing changes'),
    declare('files.setInfo/target-missing', 'should', 'choice', 'limit_action=3 is 4 when no folder is sent or stored'),
    declare('files.setInfo/target-alone', 'should', 'choice', 'limit_action_to_folder alone changes the target of an action 3'),
    declare('files.setInfo/atomic', 'should', 'choice', 'with one bad parameter nothing changes')
  ],
  async play (stage) {
    const actor = await stage.main()
    const id = await actor.file({ name: 'before.txt', fields: { description: 'before' } })
    const set = (params: Record<string, string>) => actor.call('files.setInfo', { file_id: id, ...params })
    const [target, another] = [await actor.folder(), await actor.folder()]
    const named = await set({ name: 'named.txt' })
    const nameless = await set({ name: '' })
    const still = await seeFile(actor, id)
    judgeRefusal(stage, 'files.setInfo/empty-name', { control: named, reply: nameless, code: 21, kept: { isTrue: still.now.name === 'named.txt', reply: still.reply } })

    const aimless = await set({ limit_action: '3' })
    const aimed = await set({ limit_action: '3', limit_action_to_folder: target })
    judgeRefusal(stage, 'files.setInfo/target-missing', { control: aimed, reply: aimless, code: 4 })
    const alone = await set({ limit_action_to_folder: another })
    const { reply, now } = await seeFile(actor, id)
    const wrong = differences(now, { limit_action: '3', limit_action_to_folder: another })
    if (aimed.code === 0) {
      stage.judge('files.setInfo/target-alone', alone.code === 0 && wrong === '', {
        expected: 'still action 3, the other folder', got: wrong, on: [aimed, reply, alone]
      })
    } else {
      stage.leave('files.setInfo/target-alone', 'limit_action 3 could not be set', [aimed.exchange])
    }

    const asked = { name: 'after.txt', description: 'after', password: 'after' }
    const before: Attributes = { name: 'named.txt', description: 'before', password: '', folder_id: await actor.home(), download_limit: '' }
    const bad = [await set({ ...asked, folder_id: unknownId() }), await set({ ...asked, downloads_limit: '-1' }), await set({ ...asked, limit_action: '9' })]
    const after = await seeFile(actor, id)
    const control = await set(asked)
    for (const each of bad) {
      judgeRefusal(stage, 'files.setInfo/atomic', { control, reply: each, code: each === bad[0] ? 10 : 21, kept: { isTrue: differences(after.now, before) === '', reply: after.reply } })
    }
  }
}, {
  name: 'files.setInfo/several',
  needs: ['account'],
  checks: [
    declare('files.setInfo/several', 'must', 'guide', 'all files of a list change'),
    declare('files.setInfo/partial', 'should', 'choice', 'the files of a list that exist are changed')
  ],
  async play (stage) {
    const actor = await stage.main()
    const files = [await actor.file(), await actor.file({ name: 'second.bin' })]
    for (const [id, asked] of [['files.setInfo/several', files], ['files.setInfo/partial', [unknownId(), ...files]]] as const) {
      const reply = await actor.call('files.setInfo', { file_id: asked.join(','), description: id })
      const seen = await Promise.all(files.map(file => seeFile(actor, file)))
      stage.judge(id, reply.code === 0 && seen.every(({ now }) => now.description === id), {
        expected: `the description "${id}" for both`, got: seen.map(({ now }) => `"${now.description ?? ''}"`).join(', '), on: [...seen.map(each => each.reply), reply]
      })
    }
  }
}, {
  name: 'files.setInfo/foreign',
  needs: ['account', 'second account'],
  checks: [
    declare('files.setInfo/foreign', 'must', 'guide', 'a file of another user is 9, and nothing changes'),
    declare('files.setInfo/target-foreign', 'should', 'choice', 'a limit_action_to_folder of another user is 10')
  ],
  async play (stage) {
    const [actor, other] = [await stage.main(), await stage.other()]
    const [own, foreign] = [await actor.file(), await other.file({ fields: { description: 'theirs' } })]
    const control = await actor.call('files.setInfo', { file_id: own, description: 'mine' })
    const reply = await actor.call('files.setInfo', { file_id: foreign, description: 'mine' })
    const after = await seeFile(other, foreign)
    judgeRefusal(stage, 'files.setInfo/foreign', { control, reply, code: 9, kept: { isTrue: after.now.description === 'theirs', reply: after.reply } })
    const aimed = await actor.call('files.setInfo', { file_id: own, limit_action: '3', limit_action_to_folder: await actor.folder() })
    const strange = await actor.call('files.setInfo', { file_id: own, limit_action: '3', limit_action_to_folder: await other.folder({ shared: '1' }) })
    judgeRefusal(stage, 'files.setInfo/target-foreign', { control: aimed, reply: strange, code: 10 })
  }
}, {
  name: 'files.setInfo/limit-reached-already',
  needs: ['account'],
  checks: [declare('files.setInfo/limit-reached-already', 'may', 'choice', 'an action whose limit is reached already is carried out at once, and the answer shows the changed file')],
  async play (stage) {
    const actor = await stage.main()
    const id = await actor.file()
    const url = attributeOf(requireOk('files.getInfo', (await seeFile(actor, id)).reply), 'file', 'direct_download_url')
    const download = await follow(stage, url)
    const counted = await until(() => seeFile(actor, id), ({ now }) => now.downloads === '1')
    if (counted.now.downloads !== '1') {
      stage.leave('files.setInfo/limit-reached-already', 'a download is needed first, and did not count', [download, counted.reply.exchange])
      return
    }
    const reply = await actor.call('files.setInfo', { file_id: id, downloads_limit: '1', limit_action: '2' })
    const after = await until(() => seeFile(actor, id), ({ reply: { code } }) => code === 9)
    stage.judge('files.setInfo/limit-reached-already', reply.code === 0 && after.reply.code === 9, { expected: 'status ok, and the file is deleted', on: [reply, after.reply] })
  }
}]
