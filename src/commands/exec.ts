import { environmentWith, EXEC_VARIABLES } from '../config.ts'
import { startEmulator, type RunningEmulator } from '../start-emulator.ts'
import { describeReplay } from '../emulator/replay/replay.ts'
import { readJournalSize, readStrictness, type DevOptions } from './dev-options.ts'
import { readJudgeFiles, writeJudgeFiles } from './judge-files.ts'
import { reasonOf } from '../domain/as-error.ts'
import { runProgram } from './run-program.ts'

/** Runs a command against a temporary emulator on a free port, and returns its exit code as a shell would. */
export async function exec ([program = '', ...words]: readonly string[], { judge, strict: strictOption, journalSize: sizeOption, tls, ...options }: DevOptions & { readonly config?: string, readonly asSendspace?: boolean, readonly tls?: string | true }): Promise<void> {
  const strict = readStrictness(strictOption)
  const journalSize = readJournalSize(sizeOption)
  const judgeFiles = await readJudgeFiles(judge)
  const emulator = await startEmulator({ ...options, strict, tls: tls !== undefined, ...(journalSize !== undefined && { journalSize }) })
  try {
    process.exitCode = await runProgram(program, words, environmentWith(variablesOf(emulator)))
  } finally {
    await emulator.close().catch((error: unknown) => {
      const sentences = reasonOf(error)
      process.stderr.write(sentences.replace(/^/gm, 'respace: ') + '\n')
      // A failed command keeps its exit code.
      if (strict === 'fail') process.exitCode ||= 1
    })
    await writeJudgeFiles(judgeFiles, emulator).catch((error: unknown) => {
      process.stderr.write(`respace: ${reasonOf(error)}\n`)
      process.exitCode ||= 1
    })
    for (const sentence of describeReplay(emulator.replay())) process.stderr.write(`respace: ${sentence}\n`)
  }
}

/** Without an account, the variables of the user are unset: inherited ones would belong to another server. */
function variablesOf ({ url, apiKey, account, environment }: RunningEmulator): Record<string, string | undefined> {
  const { url: urlName, apiKey: keyName, user, password } = EXEC_VARIABLES
  return { ...environment, [urlName]: url, [keyName]: apiKey, [user]: account?.user, [password]: account?.password }
}
