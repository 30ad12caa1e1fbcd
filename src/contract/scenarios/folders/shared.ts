/** Contract, folders.getShared: what others see of a public folder. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { textOf as bodyOf } from '../../client/exchange.ts'
import { differences, filesOf, foldersOf, idsIn, seeFolder, unknownId } from '../../steps/listings.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import { attributeOf, requireOk } from '../../run/run-context.ts'
import { childOf, childrenOf } from '../../client/xml.ts'

/** The attributes that the guide lists for each element. */
const SHOWN: Readonly<Record<string, string>> = {
  current: 'id,name,parent_folder_id', folder: 'id,name,parent_folder_id', file: 'description,file_size,folder_id,id,name,upload_time'
}

export const foldersSharedScenarios: readonly Scenario[] = [{
  name: 'folders.getShared/of-others',
  needs: ['account', 'second account'],
  checks: [
    declare('folders.getShared/shared', 'must', 'guide', 'everybody sees the current folder, the folders in it and the files in it'),
    declare('folders.getShared/private', 'must', 'guide', 'a private folder of another user is 33'),
    declare('folders.getShared/inner-private', 'should', 'choice', 'a private subfolder is not listed'),
    declare('folders.getShared/with-password', 'should', 'choice', 'a file with a password is listed, its password is not'),
    declare('folders.getShared/little', 'must', 'guide', 'only the attributes of the guide are shown: six of a file, three of a folder'),
    declare('folders.getShared/link-sendspace', 'should', 'observed', 'a link to the folder on sendspace.com works like its id'),
    declare('folders.getShared/link-own', 'must', 'guide', 'the public_url that the server wrote works like the id')
  ],
  async play (stage) {
    const [actor, other] = [await stage.main(), await stage.other()]
    const [hidden, shared] = [await other.folder({ name: 'hidden' }), await other.folder({ name: 'shared', shared: '1' })]
    const [inner, secret] = [await other.folder({ name: 'inner', parent_folder_id: shared, shared: '1' }), await other.folder({ name: 'secret', parent_folder_id: shared })]
    const file = await other.file({ name: 'open.txt', bytes: '12345', fields: { folder_id: shared, description: 'open to all' } })
    const locked = await other.file({ name: 'locked.txt', fields: { folder_id: shared, password: 'xsesamex' } })
    await other.file({ name: 'deep.txt', fields: { folder_id: inner } })
    const ask = (id: string): Promise<Reply> => actor.call('folders.getShared', { folder_id: id })
    const reply = await ask(shared)

    const current = childOf(reply.result, 'current')?.attributes ?? {}
    const found = filesOf(reply).find(({ id }) => id === file) ?? {}
    const wrong = [
      differences(current, { id: shared, name: 'shared' }),
      differences(foldersOf(reply).find(({ id }) => id === inner) ?? {}, { id: inner, name: 'inner', parent_folder_id: shared }),
      differences(found, { id: file, name: 'open.txt', description: 'open to all', folder_id: shared, file_size: '5' })
    ].filter(problem => problem !== '').join(', ')
    stage.judge('folders.getShared/shared', reply.code === 0 && wrong === '', { expected: 'current, folder and file', got: reply.code === 0 ? wrong : summaryOf(reply), on: reply })
    judgeRefusal(stage, 'folders.getShared/private', { control: reply, reply: await ask(hidden), code: 33 })
    const listed = idsIn(foldersOf(reply)).join()
    stage.judge('folders.getShared/inner-private', reply.code === 0 && listed === inner, { expected: `the folder ${inner} alone, not ${secret}`, got: listed, on: reply })
    const isLocked = idsIn(filesOf(reply)).includes(locked) && !bodyOf(reply.exchange).includes('xsesamex')
    stage.judge('folders.getShared/with-password', reply.code === 0 && isLocked, {
      expected: `the file ${locked}, without its password`, got: idsIn(filesOf(reply)).join(), on: reply
    })
    const odd = Object.entries(SHOWN).flatMap(([name, names]) => childrenOf(reply.result, name)
      .map(({ attributes }) => Object.keys(attributes).sort().join()).filter(told => told !== names).map(told => `${name}: ${told}`))
    const others = (reply.result?.children ?? []).filter(({ name }) => SHOWN[name] === undefined).map(({ name }) => name)
    stage.judge('folders.getShared/little', reply.code === 0 && odd.length === 0 && others.length === 0, {
      expected: 'the attributes of the guide', got: [...odd, ...others].join('; '), on: reply
    })

    const { reply: told } = await seeFolder(other, shared)
    const own = attributeOf(requireOk('folders.getInfo', told), 'folder', 'public_url')
    const links = ['http://', 'https://'].flatMap(scheme => ['', 'www.'].map(www => `${scheme}${www}sendspace.com/folder/${shared}`))
    for (const [id, link] of [...links.map(each => ['folders.getShared/link-sendspace', each] as const), ['folders.getShared/link-own', own] as const]) {
      const linked = await ask(link)
      const got = childOf(linked.result, 'current')?.attributes.id
      stage.judge(id, linked.code === 0 && got === shared, {
        expected: `the folder ${shared} for ${link}`, got: linked.code === 0 ? `current "${got ?? ''}"` : summaryOf(linked), on: linked
      })
    }
  }
}, {
  name: 'folders.getShared/own',
  needs: ['account'],
  checks: [
    declare('folders.getShared/unknown', 'must', 'guide', 'an unknown folder is 10'),
    declare('folders.getShared/own-private', 'must', 'guide', 'the owner sees a private folder'),
    declare('folders.getShared/link-foreign', 'should', 'choice', 'a link to another site is 10')
  ],
  async play (stage) {
    const actor = await stage.main()
    const [shared, hidden] = [await actor.folder({ shared: '1' }), await actor.folder()]
    const file = await actor.file({ fields: { folder_id: hidden } })
    const ask = (id: string): Promise<Reply> => actor.call('folders.getShared', { folder_id: id })
    const control = await ask(shared)
    judgeRefusal(stage, 'folders.getShared/unknown', { control, reply: await ask(unknownId()), code: 10 })
    judgeRefusal(stage, 'folders.getShared/link-foreign', { control, reply: await ask(`https://example.com/folder/${shared}`), code: 10 })
    const own = await ask(hidden)
    const got = [childOf(own.result, 'current')?.attributes.id ?? '', ...idsIn(filesOf(own))].join()
    stage.judge('folders.getShared/own-private', own.code === 0 && got === `${hidden},${file}`, {
      expected: 'the folder and its file', got: own.code === 0 ? got : summaryOf(own), on: own
    })
  }
}]
