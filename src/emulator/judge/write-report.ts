/** Writes the report of the judge as a file. */
import { extname } from 'node:path'
import { junitXml, type JunitCase } from '../../report/junit.ts'
import { linkTo } from '../../report/law-link.ts'
import { inlineCode } from '../../report/markdown.ts'
import { describeSteps } from './after-codes.ts'
import { exchangeLine } from './exchange-line.ts'
import { htmlReport } from './html-report.ts'
import type { Finding, JudgeReport } from './judge-report.ts'
import { countsLine } from './counts-line.ts'

export interface ReportFacts {
  /** Of the program. */
  readonly version: string
  readonly date: Date
}

type Writer = (report: JudgeReport, facts: ReportFacts) => string

const WRITERS = {
  html: htmlReport,
  json: (report, { version, date }) => JSON.stringify({ emulator: version, date: date.toISOString(), verdict: countsLine(report), ...report }, null, 2) + '\n',
  junit: report => junitReport(report),
  md: report => markdownReport(report)
} as const satisfies Readonly<Record<string, Writer>>

export type JudgeFormat = keyof typeof WRITERS

const ENDINGS: Readonly<Record<string, JudgeFormat>> = { '.html': 'html', '.json': 'json', '.xml': 'junit', '.junit': 'junit', '.md': 'md' }

/** The format of a file, by its extension; undefined for another extension. */
export const judgeFormatOf = (file: string): JudgeFormat | undefined => ENDINGS[extname(file).toLowerCase()]

export const judgeText = (format: JudgeFormat, report: JudgeReport, facts: ReportFacts): string => WRITERS[format](report, facts)

/** A case for each rule: wrong is a failure; risky and notes are the output of a passed case. */
function junitReport ({ rules, findings, milliseconds }: JudgeReport): string {
  const areas = [...new Set(rules.map(({ id }) => id.split('/')[0] ?? ''))]
  return junitXml('client', milliseconds, areas.map(area => ({
    name: area,
    cases: rules.filter(({ id }) => id.startsWith(`${area}/`)).map(({ id, about, level }): JunitCase => {
      const finding = findings.find(({ rule }) => rule === id)
      const named = { name: `${id}: ${about}`, className: area }
      return finding === undefined ? named : { ...named, outcome: { kind: level === 'wrong' ? 'failure' : 'output', message: level === 'wrong' ? finding.sentences[0] ?? about : level, detail: detailOf(finding) } }
    })
  })))
}

const detailOf = ({ about, times, sentences, law, exchanges }: Finding): string => [
  `${about} (${times} times)`, ...sentences, ...law.map(sentence => `contract: ${linkTo(sentence)}`), ...exchanges.map(exchangeLine)
].join('\n')

function markdownReport (report: JudgeReport): string {
  const { findings, methods, parameters, uploadFields, versions, codes } = report
  const found = findings.map(({ rule, level, about, times, sentences, law }) =>
    `- **${level}** \`${rule}\`${times === 1 ? '' : ` (${times} times)`}: ${about}. ${inlineCode(sentences[0] ?? '')} (${law.map(sentence => `[${sentence}](${linkTo(sentence)})`).join(', ')})\n`)
  const rows = codes.each.map(code => `| ${code.code} | ${code.byState} | ${code.byFault} | ${describeSteps(code)} |\n`)
  return `**${countsLine(report)}**\n\n${found.length === 0 ? '' : `${found.join('')}\n`}| methods | parameters | upload fields | codes | versions |\n|---|---|---|---|---|\n` +
    `| ${[methods, parameters, uploadFields, codes].map(({ used, all }) => `${used} of ${all}`).join(' | ')} | ${Object.entries(versions).map(([version, calls]) => `${inlineCode(version)} ${calls}`).join(', ')} |\n` +
    (rows.length === 0 ? '' : `\n| code | by the server | by a fault | what came next |\n|--:|--:|--:|---|\n${rows.join('')}`)
}
