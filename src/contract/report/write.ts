/** Writes the requested reports. */
import { readFile, writeFile } from 'node:fs/promises'
import type { Results } from '../run/run.ts'
import { badgeReport, jsonReport, markdownReport } from './data.ts'
import { htmlReport } from './html.ts'
import { junitReport } from './junit.ts'
import type { Outcome } from './outcome.ts'

type Writer = (results: Results, outcome: Outcome, kit: string) => string

const WRITERS = {
  junit: results => junitReport(results),
  json: jsonReport,
  html: (results, outcome, kit) => htmlReport(results, outcome, kit, new Date()),
  md: markdownReport,
  badge: badgeReport
} as const satisfies Readonly<Record<string, Writer>>

export type ReportKind = keyof typeof WRITERS
export const REPORT_KINDS = Object.keys(WRITERS) as readonly ReportKind[]

export const isReportKind = (name: string): name is ReportKind => name in WRITERS

export const reportText = (kind: ReportKind, results: Results, outcome: Outcome, kit: string): string => WRITERS[kind](results, outcome, kit)

export async function writeReports (wanted: ReadonlyMap<ReportKind, string>, results: Results, outcome: Outcome, kit: string): Promise<void> {
  for (const [kind, path] of wanted) await writeFile(path, reportText(kind, results, outcome, kit))
}

/** Ids of known failures, one per line; `#` starts a comment. */
export async function readBaseline (path: string): Promise<ReadonlySet<string>> {
  const lines = (await readFile(path, 'utf8')).split('\n').map(line => line.replace(/#.*/, '').trim())
  return new Set(lines.filter(line => line !== ''))
}
