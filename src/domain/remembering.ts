/** In characters: longer texts are worked out each time. */
const LONGEST = 300

/**
 * The same function of a text, which keeps its last `most` results: for what comes with nearly every request, such as the host
 * of this server or a browser's languages. Clients choose these texts, so neither their number nor their length is unlimited.
 */
export function remembering<T> (most: number, find: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>()
  return text => {
    const known = kept.get(text)
    if (known !== undefined || kept.has(text)) return known as T
    const found = find(text)
    if (text.length > LONGEST) return found
    const [oldest] = kept.keys()
    if (kept.size >= most && oldest !== undefined) kept.delete(oldest)
    kept.set(text, found)
    return found
  }
}
