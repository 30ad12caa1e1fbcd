/** The pytest plugin of `clients/python`. */
// Runs on SQLite only.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { startEmulator } from '../../src/start-emulator.ts'
import { ROOT } from '../support/cli-process.ts'
import { exampleOf, killMidway, leavesNothing, runHelper, startHelper } from '../support/helper-run.ts'
import { temporaryFolder } from '../support/server.ts'

const PACKAGE = join(ROOT, 'clients/python')
const README = 'clients/python/README.md'
const PYTEST = ['python3', '-m', 'pytest', '-p', 'no:cacheprovider', '-q']
const skip = skipWithout('pytest')

/** A folder of a project in which the package is installed, as pip does it: pytest finds the plugin by its entry point. */
async function projectFolder (t: Test, files: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder(t)
  const packages = await temporaryFolder(t)
  await cp(join(PACKAGE, 'src'), packages, { recursive: true })
  const [, entryPoint = ''] = /^\[project\.entry-points\.pytest11\]\n(.*)$/m.exec(await readFile(join(PACKAGE, 'pyproject.toml'), 'utf8')) ?? []
  await mkdir(join(packages, 'respace_emulator-0.1.0.dist-info'))
  await writeFile(join(packages, 'respace_emulator-0.1.0.dist-info/METADATA'), 'Metadata-Version: 2.1\nName: respace-emulator\nVersion: 0.1.0\n')
  await writeFile(join(packages, 'respace_emulator-0.1.0.dist-info/entry_points.txt'), `[pytest11]\n${entryPoint.replaceAll('"', '')}\n`)
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return { folder, env: { PYTHONPATH: packages } }
}

t.test('the first test of its README passes, and no process or file is left', { skip }, async t => {
  const { folder, env } = await projectFolder(t, { 'test_client.py': exampleOf(README, 'python') })
  const { status, stdout, stderr } = await runHelper(t, PYTEST, folder, env)
  t.match({ status, stderr }, { status: 0, stderr: '' }, stdout)
  t.match(stdout, /^1 passed/m)
})

t.test('without pytest it works as well', { skip }, async t => {
  const { folder, env } = await projectFolder(t, { 'plain.py': exampleOf(README, 'python', 1) })
  t.match(await runHelper(t, ['python3', '-W', 'error', 'plain.py'], folder, env), { status: 0, stdout: /^http:\/\/127\.0\.0\.1:\d+\/rest\/ [A-Z0-9]{10} demo demo\n$/, stderr: '' })
})

t.test('every member does its control call', { skip }, async t => {
  const { env } = await projectFolder(t, {})
  const { status, stdout, stderr } = await runHelper(t, [...PYTEST, '-W', 'error::pytest.PytestUnraisableExceptionWarning', 'tests'], PACKAGE, env)
  t.match({ status, stderr }, { status: 0, stderr: '' }, stdout)
  t.match(stdout, /^6 passed/m)
})

const MEETING = `
import os, time
from urllib.request import urlopen

def test_own(respace):
    mine, other = os.environ['MINE'], os.environ['OTHER']
    respace.seed('accounts: [{ user: %s, password: secret }]' % mine)
    respace.faults.add({'answer': {'error': 27, 'info': mine}})
    open(os.path.join(os.environ['MEET'], mine), 'w').close()
    until = time.monotonic() + 20
    while not os.path.exists(os.path.join(os.environ['MEET'], other)):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert mine in urlopen(respace.rest_url + '?method=auth.createToken&api_version=1.0&api_key=' + respace.api_key).read().decode()
    assert [account['user'] for account in respace.accounts.list()] == [mine]
    respace.journal.verify({}, times=1)
`

t.test('two tests at once on one emulator are isolated by their sandboxes, which are removed', { skip }, async t => {
  const emulator = await startEmulator({ seed: 'none' })
  t.teardown(() => emulator.close())
  const meet = await temporaryFolder(t)
  const { folder, env } = await projectFolder(t, { 'test_own.py': MEETING })
  const ended = await Promise.all([['carol', 'erin'], ['erin', 'carol']].map(([MINE = '', OTHER = '']) =>
    runHelper(t, PYTEST, folder, { ...env, RESPACE_URL: emulator.url, RESPACE_COMMAND: '/no/such/program', MEET: meet, MINE, OTHER })))
  for (const { status, stdout } of ended) t.equal(status, 0, stdout)
  t.strictSame(await (await fetch(`${emulator.controlUrl}/sandboxes`)).json(), [])
})

const FAILING = `
from urllib.request import urlopen

def test_verify(respace):
    urlopen(respace.rest_url + '?method=auth.createToken&api_version=1.0&app_version=7&api_key=' + respace.api_key).read()
    respace.journal.verify({'method': 'auth.createToken', 'params': {'app_version': '8'}})

def test_other(respace):
    respace.faults.add({'answer': 'reset'})
    assert 1 + 1 == 3

def test_unfired(respace):
    respace.faults.add({'answer': 'reset'})
`

t.test('a test that fails says what is nearest and shows its last calls; a fault that was never applied fails one that passes', { skip }, async t => {
  const { folder, env } = await projectFolder(t, { 'test_failing.py': FAILING })
  const { status, stdout } = await runHelper(t, PYTEST, folder, env)
  t.equal(status, 1)
  t.match(stdout, /VerificationError: expected at least 1 of auth\.createToken with app_version=8, saw 0[^]*exchange 1, auth\.createToken:\n.*expected app_version=8, got "7"/)
  t.match(stdout, /respace journal: the last 1 calls -+\n +1 auth\.createToken .*app_version=7.* -> 200\n/)
  t.match(stdout, /respace journal -+\nnothing was called\n/)
  t.match(stdout, /at teardown of test_unfired _+\nrespace: fault f1 was never applied: \{.*"reset"/)
  t.match(stdout, /^2 failed, 1 passed, 1 error/m)
})

t.test('the emulator ends when pytest is killed', { skip }, async t => {
  const { folder, env } = await projectFolder(t, { 'test_hang.py': 'import os, pathlib, time\n\ndef test_hang(respace):\n    pathlib.Path(os.environ["TMPDIR"], "running").touch()\n    time.sleep(60)\n' })
  const run = await startHelper(t, PYTEST, folder, env)
  await killMidway(t, run, 'pytest')
  t.match(await run.ended, { signal: 'SIGKILL' })
  await leavesNothing(t, run, ['running'])
})

t.test('without an emulator each test says what to do', { skip }, async t => {
  const { folder, env } = await projectFolder(t, { 'test_client.py': 'def test_one(respace):\n    pass\n' })
  const { status, stdout } = await runHelper(t, PYTEST, folder, { ...env, RESPACE_COMMAND: '/no/such/program' })
  t.equal(status, 1)
  t.match(stdout, 'respace: /no/such/program dev --port 0 --seed none --exit-on-stdin-close: No such file or directory')
  const npx = await runHelper(t, PYTEST, folder, { ...env, RESPACE_COMMAND: `${process.execPath} -e 'process.exit(7)' -- --no-install` })
  t.match(npx.stdout, / ended with 7; if Respace is not installed in this folder, install it by npm, put respace on the PATH, or set RESPACE_COMMAND: it said nothing/)
})

/** What the recipe takes of testcontainers 4, with the program as the image has it instead of a container. */
const STAND_IN = `
import os, re, subprocess

class DockerContainer:
    def __init__(self, image): assert image == 'respace'
    def with_command(self, command): self.command = command.split(); return self
    def with_exposed_ports(self, port): assert port == 8080; return self
    def __enter__(self):
        node, *words = self.command
        self.process = subprocess.Popen([os.environ['NODE'], *words, '--port', '0', '--exit-on-stdin-close'], cwd=os.environ['IMAGE'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self
    def get_container_host_ip(self): return '127.0.0.1'
    def get_exposed_port(self, port): return self.port
    def __exit__(self, *given):
        self.process.communicate(timeout=20)

def wait_for_logs(container, text):
    line = container.process.stdout.readline()
    assert text in line
    container.port = re.search(r':(\\d+),', line)[1]
`

t.test('the recipe for Testcontainers reaches the container by its token', { skip }, async t => {
  const { folder, env } = await projectFolder(t, { 'conftest.py': exampleOf(README, 'python', 2), 'test_client.py': exampleOf(README, 'python') })
  await mkdir(join(folder, 'testcontainers/core'), { recursive: true })
  await writeFile(join(folder, 'testcontainers/core/container.py'), STAND_IN)
  await writeFile(join(folder, 'testcontainers/core/waiting_utils.py'), 'from .container import wait_for_logs\n')
  const { status, stdout } = await runHelper(t, PYTEST, folder, { ...env, RESPACE_COMMAND: '/no/such/program', NODE: process.execPath, IMAGE: ROOT })
  t.equal(status, 0, stdout)
})
