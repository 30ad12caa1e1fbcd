/** Contract, files.delete. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { filesOf, idsIn, repeatedIds, seeFile, unknownId } from '../../steps/listings.ts'
import { follow } from '../../steps/redirects.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { attributeOf, requireOk } from '../../run/run-context.ts'
import { spaceLeft } from '../../steps/space-left.ts'

const SIZE = 5000

export const filesDeleteScenarios: readonly Scenario[] = [{
  name: 'files.delete/gone',
  needs: ['account'],
  checks: [
    declare('files.delete/gone', 'must', 'guide', 'a deleted file is 9 for getInfo and download.getInfo, its page is 404 and its links are dead'),
    declare('files.delete/twice', 'must', 'guide', 'deleting a file again is 9')
  ],
  async play (stage) {
    const actor = await stage.main()
    const id = await actor.file()
    const own = requireOk('files.getInfo', (await seeFile(actor, id)).reply)
    const download = requireOk('download.getInfo', await actor.call('download.getInfo', { file_id: id }))
    const page = stage.context.target.features.pages ? [attributeOf(own, 'file', 'download_page_url')] : []
    const links = [attributeOf(own, 'file', 'direct_download_url'), attributeOf(download, 'download', 'url')]
    const before = await Promise.all([...page, ...links].map(url => follow(stage, url)))
    const control = await actor.call('files.delete', { file_id: id })
    if (before.some(({ answer }) => answer?.status !== 200)) stage.leave('files.delete/gone', 'the page and the links do not work before either', before)
    for (const reply of [(await seeFile(actor, id)).reply, await actor.call('download.getInfo', { file_id: id })]) judgeRefusal(stage, 'files.delete/gone', { control, reply, code: 9 })
    const after = await Promise.all([...page, ...links].map(url => follow(stage, url)))
    const statuses = after.map(({ answer }) => answer?.status ?? 0)
    stage.judge('files.delete/gone', (page.length === 0 || statuses[0] === 404) && statuses.every(status => status >= 400 && status < 500), {
      expected: '404 for the page, an error of the client for both links', got: statuses.join(', '), on: after
    })
    judgeRefusal(stage, 'files.delete/twice', { control, reply: await actor.call('files.delete', { file_id: id }), code: 9 })
  }
}, {
  name: 'files.delete/several',
  needs: ['account'],
  checks: [
    declare('files.delete/list', 'must', 'guide', 'all files of a list are deleted, and one <id> lists them, joined by commas'),
    declare('files.delete/file-each', 'should', 'observed', 'each deleted file has a <file id/>', { since: '1.1' }),
    declare('files.delete/partial', 'should', 'choice', 'the files of a list that exist are deleted')
  ],
  async play (stage) {
    const actor = await stage.main()
    const [first, second, third] = [await actor.file(), await actor.file(), await actor.file()]
    const both = `${second},${first}`
    const reply = await actor.call('files.delete', { file_id: both })
    const after = await actor.call('files.getInfo', { file_id: both })
    stage.judge('files.delete/list', reply.code === 0 && after.code === 9 && repeatedIds(reply).join('|') === both, {
      expected: `<id>${both}</id>, and both are 9`, got: `ids ${repeatedIds(reply).join('|')}`, on: [after, reply]
    })
    stage.judge('files.delete/file-each', idsIn(filesOf(reply)).join() === both, { expected: `<file id/> for ${both}`, got: idsIn(filesOf(reply)).join(), on: reply })
    const some = await actor.call('files.delete', { file_id: `${unknownId()},${third}` })
    const seen = await seeFile(actor, third)
    stage.judge('files.delete/partial', some.code === 0 && seen.reply.code === 9, { expected: 'status ok, and error 9 afterwards', on: [some, seen.reply] })
  }
}, {
  name: 'files.delete/foreign',
  needs: ['account', 'second account'],
  checks: [declare('files.delete/foreign', 'must', 'guide', 'a file of another user is 9, and it is still there')],
  async play (stage) {
    const [actor, other] = [await stage.main(), await stage.other()]
    const foreign = await other.file()
    const control = await actor.call('files.delete', { file_id: await actor.file() })
    const reply = await actor.call('files.delete', { file_id: foreign })
    const after = await seeFile(other, foreign)
    judgeRefusal(stage, 'files.delete/foreign', { control, reply, code: 9, kept: { isTrue: after.reply.code === 0, reply: after.reply } })
  }
}, {
  name: 'files.delete/space-back',
  needs: ['state:disk-limited'],
  isAlone: true,
  checks: [declare('files.delete/space-back', 'must', 'guide', 'diskspace_left grows by the size of the deleted file')],
  play: stage => stage.inState('disk-limited', async account => {
    const actor = await stage.ownSession(account)
    const id = await actor.file({ bytes: Buffer.alloc(SIZE, 'x') })
    const full = await spaceLeft(actor)
    const reply = requireOk('files.delete', await actor.call('files.delete', { file_id: id }))
    const after = await spaceLeft(actor)
    stage.judge('files.delete/space-back', after.bytes - full.bytes === SIZE, {
      expected: `${SIZE} bytes more`, got: `${after.bytes - full.bytes} bytes more`, on: [full.reply, reply, after.reply]
    })
  })
}]
