/** The Go package of `clients/go`. */
// Runs on SQLite only.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { startEmulator } from '../../src/start-emulator.ts'
import { ROOT } from '../support/cli-process.ts'
import { runProgram } from '../support/client-program.ts'
import { exampleOf, killMidway, leavesNothing, runHelper, startHelper } from '../support/helper-run.ts'
import { temporaryFolder } from '../support/server.ts'

const PACKAGE = join(ROOT, 'clients/go')
const README = 'clients/go/README.md'
const skip = skipWithout('go')

/** The tests of a folder as a program: `go test` would run it behind another process. */
async function compile (t: Test, folder: string, what = '.'): Promise<string> {
  const program = join(await temporaryFolder(t), 'tests')
  await runProgram('go', ['test', '-c', '-o', program, what], folder)
  return program
}

const OTHERS = `package client_test

import (
  "os"
  "path/filepath"
  "testing"
  "time"

  "github.com/respace/respace/clients/go/respacetest"
)

func TestVerify(t *testing.T) {
  server := respacetest.New(t)
  newToken(t, server)
  server.Journal.Verify(respacetest.Object{"method": "auth.createToken", "params": respacetest.Object{"api_version": "1.2"}})
}

func TestUnfired(t *testing.T) {
  respacetest.New(t).Faults.Add(respacetest.Object{"answer": "reset"})
}

func TestHang(t *testing.T) {
  respacetest.New(t)
  _ = os.WriteFile(filepath.Join(os.TempDir(), "running"), nil, 0o600)
  time.Sleep(time.Minute)
}

func TestBadRule(t *testing.T) {
  respacetest.New(t).Faults.Add(respacetest.Object{"match": respacetest.Object{"methode": "auth.login"}, "answer": "reset"})
}
`

t.test('the package', { skip }, async t => {
  t.equal(await runProgram('gofmt', ['-l', '.'], PACKAGE), '', 'is formatted')
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'client_test.go'), exampleOf(README, 'go'))
  await writeFile(join(folder, 'others_test.go'), OTHERS)
  await runProgram('go', ['mod', 'init', 'example.org/client'], folder)
  await runProgram('go', ['mod', 'edit', '-require', 'github.com/respace/respace/clients/go@v0.1.0', '-replace', `github.com/respace/respace/clients/go=${PACKAGE}`], folder)
  const program = await compile(t, folder)
  const runTest = (t: Test, name: string, env?: Readonly<Record<string, string>>) => runHelper(t, [program, '-test.v', '-test.run', `^${name}$`], folder, env)

  await t.test('passes the first test of its README, and leaves no process or file', async t => {
    t.match(await runTest(t, 'TestMaintenance'), { status: 0, stdout: /^--- PASS: TestMaintenance/m, stderr: '' })
  })

  await t.test('says what is nearest when the journal does not have what was expected, and shows the last calls', async t => {
    const { status, stdout } = await runTest(t, 'TestVerify')
    t.equal(status, 1)
    t.match(stdout, /others_test\.go:15: respace: expected at least 1 of auth\.createToken with api_version=1\.2, saw 0[^]*exchange 1, auth\.createToken:\n.*expected api_version=1\.2, got "1\.0"/)
    t.match(stdout, /the last calls of this test:\n +1 auth\.createToken .*api_version=1\.0 -> 200\n/)
  })

  await t.test('fails a test whose fault was never applied', async t => {
    t.match(await runTest(t, 'TestUnfired'), { status: 1, stdout: /fault f1 was never applied: \{.*"reset"/ })
  })

  await t.test('says what is wrong in a rule', async t => {
    t.match(await runTest(t, 'TestBadRule'), { status: 1, stdout: /others_test\.go:29: respace: POST \/faults: \/match\/methode: .*did you mean method\?/ })
  })

  await t.test('says what to do without an emulator', async t => {
    t.match(await runTest(t, 'TestUnfired', { RESPACE_COMMAND: '/no/such/program' }), { status: 1, stdout: /respace: \/no\/such\/program: .*no such file or directory/ })
    t.match(await runTest(t, 'TestUnfired', { RESPACE_COMMAND: `${process.execPath} -e process.exit(7)` }), { status: 1, stdout: /ended \(exit status \d+\)/ })
    t.match(await runTest(t, 'TestUnfired', { RESPACE_URL: 'http://127.0.0.1:1' }), { status: 1, stdout: /there is no emulator at http:\/\/127\.0\.0\.1:1: / })
  })

  await t.test('ends the emulator when the tests are killed', async t => {
    const run = await startHelper(t, [program, '-test.run', 'TestHang'], folder)
    await killMidway(t, run, program)
    t.match(await run.ended, { signal: 'SIGKILL' })
    await leavesNothing(t, run, ['running'])
  })
})

t.test('every member does its control call, and tests in parallel are isolated by sandboxes, which are removed', { skip }, async t => {
  const emulator = await startEmulator({ seed: 'none', controlToken: 'secret' })
  t.teardown(() => emulator.close())
  const program = await compile(t, PACKAGE, './respacetest')
  const { status, stdout } = await runHelper(t, [program, '-test.v'], PACKAGE, { RESPACE_COMMAND: '/no/such/program', RESPACE_CONTROL_URL: emulator.controlUrl, RESPACE_CONTROL_TOKEN: 'secret' })
  t.equal(status, 0, stdout)
  for (const name of ['carol', 'erin']) t.match(stdout, `--- PASS: TestTwoTestsInParallelAreIsolated/${name}`)
  const list = await fetch(`${emulator.controlUrl}/sandboxes`, { headers: { authorization: 'Bearer secret' } })
  t.strictSame(await list.json(), [])
})
