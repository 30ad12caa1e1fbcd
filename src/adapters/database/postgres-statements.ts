/** Statements with `$name` parameters as PostgreSQL takes them: numbered, each text and kind of values prepared once. */
import { createHash } from 'node:crypto'
import type { SqlParams, SqlValue } from '../../ports.ts'

export interface Prepared {
  /**
   * Of the prepared statement on each connection: made from the text, so that clients who share connections through a pooler
   * mean the same statement by it.
   */
  readonly name: string
  readonly text: string
  readonly values: readonly SqlValue[]
}

interface Parsed {
  readonly names: readonly string[]
  /** What stands between the parameters, by the order in which they are written. */
  readonly pieces: readonly string[]
  readonly written: readonly number[]
  /** By the kinds of the values. */
  readonly variants: Map<string, { readonly name: string, readonly text: string }>
}

/** Rewrites statements, remembering each text. */
export function createStatements (): (sql: string, params: SqlParams) => Prepared {
  const known = new Map<string, Parsed>()

  return (sql, params) => {
    let parsed = known.get(sql)
    if (parsed === undefined) known.set(sql, parsed = parse(sql))
    const values = parsed.names.map(name => valueOf(name, params))
    const kinds = values.map(kindOf).join('')
    let variant = parsed.variants.get(kinds)
    if (variant === undefined) {
      const text = write(parsed, kinds)
      parsed.variants.set(kinds, variant = { name: `respace_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`, text })
    }
    return { ...variant, values }
  }
}

function parse (sql: string): Parsed {
  const [first = '', ...rest] = sql.split(/\$(?=[a-z])/i)
  const names: string[] = []
  const pieces = [first]
  const written: number[] = []
  for (const part of rest) {
    const [name = ''] = /^\w+/.exec(part) ?? []
    if (!names.includes(name)) names.push(name)
    written.push(names.indexOf(name))
    pieces.push(part.slice(name.length))
  }
  return { names, pieces, written, variants: new Map() }
}

/** Text there holds no NUL; no answer could carry one either. */
function valueOf (name: string, params: SqlParams): SqlValue {
  const value = params[name]
  if (value === undefined) throw new TypeError(`the parameter $${name} is missing`)
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
}

const kindOf = (value: SqlValue): 'n' | 't' | '0' => value === null ? '0' : typeof value === 'number' ? 'n' : 't'

// Left to itself PostgreSQL takes `$limit = -1` as a number of 32 bits. Null fits wherever it stands.
const CASTS: Readonly<Record<string, string>> = { n: '::bigint', t: '::text', 0: '' }

function write ({ pieces, written }: Parsed, kinds: string): string {
  return pieces.reduce((text, piece, i) => {
    const index = written[i - 1] ?? 0
    return `${text}$${index + 1}${CASTS[kinds[index] ?? '0'] ?? ''}${piece}`
  })
}
