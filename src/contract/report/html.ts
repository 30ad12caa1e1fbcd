/** The report as one self-contained page: a table for each area, a column for each version, the exchanges of a failure folded below it. */
import type { Judgement, Verdict } from '../check.ts'
import type { CheckResult, Results } from '../run/run.ts'
import { escapeHtml as text, factList, htmlPage, partsBar } from '../../report/html-page.ts'
import { lawOf } from '../law/published-checks.ts'
import { answerText, curlOf, redactor, requestText, type Redact } from './exchange-text.ts'
import { byArea, type Outcome } from './outcome.ts'

const SHOWN: Readonly<Record<Verdict, readonly [sign: string, word: string]>> = {
  off: ['', 'not judged'], pass: ['✓', 'pass'], untested: ['?', 'untested'], note: ['i', 'note'], warn: ['!', 'warn'], fail: ['✗', 'fail'], error: ['E', 'error']
}

/** The page works without scripts; this one only hides passed checks. */
const SCRIPT = 'document.getElementById("only").addEventListener("change",e=>{for(const r of document.querySelectorAll("tr[data-v=pass]"))r.hidden=e.target.checked})'

export function htmlReport (results: Results, outcome: Outcome, kit: string, date: Date): string {
  const redact = redactor(results.secrets)
  const { target: { rest, implementation, versions }, profile, milliseconds, calls, missed } = results
  const areas = [...byArea(results.checks)].map(([area, checks]) => [area, checks.filter(({ verdict }) => verdict !== 'off')] as const).filter(([, checks]) => checks.length > 0)
  const facts: ReadonlyArray<readonly [string, string]> = [
    ['Target', rest], ['Implementation', [implementation.name, implementation.version, implementation.url].filter(Boolean).join(' ') || '–'],
    ['Profile', `${profile}, versions ${versions.join(', ')}`], ['Kit', kit], ['Run', `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC, ${calls} requests, ${(milliseconds / 1000).toFixed(1)} s`],
    ['States missing', [...missed].sort().join(', ') || 'none']
  ]
  const bar = (['pass', 'untested', 'note', 'warn', 'fail', 'error'] as const).map(verdict => [verdict, outcome.counts[verdict]] as const)
  return htmlPage(`Contract report: ${implementation.name ?? rest}`, `<h1>Contract report</h1>
<p class="verdict${outcome.exitCode === 0 ? '' : ' is-red'}">${text(outcome.line)}</p>
${partsBar(bar)}
${factList(facts.map(([name, value]) => [name, redact(value)]))}
<nav>${areas.map(([area]) => `<a href="#${text(area)}">${text(area)}</a>`).join(' ')}</nav>
<p class="tools"><label><input type="checkbox" id="only"> Hide what passed</label></p>
${areas.map(([area, checks]) => areaTable(area, checks, versions, redact)).join('')}
<script>${SCRIPT}</script>`)
}

function areaTable (area: string, checks: readonly CheckResult[], versions: readonly string[], redact: Redact): string {
  const passed = checks.filter(({ verdict }) => verdict === 'pass').length
  return `<h2 id="${text(area)}">${text(area)} <span class="about">${passed} of ${checks.length}</span></h2>
<table><thead><tr><th>check</th>${versions.map(version => `<th>${version}</th>`).join('')}</tr></thead><tbody>
${checks.map(result => rowOf(result, versions, redact)).join('')}</tbody></table>
`
}

function rowOf ({ check, verdict, judgements }: CheckResult, versions: readonly string[], redact: Redact): string {
  const cells = versions.map(version => {
    const each = judgements.find(judgement => judgement.version === version)?.verdict ?? 'off'
    const [sign, word] = SHOWN[each]
    return `<td class="v ${each}" title="${word}">${sign}${sign === '' ? '' : `<span hidden> ${word}</span>`}</td>`
  })
  const law = lawOf(check.id)
  const worst = judgements.filter(judgement => judgement.verdict === verdict && verdict !== 'pass').slice(0, 1)
  return `<tr data-v="${verdict}"><td><code>${text(check.id)}</code> <span class="about">${text(check.about)} (${check.level}, ${check.source}${law.length > 0 ? `: ${text(law.join(', '))}` : ''})</span>${worst.map(judgement => detailsOf(judgement, redact)).join('')}</td>${cells.join('')}</tr>\n`
}

function detailsOf ({ version, verdict, expected, got, exchanges }: Judgement, redact: Redact): string {
  const said = verdict === 'untested' || verdict === 'error' ? text(redact(got)) : `${version}: expected ${text(redact(expected))}; got <strong>${text(redact(got))}</strong>`
  const shown = exchanges.map(exchange => `<pre>${text(requestText(exchange, redact))}</pre><pre>${text(answerText(exchange, redact))}</pre><pre>${text(curlOf(exchange, redact))}</pre>`)
  return `<details><summary class="${verdict}">${said}</summary>${shown.join('<hr>')}</details>`
}
