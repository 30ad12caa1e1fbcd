/** Contract, counting: a download counts once its last byte is sent, and nothing else counts. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { headerOf, type Exchange } from '../../client/exchange.ts'
import { begin, countOf, get, isWhole, linkedFile, linksOf, race, rawExchange, someBytes, statusOf, type Links } from '../../steps/file-links.ts'
import type { Stage } from '../../run/stage.ts'
import { until } from '../../client/until.ts'

const BYTES = someBytes(1000)
/** Larger than the buffers of connections, including those of a proxy, when the client does not read. */
const LARGE = 12 * 1024 * 1024
const SEVERAL = 16

/** Requests that do not count, and the statuses that show that each had its effect. */
const FREE: Readonly<Record<string, { readonly statuses: readonly number[], act (stage: Stage, links: Links): Promise<Exchange> }>> = {
  'count/head': { statuses: [200], act: (stage, { direct }) => get(stage, direct, {}, 'HEAD') },
  'count/page': { statuses: [200], act: (stage, { page }) => get(stage, page) },
  // A server may also refuse it.
  'count/prefetch': { statuses: [200, 204, 403, 503], act: (stage, { direct }) => get(stage, direct, { 'sec-purpose': 'prefetch' }) },
  'count/not-modified': {
    statuses: [304],
    act: async (stage, { direct }) => get(stage, direct, { 'if-none-match': headerOf(await get(stage, direct, {}, 'HEAD'), 'etag') ?? '"none"' })
  },
  'count/range-inside': { statuses: [206], act: (stage, { direct }) => get(stage, direct, { range: 'bytes=0-499' }) }
}

export const countedDownloadScenarios: readonly Scenario[] = [{
  name: 'count/one-file-each',
  needs: ['account'],
  checks: [
    declare('count/whole', 'must', 'guide', 'a complete GET counts as one download'),
    declare('count/head', 'must', 'choice', 'HEAD of a direct link does not count'),
    declare('count/page', 'must', 'choice', 'a view of the download page does not count'),
    declare('count/prefetch', 'should', 'choice', 'a GET of a direct link with Sec-Purpose: prefetch does not count'),
    declare('count/not-modified', 'should', 'choice', 'a GET that is answered 304 does not count'),
    declare('count/range-inside', 'must', 'choice', 'a range that does not include the end of the file does not count'),
    declare('count/range-end', 'should', 'choice', 'a range that includes the end of the file counts as one download'),
    declare('count/pieces', 'should', 'choice', 'ranges of a file with a download limit count as one download when their bytes add up to its size'),
    declare('count/parallel', 'should', 'choice', '16 complete GETs at once count as 16')
  ],
  async play (stage) {
    const actor = await stage.main()
    await Promise.all([judgeWhole(stage, actor), judgeEnd(stage, actor), judgePieces(stage, actor), judgeParallel(stage, actor), ...Object.keys(FREE).map(async id => judgeFree(stage, actor, id))])
  }
}, {
  name: 'count/broken-off',
  needs: ['account'],
  checks: [
    declare('count/aborted', 'must', 'choice', 'an aborted GET does not count'),
    declare('limit/place-held', 'must', 'choice', 'while the last allowed download runs, another one is refused'),
    declare('limit/place-freed', 'must', 'choice', 'an aborted download does not use up the limit')
  ],
  async play (stage) {
    const actor = await stage.main()
    const large = await linkedFile(actor, { name: 'large.bin', bytes: Buffer.alloc(LARGE, 'check') })
    const [control, running] = [await linkedFile(actor, { bytes: BYTES }), await begin(large.direct)]
    running.end()
    const whole = await get(stage, control.direct)
    const counted = await countOf(actor, control.id, 1)
    await wait(200)
    const { reply, downloads } = await countOf(actor, large.id, 0)
    if (running.status !== 200 || counted.downloads !== 1) stage.leave('count/aborted', `a download that counts and a running one are needed first: HTTP ${running.status}, ${counted.downloads} counted`, [whole, counted.reply.exchange])
    else stage.judge('count/aborted', downloads === 0, { expected: 'downloads "0"', got: `downloads "${downloads}"`, on: [whole, reply] })

    const set = await actor.call('files.setInfo', { file_id: large.id, downloads_limit: '1', limit_action: '1' })
    const { direct } = await linksOf(actor, large.id)
    const last = await begin(direct)
    const end = (): Promise<Exchange> => get(stage, direct, { range: 'bytes=-1000' })
    const meanwhile = await end()
    last.end()
    const afterwards = await until(end, exchange => statusOf(exchange) < 300, 15_000)
    if (set.code !== 0 || last.status !== 200) {
      for (const id of ['limit/place-held', 'limit/place-freed']) stage.leave(id, `a running download is needed first: HTTP ${last.status}`, [set.exchange])
      return
    }
    stage.judge('limit/place-held', statusOf(meanwhile) >= 400, { expected: 'HTTP 403', on: [set, meanwhile] })
    stage.judge('limit/place-freed', [200, 206].includes(statusOf(afterwards)), { expected: 'HTTP 200 or 206', on: [set, meanwhile, afterwards] })
  }
}]

async function judgeWhole (stage: Stage, actor: Actor): Promise<void> {
  const { id, direct } = await linkedFile(actor, { bytes: BYTES })
  for (const count of [0, 1, 2]) {
    const sent = count === 0 ? undefined : await get(stage, direct)
    const { reply, downloads } = await countOf(actor, id, count)
    stage.judge('count/whole', downloads === count && (sent === undefined || isWhole(sent, BYTES)), { expected: `downloads "${count}"`, got: `downloads "${downloads}"`, on: sent === undefined ? reply : [sent, reply] })
  }
}

/** A complete download afterwards shows that counting works by then. */
async function judgeFree (stage: Stage, actor: Actor, check: string): Promise<void> {
  const { statuses = [], act } = FREE[check] ?? {}
  if (act === undefined) return
  const links = await linkedFile(actor, { bytes: BYTES })
  const done = await act(stage, links)
  const whole = await get(stage, links.direct)
  const { reply, downloads } = await countOf(actor, links.id, 1)
  if (!statuses.includes(statusOf(done)) || !(downloads >= 1) || !isWhole(whole, BYTES)) {
    stage.leave(check, `HTTP ${statuses.join(' or ')}, and a download that counts are needed first: HTTP ${statusOf(done)}, ${downloads} counted`, [done, whole, reply.exchange])
    return
  }
  stage.judge(check, downloads === 1, { expected: 'downloads "1", for the whole GET afterwards', got: `downloads "${downloads}"`, on: [done, whole, reply] })
}

async function judgeEnd (stage: Stage, actor: Actor): Promise<void> {
  const { id, direct } = await linkedFile(actor, { bytes: BYTES })
  const sent = await get(stage, direct, { range: 'bytes=500-' })
  const { reply, downloads } = await countOf(actor, id, 1)
  if (statusOf(sent) === 206) stage.judge('count/range-end', downloads === 1, { expected: 'downloads "1"', got: `downloads "${downloads}"`, on: [sent, reply] })
  else stage.leave('count/range-end', `a range is needed first: HTTP ${statusOf(sent)}`, [sent])
}

async function judgePieces (stage: Stage, actor: Actor): Promise<void> {
  const { id, direct } = await linkedFile(actor, { bytes: BYTES }, { downloads_limit: '5', limit_action: '1' })
  const [first, second] = [await get(stage, direct, { range: 'bytes=0-499' }), await get(stage, direct, { range: 'bytes=0-499' })]
  const { reply, downloads } = await countOf(actor, id, 1)
  if (statusOf(first) === 206 && statusOf(second) === 206) stage.judge('count/pieces', downloads === 1, { expected: 'downloads "1"', got: `downloads "${downloads}"`, on: [first, second, reply] })
  else stage.leave('count/pieces', `ranges are needed first: HTTP ${statusOf(first)}, HTTP ${statusOf(second)}`, [first, second])
}

async function judgeParallel (stage: Stage, actor: Actor): Promise<void> {
  const { id, direct } = await linkedFile(actor, { bytes: BYTES })
  const answers = await race(direct, SEVERAL)
  const whole = answers.filter(answer => answer?.status === 200 && answer.body.equals(BYTES)).length
  const { reply, downloads } = await countOf(actor, id, SEVERAL)
  if (whole === SEVERAL) stage.judge('count/parallel', downloads === SEVERAL, { expected: `downloads "${SEVERAL}"`, got: `downloads "${downloads}"`, on: [rawExchange(direct, answers[0]), reply] })
  else stage.leave('count/parallel', `${SEVERAL} parallel downloads are needed first, and ${whole} completed`, [rawExchange(direct, answers.find(answer => answer?.status !== 200))])
}
