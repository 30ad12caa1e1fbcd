/** Runs a client through situations that go wrong, and reports how it handled each. */
import { constants } from 'node:fs'
import { access, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ALL_DRILLS, closingLines, DEFAULT_PATIENCE, drillClient, NoProgram, reportFormatOf, rowOf, unknownDrills, type ReportFormat } from '../drill-client.ts'
import { DocumentProblem } from '../settings/document.ts'

/** The flags of the command line. */
export interface DrillFlags {
  readonly seed?: string
  readonly only?: readonly string[]
  readonly jobs?: string
  /** In seconds. */
  readonly patience?: string
  readonly strict?: boolean
  readonly report?: readonly string[]
  readonly list?: boolean
}

class UsageProblem extends Error {}
class Interrupted extends Error {}

const MAX_JOBS = 64
/** In seconds: an hour. */
const MAX_PATIENCE = 3600
/** Exit codes as in a shell. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** 0: all as expected, 1: a drill failed, 2: a usage error or nothing judged, 3: a fault of the emulator, or the client fails without any fault. */
export async function drill (command: readonly string[], flags: DrillFlags): Promise<void> {
  if (flags.list === true) return listDrills()
  const stop = new AbortController()
  const handlers = Object.entries(SIGNALS).map(([signal, code]) => [signal, () => {
    process.exitCode = code
    stop.abort(new Interrupted())
  }] as const)
  for (const [signal, handler] of handlers) process.on(signal, handler)
  try {
    process.exitCode = await run(command, flags, stop.signal)
  } catch (error) {
    if (error instanceof Interrupted) return
    const isUsage = error instanceof UsageProblem || error instanceof DocumentProblem || error instanceof NoProgram
    process.stderr.write(`respace: ${error instanceof Error ? isUsage ? error.message : error.stack ?? error.message : String(error)}\n`)
    process.exitCode = isUsage ? 2 : 3
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler)
  }
}

async function run (command: readonly string[], { seed = 'demo', only = [], jobs = '1', patience = '60', strict = false, report = [] }: DrillFlags, signal: AbortSignal): Promise<number> {
  if (command.length === 0) throw new UsageProblem('no command: respace drill [options] -- COMMAND; --list shows the drills')
  const unknown = unknownDrills(only)
  if (unknown.length > 0) throw new UsageProblem(`there is no drill ${unknown.join(', ')}; --list shows all, and the command comes after --`)
  const milliseconds = readCount('--patience', patience, MAX_PATIENCE) * 1000
  const reports = await Promise.all(report.map(readReport))
  const { results, exitCode, write } = await drillClient(command, {
    seed,
    only,
    jobs: readCount('--jobs', jobs, MAX_JOBS),
    patience: milliseconds,
    isStrict: strict,
    signal,
    onResult: result => { process.stdout.write(`${rowOf(result)}\n`) }
  })
  const options = [...seed === 'demo' ? [] : ['--seed', quoted(seed)], ...milliseconds === DEFAULT_PATIENCE ? [] : ['--patience', patience]]
  const again = (id: string): string => ['respace drill --only', id, ...options, '--', ...command.map(quoted)].join(' ')
  for (const [file, format] of reports) await writeFile(file, write(format, again))
  process.stdout.write(`${closingLines(results, again).join('\n')}\n`)
  return exitCode
}

/** Checked before anything runs: otherwise a report that cannot be written would be lost after all drills. */
async function readReport (file: string): Promise<readonly [file: string, format: ReportFormat]> {
  const format = reportFormatOf(file)
  if (format === undefined) throw new UsageProblem(`--report is a file that ends with .html, .json, .xml (JUnit) or .md, not ${file}`)
  await access(dirname(file), constants.W_OK).catch(() => { throw new UsageProblem(`--report: the folder of ${file} does not exist, or cannot be written`) })
  return [file, format]
}

function readCount (flag: string, text: string, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > most) throw new UsageProblem(`${flag} is a whole number from 1 to ${most}, not ${text}`)
  return value
}

/** Quoted for a shell. */
const quoted = (word: string): string => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

function listDrills (): void {
  for (const { id, armed, expected } of ALL_DRILLS) process.stdout.write(`${[id, armed, expected].join('\t')}\n`)
}
