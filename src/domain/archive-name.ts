/** Names inside archives must mean the same on every system that unpacks them, and lead nowhere else. */
const FORBIDDEN = /[/\\:*?"<>|\u0000-\u001f\u007f]/g
/** Names that stand for devices on Windows. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i

/** One segment of a path: what some system forbids becomes `_`. */
export function archiveName (name: string): string {
  const clean = name.replace(FORBIDDEN, '_').replace(/[. ]+$/, '_').replace(DEVICES, '_$&')
  return clean === '' ? '_' : clean
}

/** Several of one name, which some systems see where only the case differs, get numbers: `a.txt`, `a (2).txt`. */
export function distinctPaths (paths: readonly string[]): string[] {
  const taken = new Set<string>()
  return paths.map(path => {
    let candidate = path
    for (let count = 2; taken.has(candidate.toLowerCase()); count++) candidate = path.replace(/(\.[^./]+)?$/, ` (${count})$1`)
    taken.add(candidate.toLowerCase())
    return candidate
  })
}
