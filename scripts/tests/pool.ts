/** Runs tasks with a limit on how many run at the same time. */

/** Starts the tasks in their order, at most `width` at a time; the results are in the same order. */
export async function inPool<T> (width: number, pieces: ReadonlyArray<() => Promise<T>>): Promise<T[]> {
  const results: T[] = []
  const waiting = pieces.entries()
  const lane = async (): Promise<void> => {
    for (const [i, piece] of waiting) results[i] = await piece()
  }
  await Promise.all(Array.from({ length: width }, lane))
  return results
}
