/** The report as one self-contained page. */
import { escapeHtml, factList, htmlPage, partsBar } from '../../report/html-page.ts'
import { linkTo } from '../../report/law-link.ts'
import { STEP_NAMES } from './after-codes.ts'
import { countsLine } from './counts-line.ts'
import { exchangeLine } from './exchange-line.ts'
import { NEXT_STEPS, type Finding, type JudgeReport } from './judge-report.ts'
import type { Level } from './rules.ts'

/** The CSS class and the sign of each level. */
const SHOWN: Readonly<Record<Level, readonly [className: string, sign: string]>> = { wrong: ['fail', '✗'], risky: ['warn', '!'], note: ['untested', 'i'] }

export function htmlReport (report: JudgeReport, { version, date }: { readonly version: string, readonly date: Date }): string {
  const { findings, rules, methods, parameters, uploadFields, versions, codes, counts, exchanges, milliseconds } = report
  const of = ({ used, all }: { readonly used: number, readonly all: number }): string => `${used} of ${all}`
  const bar = [['pass', rules.length - findings.length], ['untested', counts.note], ['warn', counts.risky], ['fail', counts.wrong]] as const
  return htmlPage('Report on a client', `<h1>Report on a client</h1>
<p class="verdict${counts.wrong === 0 ? '' : ' is-red'}">${escapeHtml(countsLine(report))}</p>
${partsBar(bar)}
${factList([
  ['Methods', of(methods)], ['Parameters', of(parameters)], ['Upload fields', of(uploadFields)], ['Error codes received', of(codes)],
  ['Versions', Object.entries(versions).map(([name, calls]) => `${name} (${calls} ${calls === 1 ? 'call' : 'calls'})`).join(', ') || '–'],
  ['Run', `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC, ${exchanges} exchanges in ${(milliseconds / 1000).toFixed(1)} s, Respace ${version}`]
])}
<nav><a href="#findings">Findings</a> <a href="#codes">Codes</a> <a href="#methods">Methods</a> <a href="#fields">Upload fields</a> <a href="#kept">Rules that were kept</a></nav>
<h2 id="findings">Findings</h2>
${findings.length === 0 ? '<p>No rule was broken.</p>' : findingsTable(findings)}
<h2 id="codes">Codes <span class="about">${of(codes)}, and what came next</span></h2>
${codes.each.length === 0 ? '<p>No call failed.</p>' : codesTable(report)}
<h2 id="methods">Methods <span class="about">${of(methods)}</span></h2>
${methodsTable(report)}
<h2 id="fields">Upload fields <span class="about">${of(uploadFields)}</span></h2>
<p>${uploadFields.each.map(code).join(' ') || 'none'}${uploadFields.unused.length === 0 ? '' : ` <span class="about">not used: ${uploadFields.unused.map(code).join(' ')}</span>`}</p>
<h2 id="kept">Rules that were kept <span class="about">${rules.length - findings.length} of ${rules.length}, where they came up</span></h2>
<table><tbody>${rules.filter(({ broken }) => broken === 0).map(({ id, about, level }) => `<tr><td>${code(id)} <span class="about">${escapeHtml(about)} (${level})</span></td></tr>\n`).join('')}</tbody></table>`)
}

const code = (text: string): string => `<code>${escapeHtml(text)}</code>`

const lawLinks = (law: readonly string[]): string => law.map(sentence => `<a href="${escapeHtml(linkTo(sentence))}">${escapeHtml(sentence)}</a>`).join(', ')

function findingsTable (findings: readonly Finding[]): string {
  const rows = findings.map(({ rule, level, about, law, times, sentences, exchanges }, i) => {
    const [className, sign] = SHOWN[level]
    return `<tr><td>${code(rule)} <span class="about">${escapeHtml(about)} (${lawLinks(law)})</span>
<details${i === 0 ? ' open' : ''}><summary class="${className}">${escapeHtml(sentences[0] ?? '')}</summary>${sentences.slice(1).map(sentence => `<p>${escapeHtml(sentence)}</p>`).join('')}${exchanges.map(entry => `<pre>${escapeHtml(exchangeLine(entry))}</pre>`).join('')}</details></td>
<td class="v ${className}">${sign}<br><span>${level}</span></td><td class="v">${times}</td></tr>\n`
  })
  return `<table class="wide"><thead><tr><th>rule</th><th>level</th><th>times</th></tr></thead><tbody>\n${rows.join('')}</tbody></table>`
}

function codesTable ({ codes }: JudgeReport): string {
  const rows = codes.each.map(met =>
    `<tr><td>${code(String(met.code))} <span class="about">${escapeHtml(met.text)}</span></td>${[met.byState, met.byFault, ...NEXT_STEPS.map(step => met.next[step])].map(count => `<td class="v">${count === 0 ? '' : count}</td>`).join('')}</tr>\n`)
  return `<table class="wide"><thead><tr><th>code</th><th>by the server</th><th>by a fault</th>${NEXT_STEPS.map(step => `<th>${STEP_NAMES[step]}</th>`).join('')}</tr></thead><tbody>\n${rows.join('')}</tbody></table>`
}

function methodsTable ({ methods: { each } }: JudgeReport): string {
  const rows = each.map(({ method, calls, used, unused }) =>
    `<tr><td>${code(method)} ${used.map(code).join(' ')}${calls === 0 || unused.length === 0 ? '' : ` <span class="about">not used: ${unused.map(code).join(' ')}</span>`}</td><td class="v${calls === 0 ? ' untested' : ''}">${calls}</td></tr>\n`)
  return `<table><thead><tr><th>method, and its parameters</th><th>calls</th></tr></thead><tbody>\n${rows.join('')}</tbody></table>`
}
