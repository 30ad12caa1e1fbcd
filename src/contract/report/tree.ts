/** The report for a terminal: each area when it is complete, and the failures again at the end. */
import type { Judgement, Verdict } from '../check.ts'
import { linkTo } from '../../report/law-link.ts'
import { lawOf } from '../law/published-checks.ts'
import type { CheckResult, Results } from '../run/run.ts'
import { curlOf, redactor } from './exchange-text.ts'
import type { Outcome } from './outcome.ts'

const MARKS: Readonly<Record<Verdict, string>> = { off: ' ', pass: '✔', untested: '?', note: 'i', warn: '!', fail: '×', error: 'E' }

export interface TreeOptions {
  /** Lists each check, not only those that did not pass. */
  readonly isVerbose: boolean
}

/** The lines of one area. */
export function areaLines (area: string, checks: readonly CheckResult[], { isVerbose }: TreeOptions): readonly string[] {
  const played = checks.filter(({ verdict }) => verdict !== 'off')
  if (played.length === 0) return []
  const passed = played.filter(({ verdict }) => verdict === 'pass').length
  const shown = isVerbose ? played : played.filter(({ verdict }) => verdict !== 'pass')
  return [
    `${passed === played.length ? MARKS.pass : ' '} ${area}  ${passed === played.length ? `${passed}` : `${passed} of ${played.length}`}`,
    ...shown.map(({ check, verdict, judgements }) => `    ${MARKS[verdict]} ${check.id}${versionsOf(judgements, verdict)}  ${verdict === 'untested' || verdict === 'error' ? reasonOf(judgements, verdict) : check.about}`)
  ]
}

function versionsOf (judgements: readonly Judgement[], verdict: Verdict): string {
  const versions = judgements.filter(judgement => judgement.verdict === verdict).map(({ version }) => version)
  return versions.length === judgements.length ? '' : ` (${versions.join(', ')})`
}

const reasonOf = (judgements: readonly Judgement[], verdict: Verdict): string => judgements.find(judgement => judgement.verdict === verdict)?.got.split('\n')[0] ?? ''

/** Failures with everything needed to reproduce them, then the template of missing states, then the verdict. */
export function closingLines (results: Results, outcome: Outcome): readonly string[] {
  const redact = redactor(results.secrets)
  const lines: string[] = []
  for (const { check, verdict, judgements } of [...outcome.failures, ...results.checks.filter(({ verdict }) => verdict === 'error')]) {
    const judgement = judgements.find(each => each.verdict === verdict)
    if (judgement === undefined) continue
    const exchange = judgement.exchanges.at(-1)
    lines.push('', `${MARKS[verdict]} ${check.id} (${judgement.version}, ${check.level}, ${check.source})`, `    ${check.about}`)
    for (const id of lawOf(check.id)) lines.push(`    contract: ${linkTo(id)}`)
    if (judgement.expected !== '') lines.push(`    expected: ${redact(judgement.expected)}`)
    lines.push(`    got:      ${redact(judgement.got).replaceAll('\n', '\n              ')}`)
    if (exchange !== undefined) lines.push(`    see it:   ${curlOf(exchange, redact)}`)
  }
  for (const id of outcome.stale) lines.push('', `× ${id} is in the baseline but no longer fails: remove it from the file`)
  if (results.leftovers.length > 0) lines.push('', 'Not removed from the target:', ...results.leftovers.map(thing => `    ${redact(thing)}`))
  if (results.missed.size > 0) lines.push('', ...templateOf(results))
  const seconds = (results.milliseconds / 1000).toFixed(1)
  lines.push('', outcome.line, `${results.calls} requests, ${results.bytes} bytes, ${seconds} s`)
  return lines
}

/** What to add to the target file to have more tested. */
function templateOf ({ missed }: Results): readonly string[] {
  return [
    'States that could not be set up. Add them to the target file, with the commands for your server:', 'states:',
    ...[...missed].sort().map(state => `  ${state}: { run: '…', undo: '…' }   # or account: NAME, or request: 'PUT http://…'`)
  ]
}
