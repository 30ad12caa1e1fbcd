/** The GitHub Action of `clients/github-action`: its step, run as a runner runs it. */
// Runs on SQLite only.
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { ROOT } from '../support/cli-process.ts'
import { startHelper } from '../support/helper-run.ts'
import { temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>
  readonly outputs: { readonly url: { readonly value: string } }
  readonly runs: { readonly steps: ReadonlyArray<{ readonly id: string, readonly shell: string, readonly env: Readonly<Record<string, string>>, readonly run: string }> }
}

const action = parse(await readFile(join(ROOT, 'clients/github-action/action.yml'), 'utf8')) as Action
const [step] = action.runs.steps

/** Runs the step with inputs; `npx` runs the built program. What it wrote for the steps that follow, as pairs. */
async function runStep (t: Test, inputs: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder(t)
  const [environment, outputs] = [join(folder, 'env'), join(folder, 'output')]
  await writeFile(join(folder, 'npx'), `#!/bin/sh\necho "$1 $2" > "${folder}/asked"\nshift 2\nexec "${process.execPath}" "${join(ROOT, 'dist/main.js')}" "$@"\n`)
  await chmod(join(folder, 'npx'), 0o755)
  await Promise.all([environment, outputs].map(file => writeFile(file, '')))
  const given = Object.fromEntries(Object.entries(step?.env ?? {}).map(([variable, expression]) => {
    const name = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(expression)?.[1] ?? ''
    return [variable, inputs[name] ?? action.inputs[name]?.default ?? `no input for ${expression}`]
  }))
  await writeFile(join(folder, 'step.sh'), step?.run ?? '')
  // What GitHub says `shell: bash` is.
  const run = await startHelper(t, ['bash', '--noprofile', '--norc', '-eo', 'pipefail', join(folder, 'step.sh')], folder, {
    ...given, PATH: `${folder}:${process.env.PATH ?? ''}`, RUNNER_TEMP: folder, GITHUB_ENV: environment, GITHUB_OUTPUT: outputs
  })
  const ended = await run.ended
  const pairsOf = async (file: string) => Object.fromEntries([...(await readFile(file, 'utf8')).matchAll(/^([^=]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]))
  return { run, ended, asked: await readFile(join(folder, 'asked'), 'utf8'), variables: await pairsOf(environment), outputs: await pairsOf(outputs) }
}

t.test('the emulator answers the steps that follow, which know its address and its account', async t => {
  const { run, ended, asked, variables, outputs } = await runStep(t, {})
  t.match(ended, { status: 0, stderr: '' }, ended.stdout)
  t.equal(asked, '--yes respace@latest\n')
  t.strictSame(Object.keys(variables), ['RESPACE_URL', 'RESPACE_API_KEY', 'RESPACE_USER', 'RESPACE_PASSWORD'])
  t.match(variables, { RESPACE_API_KEY: 'RESPACE001', RESPACE_USER: 'demo', RESPACE_PASSWORD: 'demo' })
  t.strictSame(outputs, { url: variables.RESPACE_URL })
  t.match(action, { outputs: { url: { value: /^\$\{\{ steps\.start\.outputs\.url \}\}$/ } }, runs: { steps: [{ id: 'start', shell: 'bash' }] } })
  t.match(await (await fetch(`${variables.RESPACE_URL}/_emulator/v1/health`)).json(), { status: 'ok' })
  // The runner ends what a job has left.
  for (const pid of run.processes()) process.kill(pid, 'SIGTERM')
  await until('the emulator has ended', () => run.processes().length === 0)
})

t.test('it takes a seed, options and a version', async t => {
  const { ended, asked, variables } = await runStep(t, { seed: 'none', options: '--host 0.0.0.0 --control-token test --strict warn', version: '0.1.0' })
  t.match(ended, { status: 0 }, ended.stdout)
  t.notMatch(ended.stdout, 'Bearer', 'the token is in no log')
  t.equal(asked, '--yes respace@0.1.0\n')
  t.match(variables, { RESPACE_URL: /^http:/, RESPACE_API_KEY: 'RESPACE001', RESPACE_CONTROL_TOKEN: 'test', RESPACE_USER: undefined })
  t.equal((await fetch(`http://127.0.0.1:${new URL(variables.RESPACE_URL ?? '').port}/_emulator/v1/health`, { headers: { authorization: 'Bearer test' } })).status, 200)
})

t.test('when it does not start the step fails at once, and says why', async t => {
  const { run, ended } = await runStep(t, { seed: 'no-such-file.yaml' })
  t.match(ended, { status: 1, stdout: /^::error::The emulator did not start\n[^]*no-such-file\.yaml/ })
  t.strictSame(run.processes(), [])
})
