/** Runs the command of a user. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import type { environmentWith } from '../config.ts'
import { reasonOf } from '../domain/as-error.ts'

/** Runs a program with this environment to its end. Returns its exit code as a shell would, and says why when it cannot be run. */
export async function runProgram (program: string, args: readonly string[], env: ReturnType<typeof environmentWith>): Promise<number> {
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
