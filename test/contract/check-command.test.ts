/** `respace check` as a user runs it: exit codes, target files, baselines, reports, secrets, and cleaning up after a killed run. */
// Runs first, on SQLite only.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rmSync } from 'node:fs'
import t from 'tap'
import { check } from '../../src/check-contract.ts'
import { openLedger } from '../../src/contract/run/ledger.ts'
import { readTarget } from '../../src/contract/target/target-file.ts'
import { startEmulator } from '../../src/start-emulator.ts'
import { element, logIn } from '../support/client.ts'
import { run } from '../support/cli-process.ts'
import { rewriteApi, startMutant } from './mutant.ts'
import { knownOf, openActor } from './target-of.ts'

const folder = await mkdtemp(join(tmpdir(), 'respace-check-test-'))
t.teardown(() => { rmSync(folder, { recursive: true }) })

const write = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

/** The emulator in this process, with an ordinary target file for it. */
async function begin (t: { teardown (work: () => unknown): void }) {
  const emulator = await startEmulator({ seed: 'demo' })
  t.teardown(() => emulator.close({ unfired: 'ignore' }))
  return emulator
}

t.test('exit codes say what happened', async t => {
  const emulator = await begin(t)
  t.match(await run(['check', emulator.url, '--only', 'auth.createToken']), { status: 0, stdout: /^✔ auth\.createToken {2}\d+\n/ }, 'conformant')
  t.match(await run(['check', 'http://127.0.0.1:1']), { status: 3, stderr: /does not answer/ })
  t.match(await run(['check', emulator.url, '--only', 'no-such-check']), { status: 2, stdout: /: 0 pass, 0 fail/ }, 'nothing judged')
  t.match(await run(['check', emulator.url, '--only', 'files.getInfo']), { status: 2, stdout: /: 0 pass, 0 fail, [1-9]\d* untested/ }, 'without an account nothing of it is judged')
  t.match(await run(['check']), { status: 2, stderr: /no address/ })
  t.match(await run(['check', 'nonsense']), { status: 2, stderr: /expected an http or https address/ })
  t.match(await run(['check', emulator.url, '--profile', 'mine']), { status: 2, stderr: /guide, observed, respace, not mine/ })
  t.match(await run(['check', emulator.url, '--report', 'pdf=x']), { status: 2, stderr: /junit=FILE/ })
  t.match(await run(['check', emulator.url, '--target', join(folder, 'missing.yaml')]), { status: 2, stderr: /missing\.yaml/ })
})

t.test('--list prints each check with its level and source, and needs no server', async t => {
  const { status, stdout } = await run(['check', '--list', '--only', 'addressbook.add'])
  t.equal(status, 0)
  const lines = stdout.trimEnd().split('\n')
  t.ok(lines.length > 15)
  for (const line of lines) t.match(line, /^addressbook\.add\/\S+\t(?:must|should|may)\t(?:guide|observed|choice)\t/, line)
})

t.test('the profile chooses what is judged, --strict and --complete what is a failure', async t => {
  const emulator = await begin(t)
  const known = knownOf(emulator)
  const judged = async (profile: 'guide' | 'observed' | 'respace') => (await check({ url: emulator.url, known, profile, only: ['addressbook.add'] })).outcome.counts.pass
  const [guide, observed, all] = [await judged('guide'), await judged('observed'), await judged('respace')]
  t.ok(guide > 0 && guide < observed && observed < all, `${guide}, ${observed}, ${all}`)
  const proxy = await startMutant({ name: 'numbers are read as 21', kills: [], answer: rewriteApi(text => text.replace('code="16" text="One of the parameters is invalid"', 'code="21" text="One of the parameter values is invalid"')) }, emulator.url)
  t.teardown(proxy.close)
  const options = { url: proxy.url, known, profile: 'respace' as const, only: ['addressbook.add/16'] }
  t.match((await check(options)).outcome, { exitCode: 0, counts: { warn: 2, fail: 0 } })
  t.match((await check({ ...options, strict: true })).outcome, { exitCode: 1, counts: { warn: 0, fail: 2 } })
  const bare = { url: emulator.url, profile: 'guide' as const, only: ['auth.createToken', 'files.delete'] }
  t.equal((await check(bare)).outcome.exitCode, 0)
  t.equal((await check({ ...bare, complete: true })).outcome.exitCode, 1, 'what is untested fails')
})

t.test('a baseline excuses known failures, and an id that no longer fails makes the run fail', async t => {
  const emulator = await begin(t)
  const proxy = await startMutant({ name: 'another text of 9', kills: [], answer: rewriteApi(text => text.replace('text="File not found"', 'text="Gone"')) }, emulator.url)
  t.teardown(proxy.close)
  const options = { url: proxy.url, known: knownOf(emulator), only: ['files.delete/', 'files.getInfo/9'] }
  t.equal((await check(options)).outcome.exitCode, 1)
  const known = await write('known.txt', '# waits for the next release\nfiles.delete/9-file_id\nfiles.getInfo/9-file_id   # too\n')
  t.match((await check({ ...options, baseline: known })).outcome, { exitCode: 0, line: /2 fail \(2 known\)/ })
  const stale = await write('stale.txt', 'files.delete/9-file_id\nfiles.getInfo/9-file_id\nfiles.delete/answers\n')
  const { outcome } = await check({ ...options, baseline: stale })
  t.match(outcome, { exitCode: 1, stale: ['files.delete/answers'] })
})

t.test('a wrong target file is reported with the place in it', async t => {
  const problems: Readonly<Record<string, RegExp>> = {
    'url: ftp://x': /^\/url: expected an http or https address/,
    'urll: http://x': /^\/urll: no such field; did you mean url\?/,
    'accounts: { main: { user: a } }': /^\/accounts\/main: password is missing/,
    [`accounts: { main: { user: a, password: '$${'{NOT_SET_ANYWHERE}'}' } }`]: /^\/accounts\/main\/password: the variable NOT_SET_ANYWHERE is not set/,
    'states: { flooded: { run: x } }': /^\/states\/flooded: no such field/,
    'states: { maintenance: { account: nobody } }': /^\/states\/maintenance\/account: there is no account nobody/,
    "versions: ['3.0']": /^\/versions\/0: expected one of 1\.0, .*, got "3\.0"/,
    'limits: { calls: many }': /^\/limits\/calls: expected a whole number from 0 to 999999999, got "many"/,
    'features: { sharing: perhaps }': /^\/features\/sharing: expected true or false/
  }
  for (const [text, message] of Object.entries(problems)) {
    await t.rejects(readTarget('http://127.0.0.1:1', await write('wrong.yaml', text), {}), { message }, text)
  }
  const { accounts, rest, limits, features } = await readTarget(undefined, await write('good.yaml', [
    'url: http://127.0.0.1:1', `accounts: { main: { user: alice, password: '$${'{PASSWORD_OF_ALICE}'}' } }`, 'register: yes', 'limits: { bytes: 5 MiB, timeout: 3 s }'
  ].join('\n')), { PASSWORD_OF_ALICE: 'secret1' })
  t.match({ accounts, rest, limits, features }, {
    accounts: { main: { password: 'secret1' } }, rest: 'http://127.0.0.1:1/rest/', limits: { bytes: 5 * 1024 * 1024, timeout: 3000 }, features: { register: true }
  })
})

t.test('no report contains secrets', async t => {
  const emulator = await begin(t)
  const account = { user: 'demo', password: 'demo' }
  // Calls about files fail, so that reports show their exchanges.
  const proxy = await startMutant({ name: 'a success is none', kills: [], answer: rewriteApi(text => text.replace(/(<result method="files[^"]*" status=")ok/, '$1fine')) }, emulator.url)
  t.teardown(proxy.close)
  const { outcome, results, write: writeReport } = await check({ url: proxy.url, known: { ...knownOf(emulator), accounts: { main: account } }, profile: 'respace', only: ['files.', 'upload.getInfo', 'auth.login'] })
  const secrets = [...results.secrets.keys()].filter(secret => secret.length > 8)
  t.ok(outcome.counts.fail > 10, outcome.line)
  t.ok(secrets.length > 5, `${secrets.length} are known`)
  for (const kind of ['html', 'json', 'junit', 'md'] as const) {
    const text = writeReport(kind)
    if (kind !== 'md') t.match(text, 'session_key=‹session', `${kind} shows the calls`)
    t.match(text, 'files.getInfo/', `${kind} names the checks`)
    t.strictSame(secrets.filter(secret => text.includes(secret)), [], kind)
  }
})

t.test('the next run removes what a killed one left', async t => {
  const emulator = await begin(t)
  const call = await openActor(emulator.url, 'demo')
  const made = /<folder id="(\w+)"/.exec(await call('folders.create', { name: 'left behind' }))?.[1] ?? ''
  const other = /<folder id="(\w+)"/.exec(await call('folders.create', { name: 'mine' }))?.[1] ?? ''
  const ledger = openLedger(`${emulator.url}/rest/`)
  const key = element(await logIn(emulator, 'demo', 'demo'), 'session_key')
  await ledger.note({ kind: 'folder', id: made, key })
  t.match(await readFile(ledger.path, 'utf8'), made)
  await check({ url: emulator.url, known: knownOf(emulator), only: ['auth.createToken'] })
  const folders = await call('folders.getAll', {})
  t.notMatch(folders, `id="${made}"`)
  t.match(folders, `id="${other}"`)
})

t.test('states are set up by a command with its undo, and by a hook; a broken one is an error and never passes', async t => {
  const emulator = await begin(t)
  const control = `${emulator.controlUrl}/system`
  const accounts = knownOf(emulator).accounts ?? {}
  const only = ['codes/15']
  const patch = (body: string) => `curl -sf -X PATCH -H content-type:application/json -d '${body}' ${control}`
  const byCommand = { accounts, states: { maintenance: { run: patch('{"maintenance":true}'), undo: patch('{"maintenance":false}') } } }
  t.match((await check({ url: emulator.url, only, known: byCommand })).outcome, { exitCode: 0, counts: { pass: 1 } })
  t.match((await check({ url: emulator.url, only: ['auth.createToken/answers'] })).outcome, { exitCode: 0 }, 'it was undone')
  t.match((await check({ url: emulator.url, only, known: { accounts, states: { maintenance: { run: 'exit 3' } } } })).outcome, { exitCode: 3, counts: { error: 1, pass: 0 } })
  t.match((await check({ url: emulator.url, only, known: { accounts } })), { outcome: { exitCode: 2, counts: { untested: 1 } }, results: { missed: new Set(['maintenance']) } })
  const asked: string[] = []
  let status = 200
  const hook = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => { text += chunk.toString() })
    request.on('end', () => {
      asked.push(text)
      const { action } = JSON.parse(text) as { action: string }
      fetch(control, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ maintenance: status === 200 && action === 'set' }) })
        .then(() => response.writeHead(status).end(), () => { response.destroy() })
    })
  })
  await new Promise<void>(resolve => { hook.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { hook.close() })
  const known = { accounts, hook: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/state` }
  t.match((await check({ url: emulator.url, only, known })).outcome, { exitCode: 0, counts: { pass: 1 } })
  t.match(JSON.parse(asked[0] ?? '{}'), { state: 'maintenance', action: 'set' })
  t.match(JSON.parse(asked.at(-1) ?? '{}'), { action: 'undo' })
  status = 404
  t.match((await check({ url: emulator.url, only, known })).outcome, { exitCode: 2, counts: { untested: 1 } })
  status = 500
  t.match((await check({ url: emulator.url, only, known })).outcome, { exitCode: 3, counts: { error: 1 } })
})

t.test('caps on requests leave the rest untested', async t => {
  const emulator = await begin(t)
  const limits = { bytes: 1e8, calls: 50, parallel: 4, timeout: 5000 }
  const { outcome, results } = await check({ url: emulator.url, known: { ...knownOf(emulator), limits }, profile: 'respace', only: ['files.'] })
  t.equal(outcome.counts.fail, 0, outcome.line)
  t.ok(outcome.counts.untested > 0)
  t.ok(results.checks.some(({ judgements }) => judgements.some(({ got }) => got === 'the limit of 50 requests is reached')))
})
