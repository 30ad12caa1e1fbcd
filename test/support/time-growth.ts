/** How much longer work takes for twice the input: about 2 where it grows with its length, 4 where it grows with the square. */

const ROUNDS = 9
const TRIES = 20
/** What takes less is noise, so it is done several times. */
const LEAST_MS = 3
/** What comes from outside is hardly longer; a larger one would measure how fast memory is. */
const LENGTH = 16_000

/**
 * `prepare` makes the work for an input of a length. The shortest of several rounds counts, and of tries the best: others use
 * this machine too, and work that grows with the square does so each time.
 */
export function growthOf (prepare: (length: number) => () => unknown): number {
  const [one, two] = [prepare(LENGTH), prepare(2 * LENGTH)]
  let times = 1
  while (timeOf(one, times) < LEAST_MS) times *= 2
  let best = Infinity
  for (let tried = 0; tried < TRIES && best > 3; tried++) best = Math.min(best, ratioOf(one, two, times))
  return best
}

/** By turns, so that a slow moment meets both. */
function ratioOf (one: () => unknown, two: () => unknown, times: number): number {
  let [least, leastOfTwo] = [Infinity, Infinity]
  for (let round = 0; round < ROUNDS; round++) {
    least = Math.min(least, timeOf(one, times))
    leastOfTwo = Math.min(leastOfTwo, timeOf(two, times))
  }
  return leastOfTwo / least
}

function timeOf (work: () => unknown, times: number): number {
  const began = performance.now()
  for (let i = 0; i < times; i++) work()
  return performance.now() - began
}
