/** The shape of the judge's report. */
import type { JudgeReport } from '../judge/judge-report.ts'
import { LEVELS, RULES, type RuleId } from '../judge/rules.ts'
import { ENTRY } from './journal-shapes.ts'
import { about, list, map, number, object, oneOf, text, whole, type Shape } from './answer-shape.ts'

const RULE_ID = oneOf(...Object.keys(RULES) as RuleId[])
const LEVEL = oneOf(...LEVELS)
const LAW = about('Ids of sentences of the contract.', list(text))

/** How many of all were used. */
const COVERAGE = { used: whole, all: whole }

export const JUDGE_REPORT: Shape<JudgeReport> = object({
  exchanges: whole,
  milliseconds: number,
  counts: object({ wrong: whole, risky: whole, note: whole }),
  findings: list(object({ rule: RULE_ID, level: LEVEL, about: text, law: LAW, times: whole, sentences: list(text), exchanges: list(ENTRY) }, 'Finding')),
  rules: list(object({ id: RULE_ID, level: LEVEL, about: text, law: LAW, broken: whole }, 'JudgedRule')),
  methods: object({ ...COVERAGE, each: list(object({ method: text, calls: whole, used: list(text), unused: list(text) })) }),
  parameters: object(COVERAGE),
  uploadFields: object({ ...COVERAGE, each: list(text), unused: list(text) }),
  versions: about('Calls by the version that they requested.', map(whole)),
  codes: object({
    ...COVERAGE,
    each: list(object({ code: whole, text, byState: whole, byFault: whole, next: object({ triedAgain: whole, loggedIn: whole, wentOn: whole, gaveUp: whole }) }, 'MetCode'))
  })
}, 'JudgeReport')
