/** Contract, values: the root, the order of folders, and the totals of their contents. */
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { foldersOf, idsIn, seeFolder } from '../../steps/listings.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk } from '../../run/run-context.ts'

export const folderValueScenarios: readonly Scenario[] = [{
  name: 'values/root',
  needs: ['account'],
  checks: [
    declare('values/root-listed', 'must', 'observed', 'folders.getAll lists the root first: id 0, name Default, parent 0'),
    declare('values/root-rename', 'should', 'choice', 'renaming the root is 11'),
    declare('values/root-share', 'should', 'choice', 'sharing the root is 11')
  ],
  async play (stage) {
    const actor = await stage.main()
    const listed = requireOk('folders.getAll', await actor.call('folders.getAll'))
    const { id, name, parent_folder_id: parent } = foldersOf(listed)[0] ?? {}
    stage.judge('values/root-listed', id === '0' && name === 'Default' && parent === '0', { expected: 'id="0" name="Default" parent_folder_id="0"', got: `id="${id ?? ''}" name="${name ?? ''}" parent_folder_id="${parent ?? ''}"`, on: listed })
    const own = await actor.folder()
    // Uses the current name, and undoes a change at once: this root is in use.
    await judgeRoot(stage, actor, own, { id: 'values/root-rename', set: { name: 'Default' } })
    await judgeRoot(stage, actor, own, { id: 'values/root-share', set: { shared: '1' }, undo: { shared: '0' } })
  }
}, {
  name: 'values/root-of-a-new-account',
  needs: ['register'],
  checks: [
    declare('values/root-delete', 'should', 'choice', 'deleting the root is 11'),
    declare('values/root-move', 'should', 'choice', 'moving the root is 31, by folders.move and by folders.setInfo')
  ],
  async play (stage) {
    // A server that obeys would delete everything.
    const actor = await stage.ownSession(await stage.newAccount())
    const [own, target] = [await actor.folder(), await actor.folder()]
    const moved = await actor.call('folders.move', { folder_id: own, parent_folder_id: target })
    judgeRefusal(stage, 'values/root-move', { control: moved, reply: await actor.call('folders.move', { folder_id: '0', parent_folder_id: target }), code: 31 })
    const set = await actor.call('folders.setInfo', { folder_id: own, parent_folder_id: await actor.home() })
    judgeRefusal(stage, 'values/root-move', { control: set, reply: await actor.call('folders.setInfo', { folder_id: '0', parent_folder_id: target }), code: 31 })
    const deleted = await actor.call('folders.delete', { folder_id: own })
    judgeRefusal(stage, 'values/root-delete', { control: deleted, reply: await actor.call('folders.delete', { folder_id: '0' }), code: 11 })
  }
}, {
  name: 'values/order-folders',
  needs: ['account'],
  checks: [declare('values/order-folders', 'should', 'choice', 'folders are listed by name without case, then by id')],
  async play (stage) {
    const actor = await stage.main()
    const parent = await actor.folder()
    const made: Array<{ readonly id: string, readonly name: string }> = []
    for (const name of ['b', 'D', 'a', 'C', 'same', 'same', 'same', 'same']) made.push({ name, id: await actor.folder({ name, parent_folder_id: parent }) })
    const wanted = [...made].sort((one, other) => compare(one.name.toLowerCase(), other.name.toLowerCase()) || compare(one.id, other.id)).map(({ id }) => id).join()
    const [contents, all] = [await actor.call('folders.getContents', { folder_id: parent }), await actor.call('folders.getAll')]
    const inAll = idsIn(foldersOf(all)).filter(id => made.some(each => each.id === id)).join()
    for (const [reply, got] of [[contents, idsIn(foldersOf(contents)).join()], [all, inAll]] as const) {
      stage.judge('values/order-folders', got === wanted, { expected: wanted, got: reply.code === 0 ? got : summaryOf(reply), on: reply })
    }
  }
}, {
  name: 'values/totals',
  needs: ['account'],
  checks: [declare('values/totals', 'must', 'guide', 'total_files, total_size and total_folders count only the direct contents of the folder')],
  async play (stage) {
    const actor = await stage.main()
    const folder = await actor.folder()
    const inner = await actor.folder({ parent_folder_id: folder })
    await actor.folder({ parent_folder_id: folder, name: 'other' })
    await actor.folder({ parent_folder_id: inner })
    await actor.file({ bytes: '123', fields: { folder_id: folder } })
    await actor.file({ bytes: '4567', fields: { folder_id: folder } })
    await actor.file({ bytes: 'further down', fields: { folder_id: inner } })
    const { reply, now: { total_files: files, total_size: size, total_folders: folders } } = await seeFolder(actor, folder)
    const got = `${files ?? ''} files, ${size ?? ''} bytes, ${folders ?? ''} folders`
    stage.judge('values/totals', got === '2 files, 7 bytes, 2 folders', { expected: '2 files, 7 bytes, 2 folders', got: reply.code === 0 ? got : summaryOf(reply), on: reply })
  }
}]

interface Change {
  readonly id: string
  readonly set: Readonly<Record<string, string>>
  readonly undo?: Readonly<Record<string, string>>
}

async function judgeRoot (stage: Stage, actor: Actor, own: string, { id, set, undo }: Change): Promise<void> {
  const control = await actor.call('folders.setInfo', { folder_id: own, ...set })
  const reply = await actor.call('folders.setInfo', { folder_id: '0', ...set })
  if (reply.code === 0 && undo !== undefined) await actor.call('folders.setInfo', { folder_id: '0', ...undo })
  judgeRefusal(stage, id, { control, reply, code: 11 })
}

const compare = (one: string, other: string): number => one < other ? -1 : one > other ? 1 : 0
