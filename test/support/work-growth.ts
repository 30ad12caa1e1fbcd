/** Work is counted in processor time of this process, which a busy machine does not lengthen as it does the time on a clock. */
const MAX_ROUNDS = 20

/**
 * How many times the work twice the input makes: the least work of several rounds each. About 2 is linear, 4 is quadratic.
 * Others on the same processor make some rounds dearer, so there are more rounds until the ratio is `good`.
 */
export function workRatio (work: (size: number) => void, size: number, good: number): number {
  const least = { once: Infinity, twice: Infinity }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    least.once = Math.min(least.once, costOf(() => { work(size) }))
    least.twice = Math.min(least.twice, costOf(() => { work(2 * size) }))
    if (round >= 2 && least.twice / least.once <= good) break
  }
  return least.twice / least.once
}

/** In microseconds. */
function costOf (work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return Math.max(1, user + system)
}
