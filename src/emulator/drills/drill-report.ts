/** The results of drills as a file. */
import { escapeHtml as text, factList, htmlPage, partsBar } from '../../report/html-page.ts'
import { junitXml, type JunitCase } from '../../report/junit.ts'
import { inlineCode } from '../../report/markdown.ts'
import type { JudgeFormat } from '../judge/write-report.ts'
import type { DrillVerdict } from './drill.ts'
import { lastLines, sumOf } from './drill-lines.ts'
import type { DrillResult, PartResult } from './run-drills.ts'

/** Further facts in a report. */
export interface DrillFacts {
  /** The client's command, quoted for a shell. */
  readonly command: string
  /** Of Respace. */
  readonly version: string
  readonly date: Date
  readonly milliseconds: number
  readonly exitCode: number
  /** The command that runs a drill alone. */
  again (id: string): string
}

type Writer = (results: readonly DrillResult[], facts: DrillFacts) => string

const WRITERS: Readonly<Record<JudgeFormat, Writer>> = { html: htmlReport, json: jsonReport, junit: junitReport, md: markdownReport }

export const drillText = (format: JudgeFormat, results: readonly DrillResult[], facts: DrillFacts): string => WRITERS[format](results, facts)

function jsonReport (results: readonly DrillResult[], { command, version, date, milliseconds, exitCode, again }: DrillFacts): string {
  return JSON.stringify({
    emulator: version,
    date: date.toISOString(),
    command,
    milliseconds: Math.round(milliseconds),
    verdict: sumOf(results),
    exitCode,
    drills: results.map(({ runs, ...result }) => ({ ...result, runs: runs.map(run => ({ ...run, milliseconds: Math.round(run.milliseconds), stderr: lastLines(run.stderr), again: again(run.id) })) }))
  }, null, 2) + '\n'
}

const KINDS = { untested: 'skipped', risky: 'output', fail: 'failure', error: 'error' } as const

/** A case for each drill: risky is the output of a passed case. */
function junitReport (results: readonly DrillResult[], facts: DrillFacts): string {
  const cases = results.map((result): JunitCase => {
    const { id, verdict, because, expected } = result
    const named = { name: id, className: 'drill' }
    return verdict === 'pass'
      ? named
      : { ...named, outcome: { kind: KINDS[verdict], message: because, detail: [`expected: ${expected}`, ...worstRuns(result).map(run => detailOf(run, facts))].join('\n') } }
  })
  return junitXml('drills', facts.milliseconds, [{ name: 'drill', cases }])
}

/** The runs with the drill's verdict. */
const worstRuns = ({ runs, verdict }: DrillResult): readonly PartResult[] => runs.filter(run => run.verdict === verdict)

const detailOf = ({ id, because, did, reaction, stderr }: PartResult, { again }: DrillFacts): string =>
  [`got: ${because}`, `client: ${did}`, `then: ${reaction}`, `see it: ${again(id)}`, lastLines(stderr)].filter(line => !/^(?:\w+: )?$/.test(line)).join('\n')

function markdownReport (results: readonly DrillResult[], { again }: DrillFacts): string {
  const rows = results.map(({ id, expected, verdict, because, runs }) =>
    `| \`${id}\` | ${cell(expected)} | ${cell(runs.length === 1 ? runs[0]?.did ?? '' : runs.length === 0 ? '' : `${runs.length} runs`)} | ${verdict} | ${cell(because)} |\n`)
  const failures = results.filter(({ verdict }) => verdict === 'fail' || verdict === 'error').flatMap(worstRuns).map(({ id, because }) => `- \`${id}\`: ${inlineCode(because)}. See it: ${inlineCode(again(id))}\n`)
  return `**${sumOf(results)}**\n\n| drill | expected | the client | verdict | why |\n|---|---|---|---|---|\n${rows.join('')}${failures.length === 0 ? '' : `\n${failures.join('')}`}`
}

/** Text in a table cell, which may contain output of the client. */
const cell = (value: string): string => text(value).replaceAll('|', '\\|').replaceAll('`', "'").replaceAll('\n', ' ')

/** The CSS classes. */
const CLASSES: Readonly<Record<DrillVerdict, string>> = { pass: 'pass', untested: 'untested', risky: 'warn', fail: 'fail', error: 'error' }

function htmlReport (results: readonly DrillResult[], facts: DrillFacts): string {
  const { command, version, date, milliseconds, exitCode } = facts
  const verdicts = ['pass', 'untested', 'risky', 'fail', 'error'] as const
  return htmlPage('Drills', `<h1>Drills</h1>
<p class="verdict${exitCode === 0 ? '' : ' is-red'}">${text(sumOf(results))}</p>
${partsBar(verdicts.map(verdict => [CLASSES[verdict], results.filter(result => result.verdict === verdict).length]))}
${factList([['Client', command], ['Emulator', version], ['Run', `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC, ${(milliseconds / 1000).toFixed(1)} s`]])}
<table><tbody>
${results.map(result => htmlRow(result, facts)).join('')}</tbody></table>
`)
}

function htmlRow (result: DrillResult, facts: DrillFacts): string {
  const { id, armed, expected, verdict, because, runs } = result
  const name = CLASSES[verdict]
  const shown = verdict === 'pass' ? runs : worstRuns(result)
  const details = shown.map(run => `<pre>${text(detailOf(run, facts))}</pre>`).join('')
  const said = `<strong class="${name}">${verdict}</strong>: ${text(because)}`
  return `<tr data-v="${name}"><td><code>${id}</code> <span class="about">armed: ${text(armed)}; expected: ${text(expected)}</span>` +
    `${details === '' ? `<p>${said}</p>` : `<details${verdict === 'fail' || verdict === 'error' ? ' open' : ''}><summary>${said}</summary>${details}</details>`}</td></tr>\n`
}
