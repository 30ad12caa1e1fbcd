import { createNewestMap } from './newest-map.ts'

/** In characters: longer texts are worked out each time. */
const LONGEST = 300

/**
 * The same function of a text or a number, which keeps its last `most` results: for what comes with nearly every request, such as the host
 * of this server or a browser's languages. Clients choose them, so neither their number nor their length is unlimited.
 */
export function remembering<T, K extends string | number = string> (most: number, find: (key: K) => T): (key: K) => T {
  const kept = createNewestMap<T, K>(most)
  return key => {
    const known = kept.get(key)
    if (known !== undefined || kept.has(key)) return known as T
    const found = find(key)
    if (typeof key === 'string' && key.length > LONGEST) return found
    kept.set(key, found)
    return found
  }
}
