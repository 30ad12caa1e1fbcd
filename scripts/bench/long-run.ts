/** Memory and waiting of a server under a mixed load for BENCH_MINUTES, 10 unless set; a line for each minute on stderr. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { callAtRandom } from '../../test/support/random-calls.ts'
import type { Figure } from './figure.ts'
import { CONNECTIONS } from './load.ts'
import { serve, session } from './respace.ts'
import { KIB, MIB } from './workspace.ts'

const MINUTE = 60_000
/** Caches are full then. */
const WARM = 2
const TOKEN = 'token-of-the-benchmark'

export async function measureLongRun (folder: string): Promise<Figure[]> {
  const minutes = Number(process.env.BENCH_MINUTES ?? 10)
  const respace = await serve(join(folder, 'storage-of-long-run'), { RESPACE_METRICS_TOKEN: TOKEN })
  const sessionKey = await session(respace)
  const looks = []
  for (let minute = 1; minute <= minutes; minute++) {
    const end = performance.now() + MINUTE
    const { calls, failures } = await callAtRandom({ url: respace.url, sessionKey, clients: CONNECTIONS, isOver: () => performance.now() > end })
    if (failures[0] !== undefined) throw new Error(`the load met ${failures.length} failures: ${failures[0]}`)
    const look = await lookAt(respace)
    process.stderr.write(`minute ${minute}: ${calls} calls, ${(look.rss / MIB).toFixed(0)} MiB, of them ${(look.heap / MIB).toFixed(0)} MiB of heap; event loop p99 ${look.p99.toFixed(1)} ms\n`)
    looks.push(look)
  }
  await respace.stop()
  const [early = NaN, late = NaN] = [looks.at(Math.min(WARM, minutes - 1))?.rss, looks.at(-1)?.rss]
  const slowest = Math.max(...looks.map(({ p99 }) => p99))
  return [
    { work: `memory under mixed load: minute ${Math.min(WARM + 1, minutes)} ÷ minute ${minutes}`, ours: `${(late / MIB).toFixed(0)} MiB`, theirs: `${(early / MIB).toFixed(0)} MiB`, value: early / late, target: { atLeast: 0.9 } },
    { work: 'event loop p99 then, of the slowest minute', ours: `${slowest.toFixed(1)} ms`, theirs: '', value: slowest, target: { atMost: 50, unit: 'ms' } }
  ]
}

/** Bytes; and milliseconds since the last look. */
async function lookAt ({ url, pid }: { readonly url: string, readonly pid: number }): Promise<{ rss: number, heap: number, p99: number }> {
  const metrics = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).text()
  const valueOf = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1])
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return { rss: Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) * KIB, heap: valueOf('nodejs_heap_size_used_bytes'), p99: valueOf('nodejs_eventloop_lag_p99_seconds') * 1000 }
}
