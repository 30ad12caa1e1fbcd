/** The report as one page that needs nothing else: a table for each area, a column for each version, the exchange of a failure folded below it. */
import type { Judgement, Verdict } from '../check.ts'
import type { CheckResult, Results } from '../run/run.ts'
import { lawOf } from '../law/published-checks.ts'
import { answerText, curlOf, redactor, requestText, type Redact } from './exchange-text.ts'
import { byArea, type Outcome } from './outcome.ts'

const SHOWN: Readonly<Record<Verdict, readonly [sign: string, word: string]>> = {
  off: ['', 'not judged'], pass: ['✓', 'pass'], untested: ['?', 'untested'], note: ['i', 'note'], warn: ['!', 'warn'], fail: ['✗', 'fail'], error: ['E', 'error']
}

const STYLE = `:root{color-scheme:light dark;--line:#ddd;--bg:#fff;--soft:#f6f6f6;--text:#1c1c1c;--dim:#666;--pass:#1b7f35;--fail:#b3261e;--warn:#8a5a00;--none:#666}
@media(prefers-color-scheme:dark){:root{--line:#3a3a3a;--bg:#161616;--soft:#202020;--text:#e8e8e8;--dim:#a0a0a0;--pass:#6fcf87;--fail:#ff8a80;--warn:#e6b450;--none:#a0a0a0}}
*{box-sizing:border-box}body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:70rem;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .4rem}code,pre{font:13px/1.45 ui-monospace,monospace}pre{background:var(--soft);padding:.6rem;overflow:auto;max-height:20rem;margin:.3rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
.verdict{font-size:1.15rem;margin:.6rem 0;padding:.6rem .8rem;border-left:.35rem solid var(--pass);background:var(--soft)}.verdict.is-red{border-color:var(--fail)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.8rem 0;color:var(--dim)}dd{margin:0;overflow-wrap:anywhere;color:var(--text)}
table{border-collapse:collapse;width:100%;table-layout:fixed}th+th{width:3.2rem;text-align:center}td,th{border-top:1px solid var(--line);padding:.25rem .5rem;text-align:left;vertical-align:top}th{font-weight:600;color:var(--dim)}
td.v{text-align:center;width:3.2rem;font-weight:700}.pass{color:var(--pass)}.fail,.error{color:var(--fail)}.warn,.note{color:var(--warn)}.untested,.off{color:var(--none)}
td:first-child{overflow-wrap:anywhere}.about{color:var(--dim)}details{margin:.3rem 0}summary{cursor:pointer}.bar{display:flex;height:.6rem;margin:.4rem 0 1rem}.bar span{display:block}
nav{display:flex;flex-wrap:wrap;gap:.2rem .8rem;margin:1rem 0}a{color:inherit}.tools{margin:1rem 0}@media(max-width:45rem){.about{display:block}}`

/** Works without a script; the script only hides what passed. */
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
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Contract report: ${text(implementation.name ?? rest)}</title><style>${STYLE}</style></head><body>
<h1>Contract report</h1>
<p class="verdict${outcome.exitCode === 0 ? '' : ' is-red'}">${text(outcome.line)}</p>
${barOf(outcome)}
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${text(redact(value))}</dd>`).join('')}</dl>
<nav>${areas.map(([area]) => `<a href="#${text(area)}">${text(area)}</a>`).join(' ')}</nav>
<p class="tools"><label><input type="checkbox" id="only"> Hide what passed</label></p>
${areas.map(([area, checks]) => areaTable(area, checks, versions, redact)).join('')}
<script>${SCRIPT}</script></body></html>
`
}

function barOf ({ counts }: Outcome): string {
  const parts = (['pass', 'untested', 'note', 'warn', 'fail', 'error'] as const).filter(verdict => counts[verdict] > 0)
  return `<div class="bar" aria-hidden="true">${parts.map(verdict => `<span class="${verdict}" style="flex:${counts[verdict]};background:currentColor"></span>`).join('')}</div>`
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

const text = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
