import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { environmentWith, EXEC_VARIABLES } from '../config.ts'
import { startEmulator, type RunningEmulator } from '../start-emulator.ts'
import { readStrictness, type DevOptions } from './dev-options.ts'
import { reasonOf } from '../domain/as-error.ts'

/** Runs a command against a temporary emulator on a free port, and returns its exit code as a shell would. */
export async function exec ([program = '', ...words]: readonly string[], options: DevOptions & { readonly asSendspace?: boolean }): Promise<void> {
  const strict = readStrictness(options.strict)
  const emulator = await startEmulator({ ...options, strict })
  try {
    process.exitCode = await run(program, words, environmentWith(variablesOf(emulator)))
  } finally {
    await emulator.close().catch((error: unknown) => {
      const sentences = reasonOf(error)
      process.stderr.write(sentences.replace(/^/gm, 'respace: ') + '\n')
      // A command that failed keeps its exit code.
      if (strict === 'fail') process.exitCode ||= 1
    })
  }
}

/** Without an account the variables of the user are unset: inherited ones would belong to another server. */
function variablesOf ({ url, apiKey, account, environment }: RunningEmulator): Record<string, string | undefined> {
  const { url: urlName, apiKey: keyName, user, password } = EXEC_VARIABLES
  return { ...environment, [urlName]: url, [keyName]: apiKey, [user]: account?.user, [password]: account?.password }
}

async function run (program: string, args: readonly string[], env: ReturnType<typeof environmentWith>): Promise<number> {
  let child: ChildProcess | undefined
  // The child decides what to do with a signal. A terminal sends Ctrl-C to it directly; passing it on would send it twice.
  const forwardSignal = (signal: NodeJS.Signals) => { if (signal !== 'SIGINT' || !process.stdin.isTTY) child?.kill(signal) }
  process.on('SIGTERM', forwardSignal).on('SIGINT', forwardSignal)
  try {
    child = spawn(program, args, { stdio: 'inherit', env })
    const [code, signal]: [number | null, NodeJS.Signals | null] = await once(child, 'exit') as [number | null, NodeJS.Signals | null]
    return code ?? 128 + constants.signals[signal ?? 'SIGTERM']
  } catch (error) {
    return reportSpawnFailure(program, error)
  } finally {
    process.off('SIGTERM', forwardSignal).off('SIGINT', forwardSignal)
  }
}

/** Returns the exit code that shells use for it. */
function reportSpawnFailure (program: string, error: unknown): number {
  const errorCode = error instanceof Error && 'code' in error ? error.code : undefined
  const [code, sentence] = errorCode === 'ENOENT'
    ? [127, `there is no program "${program}"${existsSync(program) ? ', or the interpreter in its first line is missing' : ''}`]
    : errorCode === 'EACCES'
      ? [126, `"${program}" cannot be run: it is not executable, or a folder`]
      : [126, `"${program}" cannot be run: ${reasonOf(error)}`]
  process.stderr.write(`respace: ${sentence}\n`)
  return code
}
