/** `respace drill` as a user runs it: usage errors, exit codes, the input of a client, limits, and cleaning up. */
// Runs on SQLite only.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ALL_DRILLS, drillClient } from '../../src/drill-client.ts'
import { ROOT, run, start } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const drill = (...words: readonly string[]) => run(['drill', ...words])

/** A client in one line of shell, which calls `method=…`. */
const LISTS = 'curl -sS "$RESPACE_URL/rest/?method=auth.createToken&api_key=$RESPACE_API_KEY&api_version=1.0"'

t.test('what cannot be run is refused with a sentence and exit code 2', async t => {
  const refused: ReadonlyArray<readonly [words: readonly string[], sentence: RegExp]> = [
    [[], /no command: respace drill \[options\] -- COMMAND/],
    [['--only', 'drill/nothing', '--', 'true'], /there is no drill drill\/nothing; --list shows all/],
    [['--jobs', '0', '--', 'true'], /--jobs is a whole number from 1 to 64, not 0/],
    [['--jobs', 'many', '--', 'true'], /--jobs is a whole number from 1 to 64, not many/],
    [['--patience', '0.5', '--', 'true'], /--patience is a whole number from 1 to 3600, not 0\.5/],
    [['--patience', '3601', '--', 'true'], /--patience is a whole number from 1 to 3600/],
    [['--seed', '/nowhere.yaml', '--', 'true'], /a seed is demo, none or a file of YAML or JSON/],
    [['--report', 'report.pdf', '--', 'true'], /--report is a file that ends with \.html, \.json, \.xml \(JUnit\) or \.md, not report\.pdf/],
    [['--report', '/nowhere/report.md', '--', 'true'], /the folder of \/nowhere\/report\.md does not exist, or cannot be written/],
    [['--', 'no-such-program'], /there is no program "no-such-program"/]
  ]
  await Promise.all(refused.map(async ([words, stderr]) => { t.match(await drill(...words), { status: 2, stdout: '', stderr }, words.join(' ')) }))
})

t.test('--list prints each drill with what is armed and expected, and runs nothing', async t => {
  const { status, stdout } = await drill('--list', '--', 'no-such-program')
  t.equal(status, 0)
  const lines = stdout.trimEnd().split('\n')
  t.equal(lines.length, 18)
  for (const line of lines) t.match(line, /^drill\/[a-z-]+\t[^\t]+\t[^\t]+$/)
})

t.test('exit codes say what happened', async t => {
  const [plain, broken, idle, slow, untested, failed] = await Promise.all([
    drill('--only', 'plain', '--', 'sh', '-c', LISTS),
    drill('--', 'sh', '-c', `${LISTS}; echo the reason >&2; exit 7`),
    drill('--', 'true'),
    drill('--patience', '1', '--', 'sleep', '60'),
    drill('--only', 'drill/upload-cut', '--', 'sh', '-c', LISTS),
    drill('--only', 'drill/truncated', '--', 'sh', '-c', LISTS)
  ])
  t.match(plain, { status: 0, stdout: /^✔ drill\/plain {2,}exit 0, no rule broken {2}\(exit 0, 1 request\)\n\n1 drill: 1 pass\n$/ })
  t.match(broken, { status: 3, stdout: /^E drill\/plain .*nothing can be judged: without any fault the client ends with exit 7.*stderr: {3}the reason\n/s })
  t.match(idle, { status: 3, stdout: /the client sent no request; it must use RESPACE_URL/ })
  t.match(slow, { status: 3, stdout: /without any fault the client was still running after 1\.\d s/ })
  t.match(untested, { status: 2, stdout: /^\? drill\/upload-cut {2,}it never uploads\n\n1 drill: 1 untested\n$/ }, 'an untested drill does not count as a pass')
  t.match(failed, { status: 1, stdout: /^× drill\/truncated .*expected: exit ≠ 0.*see it: {3}respace drill --only drill\/truncated\/auth\.createToken -- sh -c 'curl /s })
})

t.test('a client gets all it needs, by variables and arguments', async t => {
  const folder = await temporaryFolder(t)
  const told = join(folder, 'told')
  const script = `${LISTS} > /dev/null; test -d "$RESPACE_FOLDER" && test -z "$(ls "$RESPACE_FOLDER")" && wc -c < "$RESPACE_FILE" > ${told}; echo "$RESPACE_DRILL $RESPACE_USER $RESPACE_PASSWORD $@" >> ${told}`
  const { exitCode } = await drillClient(['sh', '-c', script, 'sh', '{url}', 'x{file}', '{folder}/y', '{apiKey}', '{user}:{password}', '{drill}', '{other}'], { only: ['plain'] })
  t.equal(exitCode, 0)
  t.match(await readFile(told, 'utf8'), /^ *100000\ndrill\/plain demo demo http:\/\/127\.0\.0\.1:\d+ x\/\S+\/drill\.bin \/\S+\/folder\/y [A-Z0-9]{10} demo:demo drill\/plain \{other\}\n$/)
})

t.test('a seed file creates the account, and without one there is no user', async t => {
  const seed = { accounts: [{ user: 'carol', password: 'secret1', files: [{ name: 'note.txt', content: 'hello' }] }] }
  const isCarol = await drillClient(['sh', '-c', `${LISTS}; test "$RESPACE_USER:$RESPACE_PASSWORD" = carol:secret1`], { seed, only: ['plain'] })
  t.equal(isCarol.exitCode, 0)
  const isNobody = await drillClient(['sh', '-c', `${LISTS}; test -z "\${RESPACE_USER+set}"`], { seed: 'none', only: ['plain'] })
  t.equal(isNobody.exitCode, 0)
})

t.test('a client that does nothing in a situation is untested, and never passes', async t => {
  const { results } = await drillClient(['sh', '-c', `${LISTS} | grep '</result>'`], { jobs: 4, patience: 1500, pace: { delayMs: 100, manyFiles: 20 } })
  const untested = results.filter(({ verdict }) => verdict === 'untested').map(({ id }) => id.replace('drill/', ''))
  t.strictSame(untested, ['session-over', 'busy', 'too-many-sessions', 'disk-full', 'permission', 'upload-cut', 'answer-lost', 'progress-stuck', 'names', 'many'])
})

t.test('the output of a client is limited, and the end of its standard error is kept', async t => {
  const { results } = await drillClient(['sh', '-c', `${LISTS}; head -c 30000000 /dev/zero; head -c 3000000 /dev/zero | tr '\\0' x >&2; echo the end >&2; exit 1`], { only: ['plain'] })
  const stderr = results[0]?.runs[0]?.stderr ?? ''
  t.equal(Buffer.byteLength(stderr), 4096)
  t.match(stderr, /x{1000}the end\n$/)
})

t.test('reports say the same as the terminal, without secrets', async t => {
  const folder = await temporaryFolder(t)
  const files = ['drills.html', 'drills.json', 'drills.xml', 'drills.md'].map(name => join(folder, name))
  const script = `${LISTS}; echo "GET /rest/?session_key=$(printf %032d 7) <b>" >&2`
  const { status, stdout } = await drill('--only', 'empty', 'upload-cut', 'names', '--report', ...files, '--', 'sh', '-c', script)
  t.equal(status, 1)
  t.match(stdout, /session_key=hash:[0-9a-f]{12}/)
  const [html = '', json = '', junit = '', markdown = ''] = await Promise.all(files.map(file => readFile(file, 'utf8')))
  for (const text of [html, json, junit, markdown]) {
    t.match(text, /1 fail|failures="1"/)
    t.match(text, 'respace drill --only drill/empty -- sh -c ')
    t.notMatch(text, /0{16}7/)
  }
  t.match(JSON.parse(json), { exitCode: 1, verdict: '3 drills: 1 fail, 2 untested', drills: [{ id: 'drill/upload-cut', verdict: 'untested', runs: [] }, { id: 'drill/empty', verdict: 'fail', runs: [{ id: 'drill/empty' }] }, { id: 'drill/names' }] })
  t.match(junit, /<testsuite name="drill" tests="3" failures="1" errors="0" skipped="2">/)
  t.match(html, /<strong class="fail">fail<\/strong>: it reports success after an empty answer: exit 0/)
  t.match(html, /&lt;b&gt;/)
  t.match(markdown, /\| `drill\/names` \| .* \| untested \| /)
})

/** A client that starts other processes and ignores signals; its word is in the command lines of all of them. */
const stubborn = (word: string): string => `trap '' TERM INT; ${LISTS}; sh -c 'trap "" TERM INT; while :; do sleep 1; done' ${word} & `

const processesWith = (word: string): readonly string[] => readdirSync('/proc').filter(name => /^\d+$/.test(name)).filter(pid => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word)
  } catch {
    return false
  }
})

const hasLinuxProcesses = { skip: existsSync('/proc/self/cmdline') ? false : 'needs /proc' }

t.test('all processes that a client has started end with it', hasLinuxProcesses, async t => {
  const word = `left-${process.pid}`
  const { results } = await drillClient(['sh', '-c', stubborn(word)], { only: ['plain'] })
  t.match(results, [{ verdict: 'pass' }])
  t.strictSame(processesWith(word), [], 'in the background')
  const ended = await drillClient(['sh', '-c', `${stubborn(word)} wait`], { only: ['plain'], patience: 500 })
  t.match(ended.results, [{ verdict: 'error', because: /still running after 0\.\d s/ }])
  t.strictSame(processesWith(word), [], 'after its time')
})

for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
  t.test(`${signal} ends all runs, and nothing is left behind`, hasLinuxProcesses, async t => {
    const folder = await temporaryFolder(t)
    const word = `${signal}-${process.pid}`
    // Without faults it ends at once, in a drill it never does.
    const script = `case $RESPACE_DRILL in drill/plain) ${LISTS};; *) ${stubborn(word)} wait;; esac`
    const running = start(['drill', '--jobs', '2', '--only', 'maintenance', 'reset-before', '--', 'sh', '-c', script], { env: { TMPDIR: folder } })
    await until('two runs have begun', () => processesWith(word).length >= 2)
    t.ok(readdirSync(folder).some(name => name.startsWith('respace-dev-')))
    running.kill(signal)
    t.match(await running.ended, { status, stderr: '' })
    t.strictSame(processesWith(word), [])
    t.strictSame(readdirSync(folder), [])
  })
}

const section = (await readFile(join(ROOT, 'docs/emulator.md'), 'utf8')).split(/^## /m).find(text => text.startsWith('Drills\n')) ?? ''

t.test('docs/emulator.md lists each drill with what is armed and expected', async t => {
  const rows = [...section.matchAll(/^\| `(drill\/[a-z-]+)` \| (.*) \| (.*) \|$/gm)].map(([, id, armed, expected]) => ({ id, armed, expected }))
  t.strictSame(rows, ALL_DRILLS)
})

for (const [language, file, only, ...program] of [
  ['sh', 'upload.sh', ['plain', 'upload-cut', 'names'], 'sh'], ['python', 'list.py', ['plain', 'empty', 'names'], 'python3'], ['js', 'upload.mjs', ['plain', 'disk-full', 'names'], process.execPath]
] as const) {
  t.test(`the client in ${language} from docs/emulator.md passes drills`, async t => {
    const folder = await temporaryFolder(t)
    await writeFile(join(folder, file), new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(section)?.[1] ?? '')
    const { results } = await drillClient([...program, join(folder, file)], { only, jobs: 2 })
    t.strictSame(results.map(({ verdict }) => verdict), ['pass', 'pass', 'pass'], results.map(({ because, runs }) => `${because} ${runs[0]?.stderr ?? ''}`).join('\n'))
  })
}
