/** Contract, transport: how large the body of a call may be. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import type { Exchange } from '../../client/exchange.ts'
import { exchangeOf, isToken, multipart, sendCall, tokenCall, urlencoded } from '../../steps/unusual-call.ts'
import { exchangeRaw, requestHead } from '../../client/raw-socket.ts'
import { readReply, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'

const LIMIT = 65_536
const SMALL = 1_000

export const bodySizeScenarios: readonly Scenario[] = [{
  name: 'transport/body-size',
  needs: [],
  checks: [
    declare('transport/body-64k', 'should', 'choice', 'a body of 65,536 bytes is read'),
    declare('transport/body-over-64k', 'should', 'choice', 'a body of 65,537 bytes is 413'),
    declare('transport/body-over-64k-chunked', 'should', 'choice', 'a body over 64 KiB is 413 without Content-Length, too'),
    declare('transport/body-over-64k-multipart', 'should', 'choice', 'a form over 64 KiB is 413, too')
  ],
  async play (stage) {
    const { rest } = stage.context.target
    const start = `${String(new URLSearchParams(tokenCall(stage)))}&padding=`
    const padded = (size: number): string => start + 'a'.repeat(size - start.length)
    const plain = (size: number): Promise<Reply> => sendCall(stage, { method: 'POST', url: rest, ...urlencoded(padded(size)) })
    const whole = await plain(LIMIT)
    stage.judge('transport/body-64k', isToken(whole), { expected: 'a token', on: whole })
    judgeTooLarge(stage, 'transport/body-over-64k', await plain(SMALL), await plain(LIMIT + 1))
    const chunked = async (size: number): Promise<Reply> => readReply(await sendChunked(rest, padded(size)))
    judgeTooLarge(stage, 'transport/body-over-64k-chunked', await chunked(SMALL), await chunked(LIMIT + 1))
    const form = (size: number): Promise<Reply> => sendCall(stage, { method: 'POST', url: rest, ...multipart([...Object.entries(tokenCall(stage)), ['padding', 'a'.repeat(size)]]) })
    judgeTooLarge(stage, 'transport/body-over-64k-multipart', await form(SMALL), await form(LIMIT))
  }
}]

function judgeTooLarge (stage: Stage, id: string, control: Reply, { exchange }: Reply): void {
  if (!isToken(control)) stage.leave(id, 'the same call with a smaller body failed, too', [control.exchange])
  else stage.judge(id, exchange.answer?.status === 413, { expected: 'HTTP 413', got: exchange.answer === undefined ? exchange.problem ?? 'no answer' : `HTTP ${exchange.answer.status}`, on: [control, exchange] })
}

/** Without Content-Length, which Node always sends for a body in memory. */
async function sendChunked (url: string, body: string): Promise<Exchange> {
  const head = requestHead(url, { 'content-type': 'application/x-www-form-urlencoded', 'transfer-encoding': 'chunked', 'x-respace-check': 'transport/body-over-64k-chunked' }, 'POST')
  const chunks = (body.match(/.{1,16384}/gs) ?? []).map(part => `${part.length.toString(16)}\r\n${part}\r\n`)
  return exchangeOf(url, head, await exchangeRaw(url, head, ...chunks, '0\r\n\r\n'))
}
