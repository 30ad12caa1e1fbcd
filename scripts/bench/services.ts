/** Services as the tests start them, for one benchmark. */
import type { Teardown } from '../../test/support/server.ts'

/** They are stopped when the benchmark ends, the last one first, and when it is interrupted. */
export async function withServices<T> (work: (services: Teardown) => Promise<T>): Promise<T> {
  const stops: Array<() => unknown> = []
  // The first step of a teardown ends the service, and is synchronous.
  const stopAtOnce = (): void => { for (const stop of stops.splice(0)) stop() }
  process.once('exit', stopAtOnce)
  try {
    return await work({ teardown: stop => { stops.push(stop) } })
  } finally {
    for (const stop of stops.splice(0).toReversed()) await stop()
    process.off('exit', stopAtOnce)
  }
}
