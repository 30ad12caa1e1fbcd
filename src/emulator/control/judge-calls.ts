/** Control calls of the judge. */
import type { JudgeReport } from '../judge/judge-report.ts'
import { mergeReports } from '../judge/merge-reports.ts'
import { judgeText, type JudgeFormat } from '../judge/write-report.ts'
import { defineCall, type CallContext } from './control-call.ts'
import { JUDGE_REPORT } from './judge-shapes.ts'

/** The report on the clients of a server and its sandboxes: as data, or in a format. */
export function judgedBy ({ server, sandboxes }: Pick<CallContext, 'server' | 'sandboxes'>) {
  const judge = (): JudgeReport => mergeReports(server.judge.report(), ...sandboxes?.judgements() ?? [])
  return {
    judge,
    judgeAs: (format: JudgeFormat): string => judgeText(format, judge(), { version: server.version, date: new Date() })
  }
}

const reportAs = (name: string, format: JudgeFormat, named: string, answerType: string) => defineCall({
  name,
  verb: 'GET',
  path: `/judge/${format}`,
  about: `The same report as ${named}.`,
  answerType,
  handle: context => judgedBy(context).judgeAs(format)
})

export const JUDGE_CALLS = [
  defineCall({
    name: 'getJudgeReport',
    verb: 'GET',
    path: '/judge',
    answer: JUDGE_REPORT,
    about: 'Reports what the client has done right and wrong since the start; the report of the main server includes its sandboxes.',
    handle: context => judgedBy(context).judge()
  }),
  reportAs('getJudgeReportAsHtml', 'html', 'a page', 'text/html; charset=utf-8'),
  reportAs('getJudgeReportAsJunit', 'junit', 'XML of JUnit', 'text/xml; charset=utf-8'),
  reportAs('getJudgeReportAsMarkdown', 'md', 'Markdown', 'text/markdown; charset=utf-8')
]
