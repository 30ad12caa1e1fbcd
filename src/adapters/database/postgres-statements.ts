/** Translates statements with `$name` parameters for PostgreSQL: numbered, and prepared once for each text and types of values. */
import { createHash } from 'node:crypto'
import type { SqlParams, SqlValue } from '../../ports.ts'

export interface Prepared {
  /**
   * The name of the prepared statement: derived from the text, so that clients that share connections through a pooler
   * use the same name for the same statement.
   */
  readonly name: string
  readonly text: string
  readonly values: readonly SqlValue[]
}

interface Parsed {
  readonly names: readonly string[]
  /** The text between the parameters, in order. */
  readonly pieces: readonly string[]
  readonly written: readonly number[]
  /** By the types of the values. */
  readonly variants: Map<string, { readonly name: string, readonly text: string }>
}

/** Rewrites statements, with a cache by text. */
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

/** Texts in PostgreSQL cannot contain a NUL; neither can answers. */
function valueOf (name: string, params: SqlParams): SqlValue {
  const value = params[name]
  if (value === undefined) throw new TypeError(`the parameter $${name} is missing`)
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
}

const kindOf = (value: SqlValue): 'n' | 't' | '0' => value === null ? '0' : typeof value === 'number' ? 'n' : 't'

// By default PostgreSQL reads `$limit = -1` as a 32-bit number. Null needs no type.
const CASTS: Readonly<Record<string, string>> = { n: '::bigint', t: '::text', 0: '' }

function write ({ pieces, written }: Parsed, kinds: string): string {
  return pieces.reduce((text, piece, i) => {
    const index = written[i - 1] ?? 0
    return `${text}$${index + 1}${CASTS[kinds[index] ?? '0'] ?? ''}${piece}`
  })
}
