/** JUnit's XML, which build servers read: a test case for each check and version. */
import { escapeXml } from '../../xml.ts'
import type { Judgement } from '../check.ts'
import type { Results } from '../run/run.ts'
import { curlOf, redactor, type Redact } from './exchange-text.ts'
import { byArea } from './outcome.ts'

export function junitReport (results: Results): string {
  const redact = redactor(results.secrets)
  const suites = [...byArea(results.checks)].map(([area, checks]) => {
    const cases = checks.flatMap(({ judgements }) => judgements)
    if (cases.length === 0) return ''
    const count = (...verdicts: readonly string[]): number => cases.filter(({ verdict }) => verdicts.includes(verdict)).length
    const counts = `tests="${cases.length}" failures="${count('fail')}" errors="${count('error')}" skipped="${count('untested')}"`
    return `  <testsuite name="${escapeXml(area)}" ${counts}>\n${cases.map(each => caseOf(each, redact)).join('')}  </testsuite>\n`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escapeXml(`contract ${results.profile}`)}" time="${(results.milliseconds / 1000).toFixed(3)}">\n${suites.join('')}</testsuites>\n`
}

function caseOf ({ check, version, verdict, expected, got, exchanges }: Judgement, redact: Redact): string {
  const name = `name="${escapeXml(`${check.id} (${version})`)}" classname="${escapeXml(check.id.replace('/', '.'))}"`
  const inner = innerOf()
  return inner === '' ? `    <testcase ${name}/>\n` : `    <testcase ${name}>${inner}</testcase>\n`

  function innerOf (): string {
    const last = exchanges.at(-1)
    const detail = escapeXml(redact(`${check.about}\nexpected: ${expected}\ngot: ${got}`) + (last === undefined ? '' : `\n${curlOf(last, redact)}`))
    if (verdict === 'fail') return `<failure message="${escapeXml(redact(got))}">${detail}</failure>`
    if (verdict === 'error') return `<error message="${escapeXml(redact(got.split('\n')[0] ?? ''))}">${detail}</error>`
    if (verdict === 'untested') return `<skipped message="${escapeXml(redact(got))}"/>`
    return verdict === 'pass' ? '' : `<system-out>${escapeXml(verdict)}: ${detail}</system-out>`
  }
}
