/** The known name most similar to the one that was sent, or undefined when none is similar. */
export function nearest (sent: string, known: readonly string[]): string | undefined {
  const wanted = bare(sent)
  const farthest = Math.max(1, Math.floor(wanted.length / 3))
  // Skip names whose length differs too much; a name of a megabyte is compared with none.
  const [best] = known.filter(name => Math.abs(bare(name).length - wanted.length) <= farthest)
    .map(name => ({ name, distance: distanceOf(wanted, bare(name)) }))
    .sort((a, b) => a.distance - b.distance)
  return best !== undefined && best.distance <= farthest ? best.name : undefined
}

/** `max_sessions` and `maxSessions` are the same name. */
const bare = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Levenshtein distance: letters to insert, remove or change. */
function distanceOf (a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
