/** Contract, folders.delete: in 1.0 a folder must be empty, later versions also delete its contents. */
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { failuresOf, foldersOf, idsIn, repeatedIds, seeFile, seeFolder, unknownId } from '../../steps/listings.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { spaceLeft } from '../../steps/space-left.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk } from '../../run/run-context.ts'
import { childOf } from '../../client/xml.ts'

const SIZE = 3000

export const foldersDeleteScenarios: readonly Scenario[] = [{
  name: 'folders.delete/own',
  needs: ['account'],
  checks: [
    declare('folders.delete/empty', 'must', 'guide', 'an empty folder is deleted: <status>ok</status> and the id, 10 afterwards'),
    declare('folders.delete/with-file', 'must', 'guide', 'a folder with a file in it is 14, and both are still there', { until: '1.1' }),
    declare('folders.delete/with-folder', 'must', 'guide', 'a folder with a folder in it is 14, and both are still there', { until: '1.1' }),
    declare('folders.delete/recursive', 'must', 'observed', 'all folders and files inside are gone, too', { since: '1.1' }),
    declare('folders.delete/list', 'should', 'observed', 'all folders of a list are deleted, each with a <folder id/>', { since: '1.1' }),
    declare('folders.delete/partial', 'should', 'choice', 'the folders of a list that exist are deleted, and one error for each code names the others', { since: '1.1' })
  ],
  async play (stage) {
    const actor = await stage.main()
    const remove = (...ids: readonly string[]) => actor.call('folders.delete', { folder_id: ids.join(',') })
    const empty = await actor.folder()
    const before = await seeFolder(actor, empty)
    const control = await remove(empty)
    const after = await seeFolder(actor, empty)
    const told = [childOf(control.result, 'status')?.text, ...repeatedIds(control)].join(' ')
    stage.judge('folders.delete/empty', before.reply.code === 0 && control.code === 0 && told === `ok ${empty}` && after.reply.code === 10, {
      expected: `ok ${empty}, then error 10`, got: `${told}, then code ${after.reply.code}`, on: [after.reply, control]
    })
    if (stage.version === '1.0') {
      const [withFile, withFolder] = [await actor.folder(), await actor.folder()]
      const [file, inner] = [await actor.file({ fields: { folder_id: withFile } }), await actor.folder({ parent_folder_id: withFolder })]
      for (const [id, folder, inside] of [['with-file', withFile, file], ['with-folder', withFolder, inner]] as const) {
        const reply = await remove(folder)
        const [outer, within] = [await seeFolder(actor, folder), await (inside === file ? seeFile : seeFolder)(actor, inside)]
        judgeRefusal(stage, `folders.delete/${id}`, { control, reply, code: 14, kept: { isTrue: outer.reply.code === 0 && within.reply.code === 0, reply: within.reply } })
      }
      return
    }
    await judgeRecursive(stage, actor)
    const [first, second] = [await actor.folder(), await actor.folder()]
    const both = await remove(second, first)
    const gone = [await seeFolder(actor, first), await seeFolder(actor, second)]
    const each = idsIn(foldersOf(both)).join()
    stage.judge('folders.delete/list', both.code === 0 && each === `${second},${first}` && gone.every(({ reply }) => reply.code === 10), {
      expected: `<folder id/> for ${second},${first}, and both are 10`, got: `<folder id/> for ${each}, then codes ${gone.map(({ reply }) => reply.code).join()}`, on: [...gone.map(({ reply }) => reply), both]
    })
    await judgePartial(stage, actor)
  }
}, {
  name: 'folders.delete/foreign',
  needs: ['account', 'second account'],
  checks: [declare('folders.delete/foreign', 'must', 'guide', 'a folder of another user is 10, and it is still there')],
  async play (stage) {
    const [actor, other] = [await stage.main(), await stage.other()]
    const foreign = await other.folder({ shared: '1' })
    const control = await actor.call('folders.delete', { folder_id: await actor.folder() })
    const reply = await actor.call('folders.delete', { folder_id: foreign })
    const after = await seeFolder(other, foreign)
    judgeRefusal(stage, 'folders.delete/foreign', { control, reply, code: 10, kept: { isTrue: after.reply.code === 0, reply: after.reply } })
  }
}, {
  name: 'folders.delete/recursive-space',
  needs: ['state:disk-limited'],
  isAlone: true,
  checks: [declare('folders.delete/recursive-space', 'should', 'choice', 'diskspace_left grows by the size of the contents', { since: '1.1' })],
  play: stage => stage.inState('disk-limited', async account => {
    const actor = await stage.ownSession(account)
    const outer = await actor.folder()
    const inner = await actor.folder({ parent_folder_id: outer })
    for (const folder of [outer, inner]) await actor.file({ bytes: Buffer.alloc(SIZE, 'x'), fields: { folder_id: folder } })
    const full = await spaceLeft(actor)
    const reply = requireOk('folders.delete', await actor.call('folders.delete', { folder_id: outer }))
    const after = await spaceLeft(actor)
    stage.judge('folders.delete/recursive-space', after.bytes - full.bytes === 2 * SIZE, {
      expected: `${2 * SIZE} bytes more`, got: `${after.bytes - full.bytes} bytes more`, on: [full.reply, reply, after.reply]
    })
  })
}]

async function judgeRecursive (stage: Stage, actor: Actor): Promise<void> {
  const folders: string[] = []
  const files: string[] = []
  for (let i = 0; i < 3; i++) {
    folders.push(await actor.folder({ ...i > 0 && { parent_folder_id: folders.at(-1) } }))
    files.push(await actor.file({ fields: { folder_id: folders.at(-1) ?? '' } }))
  }
  const reply = await actor.call('folders.delete', { folder_id: folders[0] })
  const seen = [...await Promise.all(folders.map(id => seeFolder(actor, id))), ...await Promise.all(files.map(id => seeFile(actor, id)))].map(each => each.reply)
  const codes = seen.map(({ code }) => code).join()
  stage.judge('folders.delete/recursive', reply.code === 0 && codes === '10,10,10,9,9,9', {
    expected: 'status ok, then 10 for each folder and 9 for each file', got: `code ${reply.code}, then ${codes}`, on: [...seen, reply]
  })
}

/** A separate account where registration is open: a server that deletes the root would delete everything. */
async function judgePartial (stage: Stage, main: Actor): Promise<void> {
  const isNew = stage.context.target.features.register
  const actor = isNew ? await stage.ownSession(await stage.newAccount()) : main
  const [folder, ...unknown] = [await actor.folder(), unknownId(), unknownId()]
  const reply = await actor.call('folders.delete', { folder_id: [unknown[0], ...isNew ? ['0'] : [], folder, unknown[1]].join() })
  const after = await seeFolder(actor, folder)
  const expected = [`10: ${unknown.join()}`, ...isNew ? ['11: 0'] : []]
  const told = [...failuresOf(reply)].sort()
  stage.judge('folders.delete/partial', reply.code === 0 && after.reply.code === 10 && told.join() === expected.join(), {
    expected: `the folder gone, errors ${expected.join('; ')}`, got: `code ${reply.code}, then ${after.reply.code}, errors ${told.join('; ')}`, on: [after.reply, reply]
  })
}
