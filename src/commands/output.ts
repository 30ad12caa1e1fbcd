/** Handles a standard output that is full or closed. */
import { fstatSync, statSync } from 'node:fs'
import { CommandProblem } from './problem.ts'

/**
 * Lets a command finish its work when its output cannot be written. A reader that closes the pipe (`| head -1`) is not a
 * failure. If the output is full, one line reports it and the exit code is 1.
 */
export function outliveOutput (): void {
  let problem: Error | undefined
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', error => { problem ??= error })
  process.once('exit', code => {
    // A command that ends immediately, such as --help, has not received the event yet.
    const found = problem ?? process.stdout.errored
    if (!found || isClosed(found)) return
    process.stderr.write(`respace: ${sentenceFor(found)}\n`)
    if (code === 0) process.exitCode = 1
  })
}

/**
 * Prints a line that is shown only once, such as a new password, before the command acts on it. Throws a CommandProblem when it could
 * not be printed.
 */
export async function showFirst (line: string): Promise<void> {
  // Node opens the null device if standard output was closed.
  const { rdev, ino } = fstatSync(1)
  const none = statSync('/dev/null', { throwIfNoEntry: false })
  const problem = none?.rdev === rdev && none.ino === ino
    ? new Error('it is closed')
    : await new Promise<Error | null | undefined>(resolve => { process.stdout.write(`${line}\n`, resolve) })
  if (problem) throw new CommandProblem(`nothing was changed: the new password could not be shown: ${sentenceFor(problem)}; --password reads one from standard input`)
}

const isClosed = (error: Error): boolean => 'code' in error && error.code === 'EPIPE'

const sentenceFor = (error: Error): string => `standard output cannot be written: ${isClosed(error) ? 'nobody reads it' : error.message}`
