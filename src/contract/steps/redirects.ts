/** Follows redirects as a browser does. */
import { headerOf, type Exchange } from '../client/exchange.ts'
import type { Stage } from '../run/stage.ts'

const MOST = 5

/** GETs a URL and follows its redirects; returns the last answer. */
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
