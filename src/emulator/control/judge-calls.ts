/** The judge by control calls. */
import type { JudgeReport } from '../judge/judge-report.ts'
import { mergeReports } from '../judge/merge-reports.ts'
import { judgeText, type JudgeFormat } from '../judge/write-report.ts'
import { defineCall, type CallContext } from './control-call.ts'

export function reportOf ({ server, sandboxes }: Pick<CallContext, 'server' | 'sandboxes'>): JudgeReport {
  return mergeReports(server.judge.report(), ...sandboxes?.judgements() ?? [])
}

export const JUDGE = defineCall({
  verb: 'GET',
  path: '/judge',
  about: 'Reports what the client has done right and wrong since the start; that of the main server has its sandboxes in it.',
  handle: reportOf
})

const reportAs = (format: JudgeFormat, answerType: string) => defineCall({
  verb: 'GET',
  path: `/judge/${format}`,
  about: `The same report as ${format === 'html' ? 'a page' : format === 'md' ? 'Markdown' : 'XML of JUnit'}.`,
  answerType,
  handle: context => judgeText(format, reportOf(context), { version: context.server.version, date: new Date() })
})

export const JUDGE_CALLS = [JUDGE, reportAs('html', 'text/html; charset=utf-8'), reportAs('junit', 'text/xml; charset=utf-8'), reportAs('md', 'text/markdown; charset=utf-8')]
