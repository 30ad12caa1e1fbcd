/** Alternating measurements, so that other load on the machine affects both sides equally. */

export interface Compared {
  /** Medians of each measurement. */
  readonly ours: number
  readonly theirs: number
  /** The median over the rounds of ours ÷ theirs. */
  readonly ratio: number
  readonly spread: Spread
}

/** The least and the most of all rounds. */
export interface Spread {
  readonly least: number
  readonly most: number
}

/** Measures both alternately, in reverse order in each second round. More is better; each returns work per second. */
export async function compare (
  rounds: number, ours: (round: number) => Promise<number>, theirs: (round: number) => Promise<number>
): Promise<Compared> {
  const results = await measureByTurns(rounds, [ours, theirs])
  const ratios = results.map(([mine = NaN, other = NaN]) => mine / other)
  return {
    ours: median(results.map(([mine = NaN]) => mine)),
    theirs: median(results.map(([, other = NaN]) => other)),
    ratio: median(ratios),
    spread: spreadOf(ratios)
  }
}

export const spreadOf = (values: readonly number[]): Spread => ({ least: Math.min(...values), most: Math.max(...values) })

/** The results of each round, in their order; each second round begins with the last of them. */
export async function measureByTurns<T = number> (rounds: number, works: ReadonlyArray<(round: number) => Promise<T>>): Promise<T[][]> {
  const results: T[][] = []
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? works : works.toReversed()
    const measured = []
    for (const work of order) measured.push(await work(round))
    results.push(round % 2 === 0 ? measured : measured.toReversed())
  }
  return results
}

export function median (values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN
  return (upper + lower) / 2
}
