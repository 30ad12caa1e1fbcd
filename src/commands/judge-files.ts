/** `--judge FILE`: the reports on the client, written at its end. */
import { access, constants, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { countsLine, judgeFormatOf, type Emulator, type JudgeFormat } from '../emulator-app.ts'
import { reasonOf } from '../domain/as-error.ts'
import { CommandProblem } from './problem.ts'

export interface JudgeFile {
  readonly path: string
  readonly format: JudgeFormat
}

/** Throws CommandProblem for an unknown extension, and for a file that cannot be written: better now than at the end. */
export async function readJudgeFiles (paths: readonly string[] = []): Promise<readonly JudgeFile[]> {
  return Promise.all(paths.map(async path => {
    const format = judgeFormatOf(path)
    if (format === undefined) throw new CommandProblem(`--judge: expected a file that ends with .html, .json, .xml (JUnit) or .md, got "${path}"`)
    try {
      await access(dirname(resolve(path)), constants.W_OK)
    } catch (error) {
      throw new CommandProblem(`--judge: cannot write ${resolve(path)}: ${reasonOf(error)}`)
    }
    return { path, format }
  }))
}

/** Writes them, and prints a summary to standard error. Throws CommandProblem. */
export async function writeJudgeFiles (files: readonly JudgeFile[], { judge, judgeAs }: Emulator['judged']): Promise<void> {
  if (files.length === 0) return
  for (const { path, format } of files) {
    try {
      await writeFile(path, judgeAs(format))
    } catch (error) {
      throw new CommandProblem(`--judge: cannot write ${resolve(path)}: ${reasonOf(error)}`)
    }
  }
  process.stderr.write(`respace: the client: ${countsLine(judge())}; see ${files.map(({ path }) => path).join(', ')}\n`)
}
