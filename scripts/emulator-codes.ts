/** Writes into docs/emulator.md how each of the 33 errors is brought about: the table that its test goes through. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS } from '../src/api/errors.ts'

const START = '<!-- codes: npm run readme -->\n'
const END = '<!-- end of codes -->'

/** One way to an error: the state that brings it about, and a call that meets it. */
export interface ErrorRecipe {
  readonly code: number
  /** Whose session it is, of the demo accounts; not given: demo. */
  readonly user?: string
  /** A control call before it: verb, path and body. */
  readonly control?: string
  /** A method and its parameters; `session_key` of the user goes without saying. Capitals stand for what the test has. */
  readonly call: string
  readonly header?: string
  /** What else must be so. */
  readonly note?: string
}

export const WAYS: readonly ErrorRecipe[] = [
  { code: 1, call: 'method= api_key=RESPACE001' },
  { code: 2, call: 'files.destroy' },
  { code: 3, call: 'folders.getAll session_key=' },
  { code: 4, call: 'files.getInfo' },
  { code: 5, call: 'auth.createToken api_key=RESPACE001 api_version=9.9' },
  { code: 6, control: 'POST /sessions/KEY/expire', call: 'folders.getAll' },
  { code: 7, call: 'folders.getAll session_key=TOKEN' },
  { code: 8, call: 'auth.login token=TOKEN user_name=demo tokened_password=wrong' },
  { code: 9, call: 'files.getInfo file_id=zzzzzz' },
  { code: 10, call: 'folders.getInfo folder_id=zzzzzz' },
  { code: 11, user: 'noupload', call: 'upload.getInfo' },
  { code: 12, control: 'PATCH /system {"downloads":"temp_error"}', call: 'download.getInfo file_id=HELLO' },
  { code: 13, control: 'PATCH /system {"uploads":"temp_error"}', call: 'upload.getInfo' },
  { code: 14, call: 'folders.delete folder_id=HOLIDAY', note: 'in a session of version 1.0: later versions delete it with all that is in it' },
  { code: 15, control: 'PATCH /system {"maintenance":true}', call: 'folders.getAll' },
  { code: 16, call: 'folders.getInfo folder_id=?' },
  { code: 17, user: 'httpsno', call: 'folders.getAll', header: 'X-Forwarded-Proto: https' },
  { code: 18, control: 'PATCH /system {"apiKeys":["OTHER00001"]}', call: 'auth.createToken api_key=RESPACE001 api_version=1.0' },
  { code: 19, user: 'expired', call: 'upload.getInfo' },
  { code: 20, user: 'diskfull', call: 'upload.getInfo' },
  { code: 21, call: 'upload.getInfo speed_limit=-1' },
  { code: 22, call: 'download.getInfo file_id=SECRET' },
  { code: 23, user: 'bwout', call: 'download.getInfo file_id=HELLO' },
  { code: 24, call: 'addressbook.add email=nobody' },
  { code: 25, control: 'PATCH /system {"minAppVersion":"2.0"}', call: 'auth.createToken api_key=RESPACE001 api_version=1.0 app_version=1.9' },
  { code: 26, call: 'files.getInfo file_id=http://example.org/file/abc123' },
  { code: 27, call: 'auth.register api_key=RESPACE001 user_name=x full_name=Somebody email=new@example.org' },
  { code: 28, call: 'addressbook.add email=friend@example.org' },
  { code: 29, call: 'addressbook.update email=nobody@example.org' },
  { code: 30, user: 'onesession', call: 'auth.login token=TOKEN user_name=onesession tokened_password=RIGHT' },
  { code: 31, call: 'folders.move folder_id=HOLIDAY parent_folder_id=HOLIDAY' },
  { code: 32, user: 'contactsfull', call: 'addressbook.add email=new@example.org' },
  { code: 33, user: 'lite', call: 'folders.getShared folder_id=DOCUMENTS' }
]

/** The rule that answers the same without any of it; where the way is a call that is none, another method stands in. */
export function faultFor ({ code, call }: ErrorRecipe): { readonly match: { readonly method: string }, readonly answer: { readonly error: number } } {
  const [method = ''] = call.split(' ')
  return { match: { method: code <= 2 ? 'files.getInfo' : method }, answer: { error: code } }
}

/** The page with the table as it is now. */
export function withCodes (page: string): string {
  const [before, rest] = page.split(START)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`docs/emulator.md: expected "${START.trim()}" and "${END}"`)
  return before + START + codesTable() + END + after
}

function codesTable (): string {
  const texts = new Map<number, string>(Object.values(ERRORS).map(({ code, text }) => [code, text]))
  const rows = WAYS.map(way => {
    const steps = [way.control && `\`${way.control}\``, way.user && `as \`${way.user}\``, way.header && `with the header \`${way.header}\``, `\`${way.call}\``, way.note]
    return [String(way.code), texts.get(way.code) || 'The specific reason', steps.filter(step => step).join(', '), `\`${JSON.stringify(faultFor(way))}\``]
  })
  const lines = [['code', 'text', 'by state', 'by fault'], ['---', '---', '---', '---'], ...rows]
  return lines.map(line => `| ${line.join(' | ')} |\n`).join('')
}

if (process.argv[1] === import.meta.filename) {
  const path = join(import.meta.dirname, '..', 'docs/emulator.md')
  writeFileSync(path, withCodes(readFileSync(path, 'utf8')))
}
