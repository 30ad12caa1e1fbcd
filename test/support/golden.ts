/** Golden answers: the exact bytes of the wire, with `{name}` only where chance or time writes. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '..', 'golden')

/** What may stand for a placeholder; `{id:b}` is another id than `{id}`. */
const WRITTEN: Readonly<Record<string, string>> = {
  id: '[a-z0-9]{6}',
  key: '[a-z0-9]{32}',
  code: '[0-9a-f]{32}',
  ticket: '\\d+\\.1767323045\\.[0-9A-F]{8}\\.\\d+\\.0',
  proof: '[A-Za-z0-9._~-]+',
  signature: '[0-9a-f]{32}',
  payload: '[0-9a-f]{16}',
  size: '\\d+',
  percent: '\\d{1,2}'
}

export interface Golden {
  /** Its file name without `.txt`: `NAME`, or `NAME@1.1` for what holds from 1.1 on. */
  readonly name: string
  readonly text: string
}

export const GOLDEN: readonly Golden[] = readdirSync(folder).map(file =>
  ({ name: file.replace('.txt', ''), text: readFileSync(join(folder, file), 'utf8') }))

/** The golden answer that holds in a version, if there is one. */
export function goldenOf (name: string, version: string): Golden | undefined {
  return GOLDEN.filter(golden => golden.name === name || (golden.name.startsWith(`${name}@`) && golden.name.slice(name.length + 1) <= version))
    .sort((a, b) => a.name < b.name ? -1 : 1).at(-1)
}

/** The golden text with what the answer has in place of each placeholder; as it stands where it does not fit. */
export function fillIn ({ text }: Golden, answer: string): string {
  const names: string[] = []
  const pattern = text.split(/(\{[a-z:]+\})/).map((part, i) => {
    if (i % 2 === 0) return part.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')
    if (names.includes(part)) return `\\${names.indexOf(part) + 1}`
    const written = WRITTEN[part.slice(1, -1).replace(/:.*/, '')]
    if (written === undefined) throw new Error(`no such placeholder: ${part}`)
    names.push(part)
    return `(${written})`
  }).join('')
  const found = new RegExp(`^${pattern}$`).exec(answer)
  return found === null ? text : text.replace(/\{[a-z:]+\}/g, part => found[names.indexOf(part) + 1] ?? part)
}
