/** Work of which some pieces go on at once. */

/** Begins the pieces in their order, so many at once; their results in the same order. */
export async function inPool<T> (width: number, pieces: ReadonlyArray<() => Promise<T>>): Promise<T[]> {
  const results: T[] = []
  const waiting = pieces.entries()
  const lane = async (): Promise<void> => {
    for (const [i, piece] of waiting) results[i] = await piece()
  }
  await Promise.all(Array.from({ length: width }, lane))
  return results
}
