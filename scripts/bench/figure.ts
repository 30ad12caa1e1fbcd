/** The result of a benchmark, and the table of all results. */
import type { Compared, Spread } from './rounds.ts'
import { MIB } from './workspace.ts'

/** At least this share of the other's speed, or at most this number of units. */
export type Target = { readonly atLeast: number } | { readonly atMost: number, readonly unit: 'MB' | 'ms' }

export interface Figure {
  readonly work: string
  readonly ours: string
  /** The figure of the other side; '' when the target is absolute. */
  readonly theirs: string
  /** The ratio, a median, or the number of units of the target. */
  readonly value: number
  /** Of a ratio, over its rounds. */
  readonly spread?: Spread
  /** Undefined when it is only informative. */
  readonly target?: Target
}

/** Of two sides that were compared, in bytes or in answers a second. */
export function ratioFigure (work: string, unit: 'MiB/s' | '/s', { ours, theirs, ratio, spread }: Compared, atLeast?: number): Figure {
  const inUnits = (speed: number): string => unit === '/s' ? `${speed.toFixed(0)}/s` : `${(speed / MIB).toFixed(0)} MiB/s`
  return { work, ours: inUnits(ours), theirs: inUnits(theirs), value: ratio, spread, ...atLeast !== undefined && { target: { atLeast } } }
}

export const isMet = ({ value, target }: Figure): boolean =>
  target === undefined || ('atLeast' in target ? value >= target.atLeast : value <= target.atMost)

/** One line for each figure, in columns; without `isJudged` nothing is said about targets. */
export function tableOf (figures: readonly Figure[], isJudged: boolean): string {
  return inColumns([['work', 'ours', 'theirs', 'ratio', 'least', 'most', 'target', ''], ...rowsOf(figures, isJudged)])
}

/** The same as a table of Markdown. */
export function markdownOf (figures: readonly Figure[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return line(['work', 'Respace', 'other', 'ratio', 'least', 'most', 'target', '']) + line(Array.from({ length: 8 }, () => '---')) +
    rowsOf(figures, true).map(row => line(row.map(cell => cell === 'NOT MET' ? 'not met' : cell))).join('')
}

const rowsOf = (figures: readonly Figure[], isJudged: boolean): string[][] => figures.map(figure => [
  figure.work, figure.ours, figure.theirs, valueOf(figure), figure.spread?.least.toFixed(2) ?? '', figure.spread?.most.toFixed(2) ?? '', targetOf(figure),
  figure.target === undefined || !isJudged ? '' : isMet(figure) ? 'met' : 'NOT MET'
])

export function inColumns (lines: readonly (readonly string[])[]): string {
  const widths = lines.reduce<number[]>((widest, line) => line.map((cell, i) => Math.max(widest[i] ?? 0, cell.length)), [])
  return lines.map(line => line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ').trimEnd() + '\n').join('')
}

function valueOf ({ value, target }: Figure): string {
  return target === undefined || 'atLeast' in target ? value.toFixed(2) : `${value.toFixed(0)} ${target.unit}`
}

function targetOf ({ target }: Figure): string {
  if (target === undefined) return ''
  return 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost} ${target.unit}`
}
