/** The result of a benchmark, and the table of all results. */

/** At least this share of the other's speed, or at most this number of units. */
export type Target = { readonly atLeast: number } | { readonly atMost: number, readonly unit: 'MB' | 'ms' }

export interface Figure {
  readonly work: string
  readonly ours: string
  /** The figure of the other side; '' when the target is absolute. */
  readonly theirs: string
  /** The ratio, or the number of units of the target. */
  readonly value: number
  /** Undefined when it is only informative. */
  readonly target?: Target
}

export const isMet = ({ value, target }: Figure): boolean =>
  target === undefined || ('atLeast' in target ? value >= target.atLeast : value <= target.atMost)

/** One line for each figure, in columns. */
export function tableOf (figures: readonly Figure[]): string {
  const rows = figures.map(figure => [
    figure.work, figure.ours, figure.theirs, valueOf(figure), targetOf(figure), figure.target === undefined ? '' : isMet(figure) ? 'met' : 'NOT MET'
  ])
  const lines = [['work', 'ours', 'theirs', 'ratio', 'target', ''], ...rows]
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
