/** Measuring side by side: what else happens on the machine then meets both alike. */

export interface Compared {
  /** Medians of what each measurement gave. */
  readonly ours: number
  readonly theirs: number
  /** The median over the rounds of ours ÷ theirs. */
  readonly ratio: number
}

/** Measures both by turns, the other one first in each second round. More is better; each gives work per second. */
export async function compare (
  rounds: number, ours: (round: number) => Promise<number>, theirs: (round: number) => Promise<number>
): Promise<Compared> {
  const results: Array<readonly [number, number]> = []
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const mine = await ours(round)
      results.push([mine, await theirs(round)])
    } else {
      const other = await theirs(round)
      results.push([await ours(round), other])
    }
  }
  return {
    ours: median(results.map(([mine]) => mine)),
    theirs: median(results.map(([, other]) => other)),
    ratio: median(results.map(([mine, other]) => mine / other))
  }
}

export function median (values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN
  return (upper + lower) / 2
}
