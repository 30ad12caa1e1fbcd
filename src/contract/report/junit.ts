/** JUnit XML, which build servers read: a test case for each check and version. */
import { junitXml, type JunitCase } from '../../report/junit.ts'
import type { Judgement, Verdict } from '../check.ts'
import type { Results } from '../run/run.ts'
import { curlOf, redactor, type Redact } from './exchange-text.ts'
import { byArea } from './outcome.ts'

export function junitReport (results: Results): string {
  const redact = redactor(results.secrets)
  const suites = [...byArea(results.checks)].map(([name, checks]) => ({ name, cases: checks.flatMap(({ judgements }) => judgements).map(each => caseOf(each, redact)) }))
  return junitXml(`contract ${results.profile}`, results.milliseconds, suites)
}

const KINDS: Readonly<Partial<Record<Verdict, 'failure' | 'error' | 'skipped'>>> = { fail: 'failure', error: 'error', untested: 'skipped' }

function caseOf ({ check, version, verdict, expected, got, exchanges }: Judgement, redact: Redact): JunitCase {
  const named = { name: `${check.id} (${version})`, className: check.id.replace('/', '.') }
  if (verdict === 'pass') return named
  const last = exchanges.at(-1)
  const detail = redact(`${check.about}\nexpected: ${expected}\ngot: ${got}`) + (last === undefined ? '' : `\n${curlOf(last, redact)}`)
  const kind = KINDS[verdict] ?? 'output'
  const message = kind === 'output' ? verdict : kind === 'error' ? redact(got.split('\n')[0] ?? '') : redact(got)
  return { ...named, outcome: { kind, message, detail } }
}
