// Runs on SQLite only.
/** The content of the judge's report, and the ways to get it: in a test, by a control call, as files of `dev` and `exec`. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parametersOf } from '../../src/api/describe.ts'
import { METHODS } from '../../src/api/registry.ts'
import type { Evidence } from '../../src/emulator/journal/evidence.ts'
import { createJournal, type EntrySource } from '../../src/emulator/journal/journal.ts'
import { RULE_IDS } from '../../src/emulator/judge/rules.ts'
import type { JudgeReport } from '../../src/start-emulator.ts'
import { parseXml } from '../../src/contract/client/xml.ts'
import { API_KEY, call, element, md5, newToken, upload, userTicket } from '../support/client.ts'
import { controlCall, fileOf, sessionOf, startTestEmulator } from '../support/emulator.ts'
import { run, start } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const codeIn = (report: JudgeReport, code: number) => report.codes.each.find(each => each.code === code)

t.test('it counts methods, parameters, upload fields, versions and codes', async t => {
  const emulator = await startTestEmulator(t)
  const all = METHODS.reduce((sum, method) => sum + Object.keys(parametersOf(method)).length, 0)
  t.match(emulator.judge(), { exchanges: 0, milliseconds: 0, counts: { wrong: 0, risky: 0, note: 0 }, methods: { used: 0, all: 27 }, parameters: { used: 0, all }, uploadFields: { used: 0, all: 11 }, codes: { used: 0, all: 33 } })
  t.strictSame(emulator.judge().rules.map(({ id }) => id), RULE_IDS)
  const key = await sessionOf(emulator)
  await newToken(emulator, '1.2')
  await call(emulator, 'files.setInfo', { session_key: key, file_id: await fileOf(emulator, key), downloads_limit: 3, download_limit: 3 })
  await upload(await userTicket(emulator, key), [{ name: 'a', bytes: 'a' }], { description: 'x' })
  const report = emulator.judge()
  t.equal(report.exchanges, emulator.journal.list().length)
  t.match(report, { methods: { used: 5 }, versions: { '1.0': 1, 1.2: 1 }, uploadFields: { used: 4, each: ['MAX_FILE_SIZE', 'UPLOAD_IDENTIFIER', 'userfile', 'description'] } })
  t.match(report.methods.each.find(({ method }) => method === 'files.setInfo'), { calls: 1, used: ['session_key', 'file_id', 'downloads_limit'] })
  t.equal(report.parameters.used, report.methods.each.reduce((sum, { used }) => sum + used.length, 0))
  t.strictSame(emulator.judge(), report, 'asking changes nothing')
})

t.test('it reports what came after each code, by state and by fault', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const missing = { session_key: key, file_id: 'zzzzzz' }
  emulator.faults.add({ match: { method: 'folders.getAll' }, sequence: ['error:15', 'error:6'] })
  await call(emulator, 'folders.getAll', { session_key: key })
  await call(emulator, 'folders.getAll', { session_key: key })
  await sessionOf(emulator)
  await call(emulator, 'files.getInfo', missing)
  await call(emulator, 'folders.getInfo', { session_key: key, folder_id: '0' })
  await call(emulator, 'files.getInfo', missing)
  const { codes } = emulator.judge()
  t.strictSame(codes.each.map(({ code, byState, byFault, next }) => [code, byState, byFault, next]), [
    [6, 0, 1, { triedAgain: 0, loggedIn: 1, wentOn: 0, gaveUp: 0 }],
    [9, 2, 0, { triedAgain: 0, loggedIn: 0, wentOn: 1, gaveUp: 1 }],
    [15, 0, 1, { triedAgain: 1, loggedIn: 0, wentOn: 0, gaveUp: 0 }]
  ])
})

t.test('listeners of the journal also see dropped entries', async t => {
  const journal = createJournal(Buffer.alloc(32), 2)
  const [seen, others]: [number[], number[]] = [[], []]
  journal.onSettled(({ entry }) => { seen.push(entry.id) })
  const stop = journal.onSettled(({ entry }) => { others.push(entry.id) })
  const [first, second, third, last] = Array.from({ length: 4 }, () => journal.begin(() => ({ response: {}, lint: [] }) as unknown as ReturnType<EntrySource>))
  const evidence = {} as Evidence
  third?.(evidence)
  stop()
  first?.(evidence)
  second?.(evidence)
  last?.(evidence)
  t.strictSame([seen, others], [[3, 1, 2, 4], [3]], 'in the order in which they end')
  t.equal(journal.dropped(), 2)
})

t.test('a reset keeps the findings, and forgets old keys and ids', async t => {
  const emulator = await startTestEmulator(t, { ids: 7 })
  await call(emulator, 'files.destroy')
  t.ok(emulator.judge().findings.some(({ rule }) => rule === 'client.call/unknown-method'))
  const dead = { session_key: 'a'.repeat(32) }
  await call(emulator, 'folders.getAll', dead)
  await emulator.reset()
  await call(emulator, 'folders.getAll', dead)
  const { findings } = emulator.judge()
  t.ok(findings.some(({ rule }) => rule === 'client.call/unknown-method'), 'what was found stays')
  t.notOk(findings.some(({ rule }) => rule === 'client.auth/dead-session'), 'keys are new after a reset')
  t.match(codeIn(emulator.judge(), 6), { next: { gaveUp: 2, triedAgain: 0 } }, 'who comes after a reset answers nothing before it')
})

t.test('a wrong password is not a wrong formula, and a wrong formula is explained', async t => {
  const emulator = await startTestEmulator(t, { seed: { accounts: [{ user: 'carol', password: 'pässword1' }] } })
  const token = await newToken(emulator)
  const log = async (proof: string) => call(emulator, 'auth.login', { token, user_name: 'carol', tokened_password: proof })
  await log(md5(token + md5('another1')))
  t.notOk(emulator.judge().findings.some(({ rule }) => rule === 'client.auth/wrong-formula'))
  await log(md5(token + md5(Buffer.from('pässword1', 'latin1').toString('latin1'))))
  t.equal(emulator.judge().counts.wrong, 0, 'the right one')
  await log(md5(token + 'pässword1'))
  t.match(emulator.judge().findings.find(({ rule }) => rule === 'client.auth/wrong-formula')?.sentences, ['the password of carol is right, and there is no inner MD5 sum: hash the password before you put the token in front of it'])
  t.match(await call(emulator, 'auth.register', { api_key: API_KEY, user_name: 'dave', full_name: 'Dave Example', email: 'dave@example.org', password: 'secret99' }), 'status="ok"')
  await call(emulator, 'auth.login', { token, user_name: 'dave', tokened_password: md5(token + md5('secret99').toUpperCase()) })
  t.equal(emulator.judge().findings.find(({ rule }) => rule === 'client.auth/wrong-formula')?.times, 2, 'of accounts that the client made, too')
})

t.test('each sandbox has a report, and that of the emulator includes them, closed or not', async t => {
  const emulator = await startTestEmulator(t)
  const [one, two] = [await emulator.sandbox(), await emulator.sandbox()]
  await call({ url: one.url }, 'files.destroy')
  await call({ url: two.url }, 'files.destroy')
  await newToken({ url: two.url })
  t.match([one.judge(), two.judge()], [{ exchanges: 1, counts: { wrong: 1 } }, { exchanges: 2, counts: { wrong: 1 } }])
  await one.close()
  await newToken(emulator)
  const report = emulator.judge()
  t.match(report, { exchanges: 4, counts: { wrong: 1 }, versions: { '1.0': 2 }, methods: { used: 1 } })
  t.match(report.findings.find(({ rule }) => rule === 'client.call/unknown-method'), { times: 2, exchanges: { length: 2 } })
  t.match(codeIn(report, 2), { byState: 2 })
  t.strictSame((await controlCall(emulator, 'GET', '/judge')).body, JSON.parse(JSON.stringify(report)))
  t.match((await controlCall(two, 'GET', '/judge')).body, { exchanges: 2 })
})

t.test('every format has the findings and none has a secret', async t => {
  const emulator = await startTestEmulator(t)
  const token = await newToken(emulator)
  const login = await call(emulator, 'auth.login', { token, user_name: 'demo', tokened_password: md5(token + md5('demo')), password: 'demo' })
  const key = element(login, 'session_key')
  const hostile = '<img src=x onerror=alert(1)>'
  await call(emulator, 'folders.getAll', { session_key: key, [hostile]: '1', password: 'verysecret' })
  const ticket = await userTicket(emulator, key)
  await fetch(`${ticket.progressUrl}&now=1`)
  const report = emulator.judge()
  t.match(report.findings.map(({ rule }) => rule), ['client.call/unknown-parameter', 'client.auth/password-sent', 'client.xml/url-changed'])
  for (const [format, type] of [['html', 'text/html'], ['junit', 'text/xml'], ['md', 'text/markdown']] as const) {
    const response = await fetch(`${emulator.controlUrl}/judge/${format}`)
    t.match(response.headers.get('content-type'), type)
    t.match(await response.text(), 'client.auth/password-sent', format)
  }
  for (const format of ['html', 'json', 'junit', 'md'] as const) {
    const text = emulator.judgeAs(format)
    for (const { rule } of report.findings) t.match(text, rule, `${rule} in ${format}`)
    for (const secret of [key, token, ticket.id, ticket.proof, 'verysecret']) t.notMatch(text, secret, format)
    if (format === 'html') t.notMatch(text, hostile)
  }
  const suites = parseXml(emulator.judgeAs('junit')).children
  t.equal(suites.reduce((sum, { children }) => sum + children.length, 0), RULE_IDS.length, 'a case for each rule')
  t.match(emulator.judgeAs('html'), '<a href="docs/contract/auth.md#formula">auth/formula</a>')
})

const CLIENT = 'curl -sS "$RESPACE_URL/rest/?method=files.destroy" > answer; exit 3'

t.test('exec writes reports by their extensions, and keeps the exit code of its command', async t => {
  const folder = await temporaryFolder(t)
  const ended = await run(['exec', '--judge', 'r.html', '--judge', 'r.json', '--judge', 'r.XML', '--judge', 'r.md', '--', 'sh', '-c', CLIENT], { cwd: folder })
  t.match(ended, { status: 3, stdout: '', stderr: 'respace: the client: 1 wrong, 0 risky, 0 notes in 1 exchange; see r.html, r.json, r.XML, r.md\n' })
  t.match(JSON.parse(await readFile(join(folder, 'r.json'), 'utf8')), { verdict: '1 wrong, 0 risky, 0 notes in 1 exchange', counts: { wrong: 1 }, emulator: String })
  t.match(await readFile(join(folder, 'r.html'), 'utf8'), /^<!doctype html>.*client\.call\/unknown-method.*<\/html>\n$/s)
  t.match(await readFile(join(folder, 'r.XML'), 'utf8'), '<failure message="there is no method files.destroy">')
  t.match(await readFile(join(folder, 'r.md'), 'utf8'), '**1 wrong, 0 risky, 0 notes in 1 exchange**')
})

t.test('a file that cannot be written, or has another extension, is reported before the command runs', async t => {
  const folder = await temporaryFolder(t)
  for (const [file, sentence] of [['r.pdf', 'expected a file that ends with .html, .json, .xml (JUnit) or .md, got "r.pdf"'], ['none/r.md', `cannot write ${join(folder, 'none/r.md')}: ENOENT`]] as const) {
    for (const words of [['exec', '--judge', file, '--', 'sh', '-c', CLIENT], ['dev', '--port', '0', '--judge', file]]) {
      const ended = await run(words, { cwd: folder })
      t.match(ended.stderr, `respace: --judge: ${sentence}`, words[0] ?? '')
      t.equal(ended.status, 1)
    }
  }
  t.strictSame(await readdir(folder), [])
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`dev writes its report when ${signal} ends it`, async t => {
    const folder = await temporaryFolder(t)
    const running = start(['dev', '--port', '0', '--judge', join(folder, 'r.json')], { cwd: folder })
    await until('it listens', () => running.stdout().includes('curl'))
    await (await fetch(`${/http:\/\/[\d.:]+/.exec(running.stdout())?.[0]}/rest/?method=files.destroy`)).text()
    running.kill(signal)
    t.match((await running.ended).stderr, 'respace: the client: 1 wrong, 0 risky, 0 notes in 1 exchange; see ')
    t.match(JSON.parse(await readFile(join(folder, 'r.json'), 'utf8')), { exchanges: 1 })
  })
}
