/** Run as a process: `LIST CONNECTIONS SECONDS`; prints a `Load`. */
import autocannon from 'autocannon'
import { readFileSync } from 'node:fs'

const [list = '', connections, seconds] = process.argv.slice(2)
const urls = readFileSync(list, 'utf8').split('\n').map(url => new URL(url))
const result = await autocannon({
  url: urls[0]?.origin ?? '',
  connections: Number(connections),
  duration: Number(seconds),
  requests: urls.map(url => ({ method: 'GET', path: url.pathname + url.search }))
})
if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed`)
process.stdout.write(`${JSON.stringify({ perSecond: result.requests.total / result.duration, p99: result.latency.p99 })}\n`)
