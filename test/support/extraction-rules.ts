/** What each system makes of the paths in an archive, by its own rules and not by those of the code. */

interface System {
  readonly name: string
  /** Why a name cannot be one, or undefined. */
  problemOf (segment: string): string | undefined
  /** The same for names that the system takes for one. */
  fold (segment: string): string
  /** The longest path, measured as the system does. */
  readonly longestPath: number
  lengthOf (path: string): number
}

const bytes = (text: string): number => Buffer.byteLength(text)

/** What NTFS does: each UTF-16 unit by itself, where its capital is one unit. */
const capitals = (text: string): string => text.split('').map(unit => unit.toUpperCase().length === 1 ? unit.toUpperCase() : unit).join('')

/** Folding in full, and the letters for which Unicode leaves it to the language. */
const foldFully = (text: string): string => text.normalize('NFD').toLowerCase().replace(/ß/g, 'ss').replace(/ς/g, 'σ').replace(/ſ/g, 's')
  .replace(/ı|i\u0307/g, 'i').normalize('NFD')

const DEVICE = /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3])$/

const SYSTEMS: readonly System[] = [{
  name: 'Linux',
  problemOf: segment => bytes(segment) > 255 ? 'too long' : /[\0/]/.test(segment) ? 'forbidden' : undefined,
  fold: segment => segment,
  longestPath: 4095 - 255,
  lengthOf: bytes
}, {
  name: 'Windows',
  problemOf (segment) {
    if (segment.length > 255) return 'too long'
    if (/[<>:"/\\|?*\u0000-\u001f]/.test(segment)) return 'forbidden'
    if (/[. ]$/.test(segment)) return 'ends with what is left off'
    const [stem = ''] = segment.split('.')
    return DEVICE.test(capitals(stem.trimEnd())) ? 'a device' : undefined
  },
  fold: capitals,
  longestPath: 32_767 - 260,
  lengthOf: path => path.length
}, {
  name: 'macOS',
  problemOf (segment) {
    if (bytes(segment) > 255 || segment.normalize('NFD').length > 255) return 'too long'
    return /[:/\0]/.test(segment) || !segment.isWellFormed() ? 'forbidden' : undefined
  },
  fold: segment => foldFully(segment).replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, ''),
  longestPath: 1023 - 100,
  lengthOf: bytes
}]

/** What would be lost or refused on some system: nothing, for a good archive. Paths that end with `/` are empty folders. */
export function problemsOf (paths: readonly string[]): string[] {
  return SYSTEMS.flatMap(system => {
    const problems: string[] = []
    const files = new Set<string>()
    const folders = new Set<string>()
    for (const path of paths) {
      const segments = path.replace(/\/$/, '').split('/')
      const told = (problem: string) => problems.push(`${system.name}: ${JSON.stringify(path)}: ${problem}`)
      if (system.lengthOf(path) > system.longestPath) told('path too long')
      for (const segment of segments) {
        const problem = segment === '' || segment === '.' || segment === '..' ? 'leads elsewhere' : system.problemOf(segment)
        if (problem !== undefined) told(problem)
      }
      const folded = segments.map(segment => system.fold(segment))
      for (let depth = 1; depth < folded.length; depth++) folders.add(folded.slice(0, depth).join('/'))
      const whole = folded.join('/')
      if (path.endsWith('/')) folders.add(whole)
      else if (files.has(whole)) told('twice')
      else files.add(whole)
    }
    return [...problems, ...[...files].filter(file => folders.has(file)).map(file => `${system.name}: ${JSON.stringify(file)}: a file and a folder`)]
  })
}
