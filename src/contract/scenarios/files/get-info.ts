/** Contract, files.getInfo: the attributes of a file after its upload, and lists in which some files do not exist. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { textOf as bodyOf, type Exchange } from '../../client/exchange.ts'
import { differences, failuresOf, filesOf, idsIn, repeatedIds, seeFile, unknownId } from '../../steps/listings.ts'
import { follow } from '../../steps/redirects.ts'
import { judgeRefusal } from '../../steps/refusal.ts'

const BYTES = 'twenty-six bytes of a file'

export const filesGetInfoScenarios: readonly Scenario[] = [{
  name: 'files.getInfo/own',
  needs: ['account'],
  checks: [
    declare('files.getInfo/after-upload', 'must', 'guide', 'name, size, folder, description and password are as uploaded, nothing was downloaded, and no limit is set'),
    declare('files.getInfo/urls', 'must', 'guide', 'download_page_url and direct_download_url are absolute and answer 200, the latter with the bytes')
  ],
  async play (stage) {
    const actor = await stage.main()
    const folder = await actor.folder()
    const id = await actor.file({ name: 'a file.txt', bytes: BYTES, fields: { folder_id: folder, description: 'What it is', password: 'sesame' } })
    const { reply, now } = await seeFile(actor, id)
    const wrong = differences(now, {
      ...{ id, name: 'a file.txt', file_size: String(BYTES.length), folder_id: folder, description: 'What it is', password: 'sesame' },
      ...{ downloads: '0', time_limit: '', download_limit: '', limit_action: '', limit_action_to_folder: '' }
    })
    stage.judge('files.getInfo/after-upload', reply.code === 0 && wrong === '', { expected: 'as it was uploaded', got: wrong, on: reply })
    const open = await seeFile(actor, await actor.file({ name: 'open.txt', bytes: BYTES }))
    const problems: string[] = []
    const exchanges: Exchange[] = []
    // Only the direct link is checked when the server declares no pages.
    for (const name of [...stage.context.target.features.pages ? ['download_page_url'] : [], 'direct_download_url']) {
      const url = open.now[name] ?? ''
      const exchange = URL.canParse(url) && /^https?:/.test(url) ? await follow(stage, url) : undefined
      if (exchange !== undefined) exchanges.push(exchange)
      if (exchange?.answer?.status !== 200) problems.push(`${name} "${url}": ${exchange === undefined ? 'not absolute' : exchange.answer?.status ?? 'no answer'}`)
      else if (name === 'direct_download_url' && bodyOf(exchange) !== BYTES) problems.push(`${name} gives other bytes`)
    }
    stage.judge('files.getInfo/urls', problems.length === 0, { expected: '200 from both', got: problems.join(', '), on: [open.reply, ...exchanges] })
  }
}, {
  name: 'files.getInfo/lists',
  needs: ['account'],
  checks: [
    declare('files.getInfo/partial', 'must', 'observed', 'the files of a list that exist are shown, then one error with the ids of the others', { since: '1.1' }),
    declare('files.getInfo/partial-1.0', 'should', 'choice', 'the files of a list that exist are shown, then one error with the ids of the others', { until: '1.1' }),
    declare('files.getInfo/all-fail', 'must', 'guide', 'when no file exists, the call fails with the first error and repeats the ids as they were sent')
  ],
  async play (stage) {
    const actor = await stage.main()
    const there = [await actor.file({ name: 'z.txt' }), await actor.file({ name: 'a.txt' })]
    const gone = [unknownId(), unknownId()]
    const some = await actor.call('files.getInfo', { file_id: [there[1], gone[0], there[0], gone[1]].join(',') })
    const told = idsIn(filesOf(some)).join(',')
    const isPartial = some.code === 0 && told === `${there[1] ?? ''},${there[0] ?? ''}` && failuresOf(some).join() === `9: ${gone.join(',')}` && some.result?.children.at(-1)?.name === 'error'
    for (const id of ['files.getInfo/partial', 'files.getInfo/partial-1.0']) {
      stage.judge(id, isPartial, {
        expected: 'both files in the order asked, then error 9 with both other ids', got: `files ${told}, errors ${failuresOf(some).join('; ')}`, on: some
      })
    }
    const control = await actor.call('files.getInfo', { file_id: there.join(',') })
    const none = await actor.call('files.getInfo', { file_id: gone.join(',') })
    judgeRefusal(stage, 'files.getInfo/all-fail', { control, reply: none, code: 9 })
    stage.judge('files.getInfo/all-fail', repeatedIds(none).join('|') === gone.join(','), {
      expected: `<id>${gone.join(',')}</id>`, got: `ids ${repeatedIds(none).join('|')}`, on: none
    })
  }
}, {
  name: 'files.getInfo/foreign',
  needs: ['account', 'second account'],
  checks: [declare('files.getInfo/foreign', 'must', 'guide', 'a file of another user gets the same bytes as one that does not exist, except for the id')],
  async play (stage) {
    const [actor, other] = [await stage.main(), await stage.other()]
    const foreign = await other.file()
    const gone = unknownId()
    const { reply: control } = await seeFile(other, foreign)
    const [theirs, nobodys] = [await seeFile(actor, foreign), await seeFile(actor, gone)]
    judgeRefusal(stage, 'files.getInfo/foreign', { control, reply: theirs.reply, code: 9 })
    const isAlike = bodyOf(theirs.reply.exchange).replaceAll(foreign, gone) === bodyOf(nobodys.reply.exchange)
    stage.judge('files.getInfo/foreign', isAlike, { expected: 'the same bytes as for an unknown id', got: 'other bytes', on: [nobodys.reply, theirs.reply] })
  }
}]
