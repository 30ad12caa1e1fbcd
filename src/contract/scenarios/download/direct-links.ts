/** Contract, direct links: their form, and how long they are valid. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { get, isDead, isWhole, linkedFile, linksOf, someBytes, statusOf, type Links } from '../../steps/file-links.ts'
import { summaryOf } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import type { Params } from '../../run/run-context.ts'

const BYTES = someBytes(300)
const SHAPE = /\/dl\/([0-9a-f]{32})\/([0-9a-f]{16})\/([a-z0-9]{6})\/([^/?#]+)$/

/** Changes that invalidate a direct link. */
const ENDS = {
  'links/direct-name': { name: 'renamed.bin' },
  'links/direct-password': { password: 'sesame' },
  'links/direct-limits': { downloads_limit: '5', limit_action: '1' }
} as const satisfies Readonly<Record<string, Params>>

export const directLinkScenarios: readonly Scenario[] = [{
  name: 'links/direct',
  needs: ['account'],
  checks: [
    declare('links/direct-shape', 'should', 'observed', 'a direct link is /dl/<32 hex>/<16 hex>/<id>/<name>'),
    declare('links/direct-stable', 'should', 'choice', 'files.getInfo writes the same direct link twice; another description or folder leaves it good'),
    declare('links/direct-name', 'should', 'choice', 'a direct link ends when the name of its file changes'),
    declare('links/direct-password', 'must', 'choice', 'a direct link ends when its file gets a password'),
    declare('links/direct-limits', 'should', 'choice', 'a direct link ends when the limits of its file change'),
    declare('links/direct-forged', 'must', 'choice', 'a direct link with another signature is 403, 404 or 410')
  ],
  async play (stage) {
    const actor = await stage.main()
    const file = await linkedFile(actor, { name: 'a check.bin', bytes: BYTES })
    const [, signature = '', payload = '', id, name = ''] = SHAPE.exec(file.direct) ?? []
    const isShaped = id === file.id && decoded(name) === file.name
    stage.judge('links/direct-shape', isShaped, { expected: `/dl/<32 hex>/<16 hex>/${file.id}/${encodeURIComponent(file.name)}`, got: file.direct, on: file.reply })

    const before = await get(stage, file.direct)
    await judgeForged(stage, file, [signature, payload])
    const again = await linksOf(actor, file.id)
    const changed = await actor.call('files.setInfo', { file_id: file.id, description: 'another', folder_id: await actor.folder() })
    const later = await linksOf(actor, file.id)
    const after = await get(stage, file.direct)
    const isSame = again.direct === file.direct && later.direct === file.direct
    if (changed.code !== 0 || !isWhole(before, BYTES)) stage.leave('links/direct-stable', `a working link and a change are needed first: HTTP ${statusOf(before)}, ${summaryOf(changed)}`, [before, changed.exchange])
    else stage.judge('links/direct-stable', isSame && isWhole(after, BYTES), { expected: `${file.direct}, and good`, got: isSame ? `HTTP ${statusOf(after)}` : [again.direct, later.direct].join(', '), on: [after, later.reply] })

    await Promise.all(Object.entries(ENDS).map(async ([check, change]) => {
      const linked = await linkedFile(actor, { bytes: BYTES })
      const control = await get(stage, linked.direct)
      const set = await actor.call('files.setInfo', { file_id: linked.id, ...change })
      if (!isWhole(control, BYTES) || set.code !== 0) {
        stage.leave(check, `a working link and the change are needed first: HTTP ${statusOf(control)}, ${summaryOf(set)}`, [control, set.exchange])
        return
      }
      const old = await get(stage, linked.direct)
      stage.judge(check, isDead(old), { expected: 'HTTP 403, 404 or 410', on: [set, control, old] })
    }))
  }
}]

/** The two signed parts of a link; judged only when the link has them. */
async function judgeForged (stage: Stage, { direct }: Links, parts: readonly string[]): Promise<void> {
  const control = await get(stage, direct)
  if (parts.includes('') || !isWhole(control, BYTES)) {
    stage.leave('links/direct-forged', 'a working link in the form of the contract is needed first', [control])
    return
  }
  for (const part of parts) {
    const forged = await get(stage, direct.replace(`/${part}/`, `/${part.slice(0, -1)}${part.endsWith('1') ? '2' : '1'}/`))
    stage.judge('links/direct-forged', isDead(forged), { expected: 'HTTP 403, 404 or 410', on: [control, forged] })
  }
}

function decoded (name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
