/** Contract, bandwidth: which account the bytes of downloads count against. */
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import type { Exchange } from '../../client/exchange.ts'
import { get, isWhole, linkedFile, someBytes, statusOf } from '../../steps/file-links.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { until } from '../../client/until.ts'
import { requireOk, textOf } from '../../run/run-context.ts'
import { childOf } from '../../client/xml.ts'

const BYTES = someBytes(10_000)
/** Some servers also count the headers of their answers. */
const HEADS = 4096
/** A check cannot exceed a larger limit. */
const MOST_LEFT = 5 * 1024 * 1024

const IDS = ['bandwidth/of-session', 'bandwidth/of-owner', 'bandwidth/uploads-free', 'bandwidth/never-cut'] as const

export const bandwidthScenarios: readonly Scenario[] = [{
  name: 'bandwidth',
  needs: ['account', 'state:bandwidth-limited'],
  checks: [
    declare('bandwidth/of-session', 'must', 'choice', 'the bytes of a link of download.getInfo count against the caller'),
    declare('bandwidth/of-owner', 'must', 'choice', 'the bytes of direct_download_url count against the owner of the file'),
    declare('bandwidth/uploads-free', 'should', 'choice', 'uploads do not count as bandwidth'),
    declare('bandwidth/never-cut', 'should', 'choice', 'a download larger than the bandwidth left is refused, never cut')
  ],
  play: async stage => stage.inState('bandwidth-limited', async account => {
    const actor = await stage.ownSession(account)
    const start = await leftOf(actor)
    if (!(start.left >= BYTES.length * 3)) {
      for (const id of IDS) stage.leave(id, `an account with some bandwidth left of a limit is needed first: bandwidth_left "${start.left}"`, [start.reply.exchange])
      return
    }
    const own = await linkedFile(actor, { bytes: BYTES })
    const uploaded = await leftOf(actor)
    const sent = await get(stage, own.direct)
    const after = await spent(stage, actor, 'bandwidth/of-owner', uploaded.left, sent)
    if (after < uploaded.left) stage.judge('bandwidth/uploads-free', uploaded.left === start.left, { expected: `bandwidth_left "${start.left}"`, got: `bandwidth_left "${uploaded.left}"`, on: [start.reply, uploaded.reply] })
    else stage.leave('bandwidth/uploads-free', 'downloads must use bandwidth first', [uploaded.reply.exchange])

    const owner = account.user === stage.context.target.accounts.main?.user ? await stage.other() : await stage.main()
    const info = requireOk('download.getInfo', await actor.call('download.getInfo', { file_id: await owner.file({ bytes: BYTES }) }))
    const url = childOf(info.result, 'download')?.attributes.url ?? ''
    if (URL.canParse(url)) await spent(stage, actor, 'bandwidth/of-session', after, await get(stage, url))
    else stage.leave('bandwidth/of-session', 'a link of download.getInfo is needed first', [info.exchange])
    await judgeNeverCut(stage, actor, sent)
  })
}]

/** NaN when missing. */
async function leftOf (actor: Actor): Promise<{ readonly reply: Reply, readonly left: number }> {
  const reply = requireOk('auth.checkSession', await actor.call('auth.checkSession'))
  return { reply, left: Number(textOf(reply, 'bandwidth_left')) }
}

/** Judges that the download is charged, and returns the bandwidth left. */
async function spent (stage: Stage, actor: Actor, id: string, before: number, sent: Exchange): Promise<number> {
  const { reply, left } = await until(async () => leftOf(actor), seen => seen.left <= before - BYTES.length)
  const used = before - left
  if (isWhole(sent, BYTES)) stage.judge(id, used >= BYTES.length && used <= BYTES.length + HEADS, { expected: `bandwidth_left ${BYTES.length} less than "${before}"`, got: `bandwidth_left "${left}"`, on: [sent, reply] })
  else stage.leave(id, `a download is needed first: HTTP ${statusOf(sent)}`, [sent])
  return left
}

async function judgeNeverCut (stage: Stage, actor: Actor, control: Exchange): Promise<void> {
  const { left } = await leftOf(actor)
  if (left > MOST_LEFT || !isWhole(control, BYTES)) {
    stage.leave('bandwidth/never-cut', `little bandwidth and a download that fits are needed first: bandwidth_left "${left}", HTTP ${statusOf(control)}`, [control])
    return
  }
  const large = await linkedFile(actor, { bytes: Buffer.alloc(left + 1) })
  const sent = await get(stage, large.direct)
  const info = await actor.call('download.getInfo', { file_id: large.id })
  const url = childOf(info.result, 'download')?.attributes.url
  const byInfo = info.code === 0 && url !== undefined && URL.canParse(url) ? await get(stage, url) : undefined
  const isRefused = statusOf(sent) >= 400 && (byInfo === undefined ? info.code > 0 : statusOf(byInfo) >= 400)
  stage.judge('bandwidth/never-cut', isRefused, {
    expected: 'both refused', got: `link HTTP ${statusOf(sent)}, ${sent.answer?.body.length ?? 0} bytes, download.getInfo: ${summaryOf(info)}`, on: [control, info, ...byInfo === undefined ? [] : [byInfo], sent]
  })
}
