/** Patterns in which `*` matches any text; case does not matter. */

/** Takes linear time: a regular expression with many stars would try every split of the text. */
export function matchesWildcard (pattern: string, text: string): boolean {
  const [first = '', ...others] = pattern.toLowerCase().split('*')
  const last = others.pop()
  const whole = text.toLowerCase()
  if (last === undefined) return whole === first
  const end = whole.length - last.length
  if (end < first.length || !whole.startsWith(first) || !whole.endsWith(last)) return false
  let from = first.length
  // The first occurrence of each part leaves the most room for the next.
  for (const part of others) {
    from = endOf(part, whole, from)
    if (from > end) return false
  }
  return true
}

/** The end of the first `part` at or after `from`, Infinity when there is none. Knuth, Morris and Pratt: no character is read twice. */
function endOf (part: string, text: string, from: number): number {
  if (part === '') return from
  const borders = bordersOf(part)
  let matched = 0
  for (let i = from; i < text.length; i++) {
    while (matched > 0 && text[i] !== part[matched]) matched = borders[matched - 1] ?? 0
    if (text[i] === part[matched]) matched++
    if (matched === part.length) return i + 1
  }
  return Infinity
}

/** For each prefix of a text, the length of its longest proper prefix that is also its suffix. */
function bordersOf (part: string): number[] {
  const borders = [0]
  let length = 0
  for (let i = 1; i < part.length; i++) {
    while (length > 0 && part[i] !== part[length]) length = borders[length - 1] ?? 0
    if (part[i] === part[length]) length++
    borders.push(length)
  }
  return borders
}
