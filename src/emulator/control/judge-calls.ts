/** The judge by control calls. */
import { judgeText, type JudgeFormat } from '../judge/write-report.ts'
import { defineCall } from './control-call.ts'

export const JUDGE = defineCall({
  verb: 'GET',
  path: '/judge',
  about: 'Reports what the client has done right and wrong since the start.',
  handle: ({ server }) => server.judge.report()
})

const reportAs = (format: JudgeFormat, answerType: string) => defineCall({
  verb: 'GET',
  path: `/judge/${format}`,
  about: `The same report as ${format === 'html' ? 'a page' : format === 'md' ? 'Markdown' : 'XML of JUnit'}.`,
  answerType,
  handle: ({ server }) => judgeText(format, server.judge.report(), { version: server.version, date: new Date() })
})

export const JUDGE_CALLS = [JUDGE, reportAs('html', 'text/html; charset=utf-8'), reportAs('junit', 'text/xml; charset=utf-8'), reportAs('md', 'text/markdown; charset=utf-8')]
