/** Contract, values: the maximum length of texts and times, and the characters removed from names. */
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { seeFile, seeFolder, type Attributes } from '../../steps/listings.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { attributeOf, type Params } from '../../run/run-context.ts'

const DAY = 24 * 60 * 60

export const textValueScenarios: readonly Scenario[] = [{
  name: 'values/texts',
  needs: ['account'],
  checks: [
    declare('values/text-longest', 'should', 'choice', 'a text of as many bytes of UTF-8 as contract.json allows passes, and one byte more is 21'),
    declare('values/time-limit-longest', 'should', 'choice', 'a time_limit of 99 years passes, of 101 years it is 21'),
    declare('files.setInfo/name-rule', 'should', 'choice', 'a new name is changed as those of uploads are: its last segment, without controls'),
    declare('folders.create/name-controls', 'should', 'choice', 'the name of a folder loses control characters, and nothing else')
  ],
  async play (stage) {
    const actor = await stage.main()
    const [file, folder, parent] = [await actor.file(), await actor.folder(), await actor.home()]
    const setFile = (params: Params): Promise<Reply> => actor.call('files.setInfo', { file_id: file, ...params })
    for (const [method, name, ask] of [
      ['files.setInfo', 'description', setFile], ['files.setInfo', 'password', setFile],
      ['folders.create', 'name', (params: Params) => actor.call('folders.create', { parent_folder_id: parent, ...params })],
      ['folders.setInfo', 'name', (params: Params) => actor.call('folders.setInfo', { folder_id: folder, ...params })]
    ] as const) await judgeLongest(stage, bytesOf(stage, method, name), ask, name)

    const control = await setFile({ time_limit: String(99 * 365 * DAY) })
    stage.judge('values/time-limit-longest', control.code === 0, { expected: '99 years are accepted', on: control })
    judgeRefusal(stage, 'values/time-limit-longest', { control, reply: await setFile({ time_limit: String(101 * 366 * DAY) }), code: 21 })

    for (const [sent, wanted] of [['C:\\Documents\\a.txt', 'a.txt'], ['../x/b.txt', 'b.txt'], ['a\u007f\u0085b.txt', 'ab.txt'], ['..', 'file']] as const) {
      const reply = await setFile({ name: sent })
      const { now } = await seeFile(actor, file)
      stage.judge('files.setInfo/name-rule', now.name === wanted, { expected: JSON.stringify(wanted), got: reply.code === 0 ? JSON.stringify(now.name) : summaryOf(reply), on: reply })
    }
    await judgeFolderName(stage, actor, 'C:\\a/b%22 \u{1f98a}..\u007f\u0085', 'C:\\a/b%22 \u{1f98a}..')
  }
}, {
  name: 'files.setInfo/targets',
  needs: ['account'],
  checks: [
    declare('files.setInfo/downloads-limit-wins', 'should', 'choice', 'of downloads_limit and download_limit the former wins', { since: '1.2' }),
    declare('files.setInfo/target-root', 'should', 'choice', 'an empty limit_action_to_folder is the root')
  ],
  async play (stage) {
    const actor = await stage.main()
    const [file, folder] = [await actor.file(), await actor.folder()]
    const set = (params: Params): Promise<Reply> => actor.call('files.setInfo', { file_id: file, ...params })
    for (const params of [{ downloads_limit: '7', download_limit: '8' }, { download_limit: '9', downloads_limit: '6' }]) {
      const reply = await set(params)
      const { now } = await seeFile(actor, file)
      stage.judge('files.setInfo/downloads-limit-wins', now.download_limit === params.downloads_limit, { expected: `download_limit "${params.downloads_limit}"`, got: reply.code === 0 ? `download_limit "${now.download_limit ?? ''}"` : summaryOf(reply), on: reply })
    }
    const control = await set({ limit_action: '3', limit_action_to_folder: folder })
    const emptied = await set({ limit_action: '3', limit_action_to_folder: '' })
    const { now } = await seeFile(actor, file)
    if (control.code !== 0) stage.leave('files.setInfo/target-root', 'limit_action 3 could not be set', [control.exchange])
    else stage.judge('files.setInfo/target-root', now.limit_action === '3' && now.limit_action_to_folder === '0', { expected: 'limit_action_to_folder "0"', got: emptied.code === 0 ? `action ${now.limit_action ?? ''} to "${now.limit_action_to_folder ?? ''}"` : summaryOf(emptied), on: [control, emptied] })
  }
}]

/** The maximum length of a text by the declarations. */
function bytesOf ({ context: { contract } }: Stage, method: string, parameter: string): number {
  const found = contract.methods.find(({ name }) => name === method)?.parameters.find(({ name }) => name === parameter)?.maxBytes
  if (found === undefined || found === null) throw new Error(`${method} ${parameter} has no maxBytes`)
  return found
}

async function judgeLongest (stage: Stage, most: number, ask: (params: Params) => Promise<Reply>, name: string): Promise<void> {
  const control = await ask({ [name]: 'é'.repeat(Math.floor(most / 2)) + 'x'.repeat(most % 2) })
  stage.judge('values/text-longest', control.code === 0, { expected: `a ${name} of ${most} bytes is accepted`, on: control })
  judgeRefusal(stage, 'values/text-longest', { control, reply: await ask({ [name]: `x${'é'.repeat(Math.floor(most / 2))}${'x'.repeat(most % 2)}` }), code: 21 })
}

async function judgeFolderName (stage: Stage, actor: Actor, sent: string, wanted: string): Promise<void> {
  const reply = await actor.call('folders.create', { name: sent, parent_folder_id: await actor.home() })
  const now: Attributes = reply.code === 0 ? (await seeFolder(actor, attributeOf(reply, 'folder', 'id'))).now : {}
  stage.judge('folders.create/name-controls', now.name === wanted, { expected: JSON.stringify(wanted), got: reply.code === 0 ? JSON.stringify(now.name) : summaryOf(reply), on: reply })
}
