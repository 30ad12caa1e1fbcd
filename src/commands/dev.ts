/** Runs the emulator until a signal ends it. */
import { EMULATOR_DEFAULTS, loadConfig, sampleKey, type Config } from '../config.ts'
import { createEmulator, type Emulator } from '../emulator-app.ts'
import { describeReplay } from '../emulator/replay/replay.ts'
import { readJournalSize, readStrictness, type DevOptions } from './dev-options.ts'
import { readJudgeFiles, writeJudgeFiles } from './judge-files.ts'
import { CommandProblem } from './problem.ts'
import { endWithInput, removeReadyFile, runUntilSignal } from './run-server.ts'

/** `settings` are flags of `serve`, `judge` the files of the judge's report; with `exitOnStdinClose` the end of standard input ends it, too. Environment variables are ignored, so that a test runs alike on every machine. */
export async function dev ({ seed = 'demo', ids, data, strict: strictOption, journalSize: sizeOption, controlToken, replay, ...settings }: Omit<DevOptions, 'judge' | 'exitOnStdinClose'> & Readonly<Record<string, string>>, { judge, exitOnStdinClose = false }: { readonly judge: DevOptions['judge'] | undefined, readonly exitOnStdinClose: boolean | undefined }): Promise<void> {
  const config = await loadConfig(settings, {}, EMULATOR_DEFAULTS)
  const strict = readStrictness(strictOption)
  const journalSize = readJournalSize(sizeOption)
  const judgeFiles = await readJudgeFiles(judge)
  await removeReadyFile(config.readyFile)
  const emulator = await createEmulator(config, { data, seed, ids, strict, journalSize, token: controlToken, replay })
  async function close (): Promise<void> {
    await emulator.close()
    await writeJudgeFiles(judgeFiles, emulator.judged)
    const { unfired, lint } = emulator.listProblems()
    for (const sentence of describeReplay(emulator.main.replay?.state())) process.stderr.write(`respace: ${sentence}\n`)
    const sentences = [...unfired, ...lint]
    if (sentences.length === 0) return
    const text = sentences.join('\nrespace: ')
    if (strict === 'fail') throw new CommandProblem(text)
    process.stderr.write(`respace: ${text}\n`)
  }
  await runUntilSignal({ ...emulator, close }, config, ([url = '']) => greeting(config.publicUrl ?? url, config, emulator), emulator.controlToken)
  if (exitOnStdinClose) endWithInput()
}

function greeting (url: string, config: Config, { main: { account }, controlToken }: Emulator): string {
  const apiKey = sampleKey(config)
  const user = account === undefined ? 'no account' : `user ${account.user}, password ${account.password}`
  const token = controlToken === undefined ? '' : `Control calls need the header Authorization: Bearer ${controlToken}\n`
  return `Respace emulator on ${url}, API key ${apiKey}, ${user}
${token}
Try it:
  curl '${url}/rest/?method=auth.createToken&api_key=${apiKey}&api_version=1.0'

`
}
