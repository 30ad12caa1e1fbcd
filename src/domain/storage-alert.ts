/** The highest of these percentages that is reached; undefined for none, and where nothing is limited. */
export function reachedPercentage (used: number, limit: number, percentages: readonly number[]): number | undefined {
  if (!Number.isFinite(limit) || limit <= 0) return undefined
  const reached = percentages.filter(percentage => used >= limit * percentage / 100)
  return reached.length === 0 ? undefined : Math.max(...reached)
}
