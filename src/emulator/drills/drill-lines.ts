/** The output for a terminal: a row for each drill once it is judged, then the details of those that did not pass. */
import type { DrillVerdict } from './drill.ts'
import type { DrillResult, PartResult } from './run-drills.ts'

const MARKS: Readonly<Record<DrillVerdict, string>> = { pass: '✔', untested: '?', risky: '!', fail: '×', error: 'E' }
const WIDTH = 25

/** One row. */
export function rowOf ({ id, verdict, because, runs }: DrillResult): string {
  const [only] = runs
  const did = only !== undefined && runs.length === 1 ? `  (${[only.did, only.reaction].filter(Boolean).join('; ')})` : ''
  return `${MARKS[verdict]} ${id.padEnd(WIDTH)} ${because}${did}`
}

/** Details of drills that did not pass, then the counts. `again` writes the command that runs one drill alone. */
export function closingLines (results: readonly DrillResult[], again: (id: string) => string): readonly string[] {
  const details = results.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'untested').flatMap(result => detailsOf(result, again))
  return [...details, '', sumOf(results)]
}

function detailsOf ({ armed, expected, runs, verdict }: DrillResult, again: (id: string) => string): readonly string[] {
  return runs.filter(run => run.verdict === verdict).flatMap((run: PartResult) => [
    '',
    `${MARKS[run.verdict]} ${run.id}`,
    `    armed:    ${armed}`,
    `    expected: ${expected}`,
    `    got:      ${run.because}`,
    ...run.did === '' ? [] : [`    client:   ${run.did}`],
    ...run.reaction === '' ? [] : [`    then:     ${run.reaction}`],
    `    see it:   ${again(run.id)}`,
    ...run.stderr.trim() === '' ? [] : [`    stderr:   ${lastLines(run.stderr).replaceAll('\n', '\n              ')}`]
  ])
}

const SHOWN_LINES = 20

/** Without control characters that move the cursor of a terminal. */
export const lastLines = (text: string): string =>
  text.trim().replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').split('\n').slice(-SHOWN_LINES).join('\n')

/** Such as `18 drills: 15 pass, 1 fail, 2 untested`. */
export function sumOf (results: readonly DrillResult[]): string {
  const verdicts = ['pass', 'risky', 'fail', 'error', 'untested'] as const
  const counts = verdicts.map(verdict => [results.filter(result => result.verdict === verdict).length, verdict] as const).filter(([count]) => count > 0)
  return `${results.length} drill${results.length === 1 ? '' : 's'}: ${counts.map(([count, verdict]) => `${count} ${verdict}`).join(', ')}`
}
