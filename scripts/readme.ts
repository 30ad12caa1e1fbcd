/**
 * Writes the settings into `docs/settings.md`, between its marks, from the one table in `src/config.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { flagOf, SETTINGS, variableOf } from '../src/config.ts'

const START = '<!-- settings: npm run readme -->\n'
const END = '<!-- end of settings -->'

/** That page with the current settings. */
export function withSettings (page: string): string {
  const [before, rest] = page.split(START)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`docs/settings.md: expected "${START.trim()}" and "${END}"`)
  return before + START + settingsTable() + END + after
}

function settingsTable (): string {
  const rows = Object.entries(SETTINGS).map(([name, { kind, fallback, about, isSecret }]) => {
    const written = isSecret ? `\`${variableOf(name)}\`` : `\`${flagOf(name)}\`<br>\`${variableOf(name)}\``
    return [written, cell(kind.name), fallback === '' ? '' : `\`${fallback}\``, cell(about)]
  })
  const lines = [['setting', 'kind', 'default', 'what it is for'], ['---', '---', '---', '---'], ...rows]
  return lines.map(line => `| ${line.join(' | ')} |\n`).join('')
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

if (process.argv[1] === import.meta.filename) {
  const path = join(import.meta.dirname, '../docs/settings.md')
  writeFileSync(path, withSettings(readFileSync(path, 'utf8')))
}
