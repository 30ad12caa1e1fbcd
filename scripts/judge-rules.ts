/** Writes into docs/emulator.md the rules of the judge. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RULES } from '../src/emulator/judge/rules.ts'
import { linkTo } from '../src/report/law-link.ts'

const START = '<!-- rules: npm run readme -->\n'
const END = '<!-- end of rules -->'

/** The page with the table as it is now. */
export function withRules (page: string): string {
  const [before, rest] = page.split(START)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`docs/emulator.md: expected "${START.trim()}" and "${END}"`)
  const rows = Object.entries(RULES).map(([id, { level, about, law }]) =>
    [`\`${id}\``, level, about, law.map(sentence => `[${sentence}](${linkTo(sentence).replace(/^docs\//, '')})`).join(', ')])
  const lines = [['rule', 'level', 'broken when', 'contract'], ['---', '---', '---', '---'], ...rows]
  return before + START + lines.map(line => `| ${line.join(' | ')} |\n`).join('') + END + after
}

if (process.argv[1] === import.meta.filename) {
  const path = join(import.meta.dirname, '..', 'docs/emulator.md')
  writeFileSync(path, withRules(readFileSync(path, 'utf8')))
}
