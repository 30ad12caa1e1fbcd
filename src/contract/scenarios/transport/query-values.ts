/** Contract, transport: how values are written in a query. */
import { declare, type Check } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { exchangeOf, nameOfFolder, restUrl, sendCall } from '../../steps/unusual-call.ts'
import { exchangeRaw } from '../../client/raw-socket.ts'
import { readReply, summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'

/** A check, and folder names as written in the query with their meaning. */
type Writing = readonly [check: Check, ...names: ReadonlyArray<readonly [written: string, meant: string]>]

const WRITINGS: readonly Writing[] = [
  [declare('transport/plus-is-space', 'must', 'guide', 'a+b is stored as "a b"'), ['a+b', 'a b']],
  [declare('transport/percent20-is-space', 'must', 'guide', 'a%20b is stored as "a b"'), ['a%20b', 'a b']],
  [declare('transport/utf8', 'must', 'guide', 'é 日 🦊 come back as they were sent'), [encodeURIComponent('é日🦊'), 'é日🦊']],
  [declare('transport/unescaped-marks', 'must', 'observed', '@ : , ; ( ) may stand unescaped in a query'), ['a@b:c,d;e(f)', 'a@b:c,d;e(f)']],
  [declare('transport/malformed-percent', 'should', 'choice', '%zz and a final % are literal, status 200'), ['a%zzb', 'a%zzb'], ['a%', 'a%']],
  [declare('transport/no-utf8', 'should', 'choice', '%ff becomes U+FFFD, status 200'), ['a%ffb', 'a\ufffdb']]
]
const RAW_BYTES = declare('transport/raw-bytes', 'should', 'observed', 'raw bytes beyond ASCII in the request line are read as if they had been percent-encoded')

export const writtenValueScenarios: readonly Scenario[] = [{
  name: 'transport/written-values',
  needs: ['account'],
  checks: [...WRITINGS.map(([check]) => check), RAW_BYTES],
  async play (stage) {
    const [plain, control] = await nameOfFolder(stage, byQuery(stage), 'plain')
    for (const [{ id }, ...names] of WRITINGS) {
      for (const [written, meant] of names) {
        if (plain !== 'plain') stage.leave(id, `a plain name failed too: ${summaryOf(control)}`, [control.exchange])
        else judgeName(stage, id, meant, control, await nameOfFolder(stage, byQuery(stage), written))
      }
    }
    if (plain !== 'plain') stage.leave(RAW_BYTES.id, `a plain name failed too: ${summaryOf(control)}`, [control.exchange])
    else judgeName(stage, RAW_BYTES.id, 'é日', control, await nameOfFolder(stage, byRawLine(stage), 'é日'))
  }
}]

const byQuery = (stage: Stage) => (query: string): Promise<Reply> => sendCall(stage, { url: restUrl(stage, query) })

/** Uses a socket, because no HTTP client of Node sends such bytes. */
const byRawLine = (stage: Stage) => async (query: string): Promise<Reply> => {
  const url = restUrl(stage, '')
  const { host, pathname } = new URL(url)
  const sent = Buffer.from(`GET ${pathname}?${query} HTTP/1.1\r\nHost: ${host}\r\nX-Respace-Check: ${RAW_BYTES.id}\r\nConnection: close\r\n\r\n`)
  return readReply(exchangeOf(url, sent, await exchangeRaw(url, sent)))
}

function judgeName (stage: Stage, id: string, meant: string, control: Reply, [name, reply]: readonly [string | undefined, Reply]): void {
  const got = name === undefined ? `HTTP ${reply.exchange.answer?.status ?? 0}, ${summaryOf(reply)}` : JSON.stringify(name)
  stage.judge(id, name === meant && reply.exchange.answer?.status === 200, { expected: JSON.stringify(meant), got, on: [control, reply] })
}
