/** Drills: runs a client through situations that go wrong, each in a separate emulator. */
import { DRILL_VARIABLES, EMULATOR_DEFAULTS, environmentWith, readConfig, readVersion } from './config.ts'
import { createEmulator } from './emulator-app.ts'
import { DRILLS, PLAIN_DRILL } from './emulator/drills/all-drills.ts'
import { NoProgram } from './emulator/drills/client-process.ts'
import type { Pace } from './emulator/drills/drill.ts'
import { closingLines, rowOf } from './emulator/drills/drill-lines.ts'
import { drillText } from './emulator/drills/drill-report.ts'
import type { ClientValues, DrillServer } from './emulator/drills/run-client.ts'
import { exitCodeOf, runDrills, unknownDrills, type DrillResult } from './emulator/drills/run-drills.ts'
import { judgeFormatOf, type JudgeFormat } from './emulator/judge/write-report.ts'
import { loadSeed } from './emulator/state/seed.ts'

export { closingLines, judgeFormatOf as reportFormatOf, NoProgram, rowOf, unknownDrills, type DrillResult, type JudgeFormat as ReportFormat }

/** The description of a drill before it runs. */
export const ALL_DRILLS = [PLAIN_DRILL, ...DRILLS].map(({ id, armed, expected }) => ({ id, armed, expected }))

export interface DrillClientOptions {
  /** A seed, as for `loadSeed`. */
  readonly seed?: string | object
  /** Ids of drills or of their runs; default: all. */
  readonly only?: readonly string[]
  /** Concurrent runs; default 1. */
  readonly jobs?: number
  /** Time limit of a run in milliseconds, without intended delays; default a minute. */
  readonly patience?: number
  readonly pace?: Partial<Pace>
  /** Risky counts as a failure. */
  readonly isStrict?: boolean
  /** Ends all runs; the call then rejects with its reason. */
  readonly signal?: AbortSignal
  /** Called with each drill once it is judged. */
  onResult? (result: DrillResult): void
}

const DEFAULT_PACE: Pace = { delayMs: 3000, bytesPerSecond: 50_000, manyFiles: 1000 }
export const DEFAULT_PATIENCE = 60_000

export interface DrillReport {
  readonly results: readonly DrillResult[]
  readonly exitCode: 0 | 1 | 2 | 3
  /** The results as a file; `again` writes the command that runs a drill alone. */
  write (format: JudgeFormat, again: (id: string) => string): string
}

/** Runs the command once for each drill. Rejects with NoProgram, and with DocumentProblem for a wrong seed. */
export async function drillClient (command: readonly string[], options: DrillClientOptions = {}): Promise<DrillReport> {
  const { seed = 'demo', only = [], jobs = 1, patience = DEFAULT_PATIENCE, pace, isStrict = false, signal = new AbortController().signal, onResult = () => undefined } = options
  const began = performance.now()
  const results = await runDrills({
    command, seed: await loadSeed(seed), only, jobs, patience, signal, pace: { ...DEFAULT_PACE, ...pace }, open: openServer, environmentOf, onResult
  })
  const exitCode = exitCodeOf(results, isStrict)
  const facts = { command: command.join(' '), version: readVersion(), date: new Date(), milliseconds: performance.now() - began, exitCode }
  return { results, exitCode, write: (format, again) => drillText(format, results, { ...facts, again }) }
}

/** The environment of this process with the variables of a run; inherited ones would belong to another server. */
const environmentOf = (values: ClientValues) =>
  environmentWith(Object.fromEntries(Object.entries(DRILL_VARIABLES).map(([name, variable]) => [variable, values[name as keyof ClientValues]])))

/** Ids are repeatable, so that those of the seed are the same in each run. */
const IDS = 'drill'

/** A complete emulator on a separate port, as in `exec`: any API key is accepted, and nothing is shared. */
async function openServer (): Promise<DrillServer> {
  const config = readConfig({ port: '0', host: '127.0.0.1', logLevel: 'silent' }, {}, undefined, EMULATOR_DEFAULTS)
  const emulator = await createEmulator(config, { seed: 'none', ids: IDS }, { logStream: { write: () => undefined } })
  try {
    const [url = ''] = await emulator.listen()
    return { server: emulator.main, url, apiKey: emulator.main.apiKey, folder: emulator.folder, close: emulator.close }
  } catch (error) {
    await emulator.close()
    throw error
  }
}
