/** Contract, files.moveToFolder. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { filesOf, idsIn, repeatedIds, seeFile, unknownId } from '../../steps/listings.ts'
import { judgeRefusal } from '../../steps/refusal.ts'

export const filesMoveScenarios: readonly Scenario[] = [{
  name: 'files.moveToFolder/own',
  needs: ['account'],
  checks: [
    declare('files.moveToFolder/moves', 'must', 'guide', 'a moved file lies in the new folder, in getInfo and in getContents of both'),
    declare('files.moveToFolder/root', 'must', 'guide', 'folder_id=0 moves to the root'),
    declare('files.moveToFolder/no-folder', 'must', 'guide', 'an unknown folder is 10, and nothing moves'),
    declare('files.moveToFolder/partial', 'should', 'choice', 'the files of a list that exist are moved'),
    declare('files.moveToFolder/id-first', 'should', 'observed', '<id> with the moved ids comes before the files', { since: '1.1' })
  ],
  async play (stage) {
    const actor = await stage.main()
    const [home, folder] = [await actor.home(), await actor.folder()]
    const [id, second] = [await actor.file(), await actor.file({ name: 'second.bin' })]
    const moved = await actor.call('files.moveToFolder', { file_id: id, folder_id: folder })
    const { reply, now } = await seeFile(actor, id)
    const [there, here] = [await actor.call('folders.getContents', { folder_id: folder }), await actor.call('folders.getContents', { folder_id: home })]
    const isMoved = moved.code === 0 && now.folder_id === folder && idsIn(filesOf(there)).join() === id && !idsIn(filesOf(here)).includes(id) && here.code === 0
    stage.judge('files.moveToFolder/moves', isMoved, {
      expected: `folder_id "${folder}", and listed there alone`,
      got: `folder_id "${now.folder_id ?? ''}", files there ${idsIn(filesOf(there)).join()}, before ${idsIn(filesOf(here)).join()}`,
      on: [there, here, reply, moved]
    })

    const missing = await actor.call('files.moveToFolder', { file_id: id, folder_id: unknownId() })
    const after = await seeFile(actor, id)
    judgeRefusal(stage, 'files.moveToFolder/no-folder', { control: moved, reply: missing, code: 10, kept: { isTrue: after.now.folder_id === folder, reply: after.reply } })

    const both = await actor.call('files.moveToFolder', { file_id: `${id},${second}`, folder_id: home })
    const ids = repeatedIds(both)
    const isFirst = both.code === 0 && both.result?.children[0]?.name === 'id' && ids.length === 1 && ids[0] === `${id},${second}`
    stage.judge('files.moveToFolder/id-first', isFirst, {
      expected: `<id>${id},${second}</id>, then the files`, got: (both.result?.children ?? []).map(({ name, text }) => `<${name}>${text}`).join(' '), on: both
    })

    const some = await actor.call('files.moveToFolder', { file_id: `${unknownId()},${second}`, folder_id: folder })
    const seen = await seeFile(actor, second)
    stage.judge('files.moveToFolder/partial', some.code === 0 && seen.now.folder_id === folder, { expected: `status ok, and folder_id "${folder}"`, on: [seen.reply, some] })

    const toRoot = await actor.call('files.moveToFolder', { file_id: id, folder_id: '0' })
    const atRoot = await seeFile(actor, id)
    stage.judge('files.moveToFolder/root', toRoot.code === 0 && atRoot.now.folder_id === '0', {
      expected: 'folder_id "0"', got: `folder_id "${atRoot.now.folder_id ?? ''}"`, on: [toRoot, atRoot.reply]
    })
  }
}, {
  name: 'files.moveToFolder/foreign',
  needs: ['account', 'second account'],
  checks: [declare('files.moveToFolder/foreign-folder', 'must', 'guide', 'the folder of another user is 10, and nothing moves')],
  async play (stage) {
    const [actor, other] = [await stage.main(), await stage.other()]
    const id = await actor.file()
    const own = await actor.folder()
    const control = await actor.call('files.moveToFolder', { file_id: id, folder_id: own })
    const reply = await actor.call('files.moveToFolder', { file_id: id, folder_id: await other.folder({ shared: '1' }) })
    const after = await seeFile(actor, id)
    judgeRefusal(stage, 'files.moveToFolder/foreign-folder', { control, reply, code: 10, kept: { isTrue: after.now.folder_id === own, reply: after.reply } })
  }
}]
