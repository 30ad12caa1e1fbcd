import { nearest } from '../../settings/nearest.ts'

/** Throws TypeError for an unknown option: JavaScript has no compiler that finds a misspelt one. */
export function requireKnownOptions (options: object, known: readonly string[], functionName: string): void {
  const unknown = Object.keys(options).find(name => !known.includes(name))
  if (unknown === undefined) return
  const meant = nearest(unknown, known)
  throw new TypeError(`${functionName} has no option "${unknown}"; ${meant === undefined ? `it has ${known.join(', ')}` : `did you mean ${meant}?`}`)
}
