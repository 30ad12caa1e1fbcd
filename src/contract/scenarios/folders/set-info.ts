/** Contract, folders.setInfo and folders.move. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { differences, foldersOf, repeatedIds, seeFolder, unknownId, type Attributes } from '../../steps/listings.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf } from '../../client/reply.ts'
import { requireOk } from '../../run/run-context.ts'
import { childOf } from '../../client/xml.ts'

/** Whether two parallel moves overlap is a matter of chance; a few rounds make it likely. */
const ROUNDS = 5

export const foldersSetInfoScenarios: readonly Scenario[] = [{
  name: 'folders.setInfo/own',
  needs: ['account'],
  checks: [
    declare('folders.setInfo/only-present', 'must', 'guide', 'a parameter that is not sent changes nothing'),
    declare('folders.setInfo/name', 'must', 'guide', 'name renames'),
    declare('folders.setInfo/share', 'must', 'guide', 'shared=1 makes it public, shared=0 private'),
    declare('folders.setInfo/parent', 'must', 'guide', 'parent_folder_id moves it'),
    declare('folders.setInfo/clear-shared', 'must', 'guide', 'an empty shared is private'),
    declare('folders.setInfo/clear-parent', 'must', 'guide', 'an empty parent_folder_id is the root'),
    declare('folders.setInfo/empty-name', 'should', 'choice', 'an empty name is 21, and nothing changes')
  ],
  async play (stage) {
    const actor = await stage.main()
    const [home, parent] = [await actor.home(), await actor.folder()]
    const folder = await actor.folder({ name: 'before', shared: '1' })
    let wanted: Attributes = { name: 'before', shared: '1', parent_folder_id: home }
    for (const [id, sent, value] of [
      ['name', { name: 'after' }, 'after'], ['share', { shared: '0' }, '0'], ['share', { shared: '1' }, '1'], ['parent', { parent_folder_id: parent }, parent],
      ['clear-shared', { shared: '' }, '0'], ['share', { shared: '1' }, '1'], ['clear-parent', { parent_folder_id: '' }, '0']
    ] as const) {
      const [name = ''] = Object.keys(sent)
      const before = wanted
      wanted = { ...wanted, [name]: value }
      const reply = await actor.call('folders.setInfo', { folder_id: folder, ...sent })
      const seen = await seeFolder(actor, folder)
      const wrong = [foldersOf(reply)[0] ?? {}, seen.now].map(told => differences(told, { [name]: value })).filter(problem => problem !== '').join(', ')
      stage.judge(`folders.setInfo/${id}`, reply.code === 0 && wrong === '', {
        expected: `${name} "${value}"`, got: reply.code === 0 ? wrong : summaryOf(reply), on: [seen.reply, reply]
      })
      const others = differences(seen.now, { ...before, [name]: seen.now[name] ?? '' })
      stage.judge('folders.setInfo/only-present', reply.code === 0 && others === '', { expected: `${name} changes, and nothing else`, got: others, on: [seen.reply, reply] })
      // The next step depends on this one.
      if (wrong !== '') wanted = { ...wanted, [name]: seen.now[name] ?? '' }
    }
    const control = await actor.call('folders.setInfo', { folder_id: folder, name: 'named' })
    const reply = await actor.call('folders.setInfo', { folder_id: folder, name: '' })
    const after = await seeFolder(actor, folder)
    judgeRefusal(stage, 'folders.setInfo/empty-name', { control, reply, code: 21, kept: { isTrue: after.now.name === 'named', reply: after.reply } })
  }
}, {
  name: 'folders.setInfo/foreign',
  needs: ['account', 'second account'],
  checks: [
    declare('folders.setInfo/foreign', 'must', 'guide', 'a folder of another user is 10, and nothing changes'),
    declare('folders.move/foreign-target', 'must', 'guide', 'a target of another user is 10, and nothing moves')
  ],
  async play (stage) {
    const [actor, other] = [await stage.main(), await stage.other()]
    const [own, inner, foreign] = [await actor.folder(), await actor.folder(), await other.folder({ name: 'theirs', shared: '1' })]
    const control = await actor.call('folders.setInfo', { folder_id: own, name: 'mine' })
    const reply = await actor.call('folders.setInfo', { folder_id: foreign, name: 'mine' })
    const after = await seeFolder(other, foreign)
    judgeRefusal(stage, 'folders.setInfo/foreign', { control, reply, code: 10, kept: { isTrue: after.now.name === 'theirs', reply: after.reply } })
    const moved = await actor.call('folders.move', { folder_id: inner, parent_folder_id: own })
    const strayed = await actor.call('folders.move', { folder_id: inner, parent_folder_id: foreign })
    const still = await seeFolder(actor, inner)
    judgeRefusal(stage, 'folders.move/foreign-target', { control: moved, reply: strayed, code: 10, kept: { isTrue: still.now.parent_folder_id === own, reply: still.reply } })
  }
}, {
  name: 'folders/rings',
  needs: ['account'],
  checks: [
    declare('folders.setInfo/into-itself', 'must', 'guide', 'a folder as its own parent is 31, and nothing moves'),
    declare('folders.setInfo/into-descendant', 'must', 'guide', 'a parent three deep inside the folder is 31, and nothing moves'),
    declare('folders.move/into-itself', 'must', 'guide', 'a folder as its own target is 31, and nothing moves'),
    declare('folders.move/into-descendant', 'must', 'guide', 'a target three deep inside the folder is 31, and nothing moves')
  ],
  async play (stage) {
    const actor = await stage.main()
    const [home, folder, aside] = [await actor.home(), await actor.folder(), await actor.folder()]
    let inner = folder
    for (let i = 0; i < 3; i++) inner = await actor.folder({ parent_folder_id: inner })
    for (const method of ['folders.setInfo', 'folders.move'] as const) {
      const control = await actor.call(method, { folder_id: aside, parent_folder_id: folder })
      for (const [id, parent] of [['into-itself', folder], ['into-descendant', inner]] as const) {
        const reply = await actor.call(method, { folder_id: folder, parent_folder_id: parent })
        const after = await seeFolder(actor, folder)
        judgeRefusal(stage, `${method}/${id}`, { control, reply, code: 31, kept: { isTrue: after.now.parent_folder_id === home, reply: after.reply } })
      }
    }
  }
}, {
  name: 'folders.move/own',
  needs: ['account'],
  checks: [
    declare('folders.move/moves', 'must', 'guide', 'the answer is <status>ok</status> and the id, and the parent is the new one'),
    declare('folders.move/root', 'must', 'guide', 'parent_folder_id=0 moves to the root'),
    declare('folders.move/no-target', 'must', 'guide', 'an unknown target is 10, and nothing moves'),
    declare('folders.move/crossing', 'should', 'choice', 'of A into B and B into A at the same time one is 31, and both can still be reached from the root')
  ],
  async play (stage) {
    const actor = await stage.main()
    const [folder, target] = [await actor.folder(), await actor.folder()]
    const control = await actor.call('folders.move', { folder_id: folder, parent_folder_id: target })
    const moved = await seeFolder(actor, folder)
    const told = [childOf(control.result, 'status')?.text, ...repeatedIds(control)].join(' ')
    stage.judge('folders.move/moves', control.code === 0 && told === `ok ${folder}` && moved.now.parent_folder_id === target, {
      expected: `ok ${folder}, and parent_folder_id "${target}"`, got: `${told}, and parent_folder_id "${moved.now.parent_folder_id ?? ''}"`, on: [moved.reply, control]
    })
    const reply = await actor.call('folders.move', { folder_id: folder, parent_folder_id: unknownId() })
    const still = await seeFolder(actor, folder)
    judgeRefusal(stage, 'folders.move/no-target', { control, reply, code: 10, kept: { isTrue: still.now.parent_folder_id === target, reply: still.reply } })
    const up = await actor.call('folders.move', { folder_id: folder, parent_folder_id: '0' })
    const root = await seeFolder(actor, folder)
    stage.judge('folders.move/root', up.code === 0 && root.now.parent_folder_id === '0', {
      expected: 'parent_folder_id "0"', got: `parent_folder_id "${root.now.parent_folder_id ?? ''}"`, on: [root.reply, up]
    })
    for (let round = 0; round < ROUNDS; round++) {
      const [a, b] = [await actor.folder({ name: 'a' }), await actor.folder({ name: 'b' })]
      const move = (id: string, parent: string) => actor.call('folders.move', { folder_id: id, parent_folder_id: parent })
      const both = await Promise.all([move(a, b), move(b, a)])
      const all = requireOk('folders.getAll', await actor.call('folders.getAll'))
      const codes = both.map(({ code }) => code).sort((x, y) => x - y).join(' and ')
      const lost = [a, b].filter(id => !isReachable(id, foldersOf(all)))
      stage.judge('folders.move/crossing', codes === '0 and 31' && lost.length === 0, {
        expected: 'codes 0 and 31, both below the root', got: `codes ${codes}${lost.length === 0 ? '' : `, in a ring: ${lost.join()}`}`, on: [all, ...both]
      })
    }
  }
}]

function isReachable (id: string, folders: readonly Attributes[]): boolean {
  const seen = new Set<string>()
  for (let at: string | undefined = id; at !== undefined && !seen.has(at); at = folders.find(folder => folder.id === at)?.parent_folder_id) {
    if (at === '0') return true
    seen.add(at)
  }
  return false
}
