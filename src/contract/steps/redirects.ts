/** Links as a browser follows them. */
import { headerOf, type Exchange } from '../client/exchange.ts'
import type { Stage } from '../run/stage.ts'

const MOST = 5

/** GETs an address; the last answer of those that it is sent on to. */
export async function follow (stage: Stage, url: string): Promise<Exchange> {
  let exchange = await stage.send({ url })
  for (let i = 0; i < MOST; i++) {
    const location = headerOf(exchange, 'location')
    const status = exchange.answer?.status ?? 0
    if (location === undefined || status < 300 || status > 399) return exchange
    exchange = await stage.send({ url: new URL(location, exchange.request.url).href })
  }
  return exchange
}
