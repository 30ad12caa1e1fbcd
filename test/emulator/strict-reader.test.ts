// Runs on SQLite only.
/** Uploads are also read by a strict parser: a form that only the lenient one understands is reported, but not refused. */
import t from 'tap'
import { startEmulator, type RunningEmulator } from '../../src/start-emulator.ts'
import { progressOf, userTicket, type TicketFields } from '../support/client.ts'
import { sessionOf, startTestEmulator } from '../support/emulator.ts'
import { exchange, request } from '../support/raw-http.ts'
import { until } from '../support/wait-until.ts'

const CRLF = '\r\n'
/** Joins lines with CRLF. */
const lines = (...each: readonly string[]): string => each.join(CRLF)
const TYPE = 'multipart/form-data; boundary=b'
const FIELDS = (ticket: TicketFields): string => Object.entries({ MAX_FILE_SIZE: '1000', UPLOAD_IDENTIFIER: ticket.id, extra_info: ticket.proof })
  .map(([name, value]) => lines('--b', `Content-Disposition: form-data; name="${name}"`, '', value, '')).join('')
const file = (disposition = 'form-data; name="userfile"; filename="a.txt"', more: readonly string[] = ['Content-Type: text/plain'], bytes = 'bytes'): string =>
  lines('--b', `Content-Disposition: ${disposition}`, ...more, '', bytes, '')
const END = lines('--b--', '')

interface Form {
  readonly body: (ticket: TicketFields) => string
  readonly type?: string
  readonly method?: string
  /** The expected lint; none for a form that both readers read alike. */
  readonly says?: RegExp
}

const form = (of: string, says?: RegExp): Form => ({ body: ticket => FIELDS(ticket) + of + END, ...says !== undefined && { says } })

/** Forms as existing programs write them: none may be reported. */
const GOOD: Readonly<Record<string, Form>> = {
  'as a browser does': form(file('form-data; name="userfile"; filename="a%22b c.txt"') + lines('--b', 'Content-Disposition: form-data; name="userfile2"; filename=""', 'Content-Type: application/octet-stream', '', '', '')),
  'UTF-8 in a name': form(file('form-data; name="userfile"; filename="über.txt"')),
  'an empty file and an empty field': form(file('form-data; name="userfile"; filename="a.txt"', [], '') + lines('--b', 'Content-Disposition: form-data; name="description"', '', '', '')),
  'as curl does': {
    type: 'multipart/form-data; boundary=------------------------d74496d66958873e',
    body: ticket => (FIELDS(ticket) + file('form-data; name="userfile"; filename="a.txt"', ['Content-Type: text/plain']) + END).replaceAll('--b', '--------------------------d74496d66958873e')
  },
  'as curl does with a quote in a name': form(file('form-data; name="userfile"; filename="a\\"b.txt"')),
  'as Python requests does': form(file('form-data; name="userfile"; filename="a.txt"', [])),
  'as Python requests does with a name beyond ASCII': form(file('form-data; name="userfile"; filename*=utf-8\'\'%C3%BCber.txt', [])),
  'as .NET does': {
    type: 'multipart/form-data; boundary="0f8fad5b-d9cb-469f-a165-70867728950e"',
    body: ticket => (FIELDS(ticket).replaceAll(/^Content-Disposition: form-data; name="(\w+)"$/gm, 'Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=$1') + file('form-data; name=userfile; filename=a.txt; filename*=utf-8\'\'a.txt', ['Content-Type: application/octet-stream']) + END)
      .replaceAll('--b', '--0f8fad5b-d9cb-469f-a165-70867728950e')
  },
  'as Java does': form(file('form-data; name="userfile"; filename="a.txt"', ['Content-Type: application/octet-stream; charset=ISO-8859-1', 'Content-Transfer-Encoding: binary'])),
  'an epilogue': { body: ticket => FIELDS(ticket) + file() + END + 'what nobody reads' },
  'a preamble': { body: ticket => `This is a form${CRLF}${FIELDS(ticket)}${file()}${END}` },
  'no line break at the end': { body: ticket => FIELDS(ticket) + file() + '--b--' },
  'a long field': form(file() + lines('--b', 'Content-Disposition: form-data; name="description"', '', 'x'.repeat(5000), '')),
  'a folded header': form(file('form-data; name="userfile";\r\n filename="a.txt"')),
  'a raw file by PUT': { body: () => 'bytes', type: 'application/octet-stream', method: 'PUT' }
}

/** Forms that this server understands and most others do not. */
const ODD: Readonly<Record<string, Form>> = {
  'LF in all lines': { body: ticket => (FIELDS(ticket) + file() + END).replaceAll(CRLF, '\n'), says: /^a strict reader .*its lines end with LF, and must end with CRLF$/ },
  'no dashes after the last boundary': { body: ticket => FIELDS(ticket) + file() + lines('--b', ''), says: /refuses the form: the last boundary is missing, or is not --BOUNDARY--/ },
  'wrong bytes after the last boundary': { body: ticket => FIELDS(ticket) + file() + '--bxx', says: /refuses the form: the last boundary is missing/ },
  'no Content-Type': { body: ticket => FIELDS(ticket) + file() + END, type: '', says: /refuses the form: there is no Content-Type/ },
  'another Content-Type': { body: ticket => FIELDS(ticket) + file() + END, type: 'text/plain', says: /refuses the form: the Content-Type is not multipart\/form-data/ },
  'another multipart': { body: ticket => FIELDS(ticket) + file() + END, type: 'multipart/mixed; boundary=b', says: /the Content-Type is not multipart\/form-data/ },
  'no boundary in the Content-Type': { body: ticket => FIELDS(ticket) + file() + END, type: 'multipart/form-data', says: /the Content-Type names no boundary/ },
  'a Content-Disposition that is none of a form': form(file('attachment; name="userfile"; filename="a.txt"'), /finds 3 of 4 parts: userfile is missing/),
  'no name': form(file() + lines('--b', 'Content-Disposition: form-data', '', 'x', ''), /a part has no name in its Content-Disposition/),
  'a header line without a colon': form(file('form-data; name="userfile"; filename="a.txt"', ['Content-Type text/plain']), /the headers of a part cannot be read/),
  'LF in the headers of one part': form(file().replace('\r\nContent-Type', '\nContent-Type'), /the headers of a part cannot be read/),
  'a name as mail programs write it': form(file('form-data; name="userfile"; filename="=?UTF-8?B?w7xiZXIudHh0?="'), /reads the file name "über.txt" as "=\?UTF-8/),
  'a name in Latin-1': { body: ticket => FIELDS(ticket) + file('form-data; name="userfile"; filename="\u00fcber.txt"') + END, says: /reads the file name/ }
}

async function lintOf (emulator: RunningEmulator, key: string, title: string, { body, type = TYPE, method = 'POST' }: Form) {
  const ticket = await userTicket(emulator, key)
  const since = emulator.journal.list().at(-1)?.id ?? 0
  const bytes = Buffer.from(body(ticket), title.includes('Latin-1') ? 'latin1' : 'utf8')
  const answer = await exchange(ticket.url, ...request(`${ticket.url}${method === 'PUT' ? '&userfile=a.bin' : ''}`, type === '' ? {} : { 'content-type': type }, bytes as unknown as string, method))
  await until('it has ended', () => emulator.journal.find({ since, phase: 'upload' })[0]?.ms)
  const lints = emulator.journal.find({ since, phase: 'upload' })[0]?.lint.filter(({ kind }) => kind === 'strict-parser').map(({ problem }) => problem)
  return { answer, lints, ticket }
}

t.test('forms of real clients are read alike', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  for (const [title, each] of Object.entries(GOOD)) {
    const { answer, lints } = await lintOf(emulator, key, title, each)
    t.match(answer, 'upload_status=ok', title)
    t.strictSame(lints, [], title)
  }
  t.notOk(emulator.judge().findings.some(({ rule }) => rule === 'client.upload/strict-parser'))
})

t.test('a form that only the lenient reader understands is stored, and reported with the reason', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  for (const [title, each] of Object.entries(ODD)) {
    const { answer, lints, ticket } = await lintOf(emulator, key, title, each)
    t.match(answer, 'upload_status=ok', title)
    t.match((await progressOf(ticket)).status, 'done', title)
    t.match(lints?.[0], each.says, title)
    t.ok((lints?.length ?? 0) >= 1, title)
  }
  t.match(emulator.judge().findings.find(({ rule }) => rule === 'client.upload/strict-parser'), { level: 'risky', exchanges: { length: 3 } })
})

t.test('a form that neither reader understands is no lint: the answer reports it', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  for (const [title, body] of [['cut', (ticket: TicketFields) => FIELDS(ticket) + file()], ['no form', () => 'nothing']] as const) {
    const { answer, lints } = await lintOf(emulator, key, title, { body })
    t.match(answer, /upload_status=fail|status>fail/, title)
    t.strictSame(lints, [], title)
  }
})

t.test('without the first boundary both lose the first field, which is reported as missing', async t => {
  const emulator = await startTestEmulator(t)
  const { answer, lints } = await lintOf(emulator, await sessionOf(emulator), 'no first boundary', { body: ticket => (FIELDS(ticket) + file() + END).slice('--b\r\n'.length) })
  t.match(answer, 'upload_status=ok')
  t.strictSame(lints, [])
  t.match(emulator.journal.find({ phase: 'upload' })[0]?.lint, [{ kind: 'missing-upload-field', name: 'MAX_FILE_SIZE' }])
})

t.test('strict warn reports it in the header, and strict fail makes close() reject', async t => {
  const emulator = await startEmulator({ strict: 'fail' })
  const { answer } = await lintOf(emulator, await sessionOf(emulator), 'LF', ODD['LF in all lines'] ?? form(''))
  t.match(answer, /x-emulator-lint: strict-parser form/i)
  t.match(answer, 'upload_status=ok')
  await t.rejects(emulator.close(), { message: /against the guide: upload: a strict reader .* must end with CRLF/ })
})

t.test('a large file is counted as it arrives, in chunks of any size', async t => {
  const emulator = await startTestEmulator(t)
  const ticket = await userTicket(emulator, await sessionOf(emulator))
  const bytes = Buffer.alloc(8 * 1024 * 1024, '\r\n--b')
  const head = `${FIELDS(ticket).replaceAll('--b', '--boundary')}--boundary\r\nContent-Disposition: form-data; name="userfile"; filename="a.bin"\r\n\r\n`
  const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--boundary--\r\n')])
  t.match(await exchange(ticket.url, ...request(ticket.url, { 'content-type': 'multipart/form-data; boundary=boundary' }, body)), 'upload_status=ok')
  t.match(emulator.journal.find({ phase: 'upload' }), [{ lint: { length: 0 }, request: { files: [{ size: bytes.length }] } }])
})
