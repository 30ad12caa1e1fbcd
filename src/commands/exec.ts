import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { environmentWith, EXEC_VARIABLES } from '../config.ts'
import { startEmulator, type RunningEmulator } from '../start-emulator.ts'
import { readStrictness, type DevOptions } from './dev-options.ts'

/** Runs a command against a temporary emulator on a free port, and returns its exit code, like a shell. */
export async function exec ([program = '', ...words]: readonly string[], options: DevOptions): Promise<void> {
  const strict = readStrictness(options.strict)
  const emulator = await startEmulator({ ...options, strict })
  try {
    process.exitCode = await run(program, words, environmentWith(variablesOf(emulator)))
  } finally {
    await emulator.close().catch((error: unknown) => {
      const sentences = error instanceof Error ? error.message : String(error)
      process.stderr.write(sentences.replace(/^/gm, 'respace: ') + '\n')
      // A command that failed has already printed its error.
      if (strict === 'fail') process.exitCode ||= 1
    })
  }
}

/** Without an account these variables are removed: inherited ones would belong to something else. */
function variablesOf ({ url, apiKey, account }: RunningEmulator): Record<string, string | undefined> {
  const { url: urlName, apiKey: keyName, user, password } = EXEC_VARIABLES
  return { [urlName]: url, [keyName]: apiKey, [user]: account?.user, [password]: account?.password }
}

async function run (program: string, words: readonly string[], env: ReturnType<typeof environmentWith>): Promise<number> {
  let child: ChildProcess | undefined
  // The child handles signals. A terminal already sends it Ctrl-C; forwarding it would be a second signal.
  const pass = (signal: NodeJS.Signals) => { if (signal !== 'SIGINT' || !process.stdin.isTTY) child?.kill(signal) }
  process.on('SIGTERM', pass).on('SIGINT', pass)
  try {
    child = spawn(program, words, { stdio: 'inherit', env })
    const [code, signal]: [number | null, NodeJS.Signals | null] = await once(child, 'exit') as [number | null, NodeJS.Signals | null]
    return code ?? 128 + constants.signals[signal ?? 'SIGTERM']
  } catch (error) {
    return sayWhyNot(program, error)
  } finally {
    process.off('SIGTERM', pass).off('SIGINT', pass)
  }
}

/** With the exit codes of shells. */
function sayWhyNot (program: string, error: unknown): number {
  const why = error instanceof Error && 'code' in error ? error.code : undefined
  const [code, sentence] = why === 'ENOENT'
    ? [127, `there is no program "${program}"${existsSync(program) ? ', or the interpreter in its first line is missing' : ''}`]
    : why === 'EACCES'
      ? [126, `"${program}" cannot be run: it is not executable, or a folder`]
      : [126, `"${program}" cannot be run: ${error instanceof Error ? error.message : String(error)}`]
  process.stderr.write(`respace: ${sentence}\n`)
  return code
}
