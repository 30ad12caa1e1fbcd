/** Contract, order of checks: without a capability every method that needs it answers 11. */
import type { Actor } from '../../run/actor.ts'
import { declare, type Check } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { Untested } from '../../check-problems.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import type { Reply } from '../../client/reply.ts'
import type { Params } from '../../run/run-context.ts'

/** A method with two sets of parameters: for the call while it is allowed, and for the refused one. */
type Calls = ReadonlyArray<readonly [method: string, params: Params]>

const check = (method: string, level: 'must' | 'should', capability: string): Check =>
  declare(`${method}/capability`, level, level === 'must' ? 'guide' : 'choice', `without the capability ${capability} the call is 11`)

export const capabilityScenarios: readonly Scenario[] = [
  without('files', [check('files.moveToFolder', 'should', 'files'), check('files.setInfo', 'should', 'files'), check('files.delete', 'should', 'files')], async actor => {
    const [file, folder] = [await actor.file(), await actor.folder()]
    return [['files.moveToFolder', { file_id: file, folder_id: folder }], ['files.setInfo', { file_id: file, description: 'changed' }], ['files.delete', { file_id: file }]]
  }),
  without('folders', [
    check('folders.create', 'must', 'folders'), check('folders.setInfo', 'must', 'folders'), check('folders.delete', 'must', 'folders'), check('folders.move', 'should', 'folders')
  ], async actor => {
    const [folder, parent] = [await actor.folder(), await actor.folder()]
    return [
      ['folders.create', { name: 'check', parent_folder_id: parent }], ['folders.setInfo', { folder_id: folder, name: 'changed' }],
      ['folders.move', { folder_id: folder, parent_folder_id: parent }], ['folders.delete', { folder_id: folder }]
    ]
  })
]

function without (capability: string, checks: readonly Check[], callsOf: (actor: Actor) => Promise<Calls>): Scenario {
  return {
    name: `${capability}/capability`,
    needs: ['state:no-capabilities'],
    checks,
    async play (stage) {
      let made: { readonly actor: Actor, readonly calls: Calls, readonly controls: readonly Reply[] } | undefined
      await stage.inState('no-capabilities', async () => {
        if (made === undefined) throw new Untested('needs an account that has files and folders and loses the capability')
        for (const [i, [method, params]] of made.calls.entries()) {
          const control = made.controls[i]
          if (control !== undefined) judgeRefusal(stage, `${method}/capability`, { control, reply: await made.actor.call(method, params), code: 11 })
        }
      }, async account => {
        const actor = await stage.ownSession(account)
        const controls: Reply[] = []
        for (const [method, params] of await callsOf(actor)) controls.push(await actor.call(method, params))
        made = { actor, calls: await callsOf(actor), controls }
      })
    }
  }
}
