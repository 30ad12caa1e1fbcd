/** Contract, folders.getInfo and folders.create. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { textOf as bodyOf } from '../../client/exchange.ts'
import { differences, foldersOf, seeFolder, unknownId } from '../../steps/listings.ts'
import { judgeRefusal } from '../../steps/refusal.ts'

export const foldersCreateScenarios: readonly Scenario[] = [{
  name: 'folders.getInfo/own',
  needs: ['account'],
  checks: [
    declare('folders.getInfo/own', 'must', 'guide', 'a folder has its name, whether it is shared, its links, its parent and its direct contents'),
    declare('folders.getInfo/root', 'must', 'guide', 'folder_id=0 is the root')
  ],
  async play (stage) {
    const actor = await stage.main()
    const home = await actor.home()
    const folder = await actor.folder({ name: 'Pläne & more', shared: '1' })
    const inner = await actor.folder({ parent_folder_id: folder })
    for (const [parent, bytes] of [[folder, '12345'], [inner, '123']] as const) await actor.file({ bytes, fields: { folder_id: parent } })
    await actor.file({ bytes: '1234567', fields: { folder_id: folder } })
    const { reply, now } = await seeFolder(actor, folder)
    const wrong = differences(now, { id: folder, name: 'Pläne & more', shared: '1', parent_folder_id: home, total_files: '2', total_size: '12', total_folders: '1' })
    const urls = [now.public_url, now.rss_url].every(url => URL.canParse(url ?? ''))
    stage.judge('folders.getInfo/own', reply.code === 0 && wrong === '' && urls, {
      expected: 'as created, 2 files, 1 folder, absolute links', got: wrong === '' ? 'links that are not absolute' : wrong, on: reply
    })
    const root = await seeFolder(actor, '0')
    stage.judge('folders.getInfo/root', root.reply.code === 0 && root.now.id === '0', { expected: 'the folder 0', got: `id "${root.now.id ?? ''}"`, on: root.reply })
  }
}, {
  name: 'folders.getInfo/foreign',
  needs: ['account', 'second account'],
  checks: [
    declare('folders.getInfo/foreign', 'must', 'guide', 'a folder of another user gets the same bytes as one that does not exist, except for the id'),
    declare('folders.create/foreign-parent', 'must', 'guide', 'a parent of another user is 10, and nothing is created')
  ],
  async play (stage) {
    const [actor, other] = [await stage.main(), await stage.other()]
    const [foreign, gone] = [await other.folder({ shared: '1' }), unknownId()]
    const { reply: control } = await seeFolder(other, foreign)
    const [theirs, nobodys] = [await seeFolder(actor, foreign), await seeFolder(actor, gone)]
    judgeRefusal(stage, 'folders.getInfo/foreign', { control, reply: theirs.reply, code: 10 })
    const isAlike = bodyOf(theirs.reply.exchange).replaceAll(foreign, gone) === bodyOf(nobodys.reply.exchange)
    stage.judge('folders.getInfo/foreign', isAlike, { expected: 'the same bytes as for an unknown id', got: 'other bytes', on: [nobodys.reply, theirs.reply] })
    const made = await actor.call('folders.create', { name: 'check', parent_folder_id: await actor.home() })
    const reply = await actor.call('folders.create', { name: 'check', parent_folder_id: foreign })
    const after = await seeFolder(other, foreign)
    judgeRefusal(stage, 'folders.create/foreign-parent', { control: made, reply, code: 10, kept: { isTrue: after.now.total_folders === '0', reply: after.reply } })
  }
}, {
  name: 'folders.create',
  needs: ['account'],
  checks: [
    declare('folders.create/defaults', 'must', 'guide', 'a folder created with only a name is private and in the root'),
    declare('folders.create/shared', 'must', 'guide', 'shared=1 makes it public'),
    declare('folders.create/parent', 'must', 'guide', 'parent_folder_id is the parent of the new folder'),
    declare('folders.create/same-name', 'should', 'choice', 'siblings may share a name'),
    declare('folders.create/no-parent', 'must', 'guide', 'an unknown parent is 10')
  ],
  async play (stage) {
    const actor = await stage.main()
    const home = await actor.home()
    const make = (params: Record<string, string>) => actor.call('folders.create', params)
    const bare = await make({ name: `check ${stage.context.run}` })
    const shared = await make({ name: 'shared', parent_folder_id: home, shared: '1' })
    const inner = await make({ name: 'inner', parent_folder_id: home })
    for (const [id, reply, wanted] of [
      ['folders.create/defaults', bare, { name: `check ${stage.context.run}`, shared: '0', parent_folder_id: '0' }],
      ['folders.create/shared', shared, { name: 'shared', shared: '1' }],
      ['folders.create/parent', inner, { name: 'inner', parent_folder_id: home }]
    ] as const) {
      const seen = await seeFolder(actor, foldersOf(reply)[0]?.id ?? unknownId())
      const wrong = [foldersOf(reply)[0] ?? {}, seen.now].map(folder => differences(folder, wanted)).filter(problem => problem !== '').join(', ')
      stage.judge(id, reply.code === 0 && wrong === '', {
        expected: Object.entries(wanted).map(([name, value]) => `${name} "${value}"`).join(', '), got: wrong, on: [seen.reply, reply]
      })
    }
    const again = await make({ name: 'inner', parent_folder_id: home })
    const ids = [inner, again].map(reply => foldersOf(reply)[0]?.id)
    stage.judge('folders.create/same-name', again.code === 0 && ids[0] !== ids[1], { expected: 'another folder of this name', on: [inner, again] })
    judgeRefusal(stage, 'folders.create/no-parent', { control: inner, reply: await make({ name: 'check', parent_folder_id: unknownId() }), code: 10 })
  }
}, {
  name: 'folders/depth',
  needs: ['account'],
  checks: [
    declare('folders.create/depth', 'should', 'choice', 'a folder may lie 32 deep, one below it is 31'),
    declare('folders.setInfo/too-deep', 'should', 'choice', 'a parent under which something would lie more than 32 deep is 31, and nothing moves'),
    declare('folders.move/too-deep', 'should', 'choice', 'a target under which something would lie more than 32 deep is 31, and nothing moves')
  ],
  async play (stage) {
    const actor = await stage.main()
    // The folder of the run is at depth 1.
    const home = await actor.home()
    const chain = [home]
    while (chain.length < 31) chain.push(await actor.folder({ parent_folder_id: chain.at(-1) }))
    const lowest = chain.at(-1)
    const control = await actor.call('folders.create', { name: 'check', parent_folder_id: lowest })
    const bottom = foldersOf(control)[0]?.id
    judgeRefusal(stage, 'folders.create/depth', { control, reply: await actor.call('folders.create', { name: 'check', parent_folder_id: bottom }), code: 31 })
    const [low, tree] = [await actor.folder(), await actor.folder()]
    await actor.folder({ parent_folder_id: tree })
    for (const method of ['folders.setInfo', 'folders.move'] as const) {
      const fits = await actor.call(method, { folder_id: low, parent_folder_id: lowest })
      const reply = await actor.call(method, { folder_id: tree, parent_folder_id: lowest })
      const after = await seeFolder(actor, tree)
      judgeRefusal(stage, `${method}/too-deep`, { control: fits, reply, code: 31, kept: { isTrue: after.now.parent_folder_id === home, reply: after.reply } })
      await actor.call(method, { folder_id: low, parent_folder_id: home })
    }
  }
}]
