/** Effects that a server completes after its answer: asked for repeatedly until they are visible. */
import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds: enough on a slow machine for an effect that is due "at once". */
const MOST = 5000

/** The last value seen: the wanted one, or the current one after the timeout. */
export async function until<T> (see: () => Promise<T>, isWanted: (seen: T) => boolean, most = MOST): Promise<T> {
  const end = performance.now() + most
  for (let pause = 10; ; pause = Math.min(pause * 2, 500)) {
    const seen = await see()
    if (isWanted(seen) || performance.now() > end) return seen
    await wait(pause)
  }
}
