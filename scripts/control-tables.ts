/** Writes into docs/emulator.md the control calls with what they take and answer, from their declarations. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CALLS } from '../src/emulator/control/calls.ts'
import { writeCalls } from '../src/emulator/control/write-shape.ts'

const START = '<!-- calls: npm run readme -->\n'
const END = '<!-- end of calls -->'

/** The page with the tables as they are now. */
export function withCalls (page: string): string {
  const [before, rest] = page.split(START)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`docs/emulator.md: expected "${START.trim()}" and "${END}"`)
  const { calls, shapes } = writeCalls(CALLS)
  return before + START +
    table(['call', 'body', 'answer'], calls.map(({ call, body, answer }) => [code(call), code(body), code(answer)])) + '\n' +
    table(['shape', 'members'], shapes.map(([name, shape]) => [code(name), code(shape)])) + END + after
}

const code = (text: string): string => text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``

const table = (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |\n`).join('')

if (process.argv[1] === import.meta.filename) {
  const path = join(import.meta.dirname, '..', 'docs/emulator.md')
  writeFileSync(path, withCalls(readFileSync(path, 'utf8')))
}
