/** The report as data, and as Markdown for the summary of a build. */
import { inlineCode } from '../../report/markdown.ts'
import type { Judgement } from '../check.ts'
import type { Results } from '../run/run.ts'
import { lawOf } from '../law/published-checks.ts'
import { answerText, curlOf, redactor, requestText } from './exchange-text.ts'
import { byArea, type Outcome } from './outcome.ts'

/** Contains exchanges only for checks that did not pass. */
export function jsonReport (results: Results, outcome: Outcome, kit: string): string {
  const redact = redactor(results.secrets)
  const judgementOf = ({ version, verdict, expected, got, exchanges }: Judgement) => verdict === 'pass'
    ? { version, verdict }
    : {
        version,
        verdict,
        expected: redact(expected),
        got: redact(got),
        exchanges: exchanges.map(exchange => ({ curl: curlOf(exchange, redact), request: requestText(exchange, redact), answer: answerText(exchange, redact) }))
      }
  const { target: { rest, implementation, versions }, profile, isStrict, checks, missed, calls, bytes, milliseconds, leftovers } = results
  return JSON.stringify({
    kit,
    target: { rest, implementation, versions },
    profile,
    isStrict,
    verdict: outcome.line,
    exitCode: outcome.exitCode,
    counts: outcome.counts,
    known: outcome.known.map(({ check }) => check.id),
    stale: outcome.stale,
    missedStates: [...missed].sort(),
    requests: calls,
    bytes,
    milliseconds: Math.round(milliseconds),
    leftovers: leftovers.map(redact),
    checks: checks.filter(({ verdict }) => verdict !== 'off').map(({ check: { id, about, level, source }, verdict, judgements }) =>
      ({ id, about, level, source, contract: lawOf(id), verdict, versions: judgements.map(judgementOf) }))
  }, null, 2) + '\n'
}

export function markdownReport (results: Results, outcome: Outcome): string {
  const redact = redactor(results.secrets)
  const rows = [...byArea(results.checks)].map(([area, checks]) => {
    const count = (...verdicts: readonly string[]): number => checks.filter(({ verdict }) => verdicts.includes(verdict)).length
    return { area, played: checks.length - count('off'), cells: [count('pass'), count('fail', 'error'), count('warn', 'note'), count('untested')] }
  }).filter(({ played }) => played > 0)
  const failures = outcome.failures.map(({ check, judgements, verdict }) => {
    const judgement = judgements.find(each => each.verdict === verdict)
    return `- \`${check.id}\` (${judgement?.version ?? ''}): ${check.about}. Expected ${inlineCode(redact(judgement?.expected ?? ''))}, got ${inlineCode(redact(judgement?.got ?? ''))}\n`
  })
  return `**${outcome.line}**\n\n| area | pass | fail | warn | untested |\n|---|--:|--:|--:|--:|\n` +
    rows.map(({ area, cells }) => `| ${area} | ${cells.map(cell => cell === 0 ? '' : cell).join(' | ')} |\n`).join('') +
    (failures.length === 0 ? '' : `\n${failures.join('')}`)
}

/** An SVG with two halves, 20 pixels high. */
export function badgeReport ({ profile }: Results, { counts, exitCode }: Outcome): string {
  const [word, colour] = exitCode === 0 ? [`${counts.pass} pass${counts.untested > 0 ? `, ${counts.untested} untested` : ''}`, counts.untested > 0 ? '#997700' : '#2e7d32'] : [`${counts.fail + counts.error} fail`, '#b71c1c']
  const label = `sendspace API ${profile}`
  const width = (text: string): number => Math.round(text.length * 6.5) + 12
  const [left, right] = [width(label), width(word)]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${label}: ${word}"><title>${label}: ${word}</title>` +
    `<rect width="${left}" height="20" fill="#444"/><rect x="${left}" width="${right}" height="20" fill="${colour}"/>` +
    `<g fill="#fff" font-family="Verdana,sans-serif" font-size="11" text-anchor="middle"><text x="${left / 2}" y="14">${label}</text><text x="${left + right / 2}" y="14">${word}</text></g></svg>\n`
}
