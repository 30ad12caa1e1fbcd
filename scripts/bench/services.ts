/** Services as the tests start them, for one work. */
import type { Teardown } from '../../test/support/server.ts'

/** They are stopped when the work ends, the last one first, and when the benchmark is broken off. */
export async function withServices<T> (work: (services: Teardown) => Promise<T>): Promise<T> {
  const stops: Array<() => unknown> = []
  // What ends a service is its first step, which needs no waiting.
  const stopAtOnce = (): void => { for (const stop of stops.splice(0)) stop() }
  process.once('exit', stopAtOnce)
  try {
    return await work({ teardown: stop => { stops.push(stop) } })
  } finally {
    for (const stop of stops.splice(0).toReversed()) await stop()
    process.off('exit', stopAtOnce)
  }
}
