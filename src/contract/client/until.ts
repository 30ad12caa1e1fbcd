/** What a server does after its answer: asked for again until it is done. */
import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds: a slow machine has done by then what is done "at once". */
const MOST = 5000

/** What was seen last: as wanted, or after some seconds as it still is. */
export async function until<T> (see: () => Promise<T>, isWanted: (seen: T) => boolean, most = MOST): Promise<T> {
  const end = performance.now() + most
  for (let pause = 10; ; pause = Math.min(pause * 2, 500)) {
    const seen = await see()
    if (isWanted(seen) || performance.now() > end) return seen
    await wait(pause)
  }
}
