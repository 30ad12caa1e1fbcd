/** red-ids.tsv: a line for each mutant, with its name, the scenarios that it changes, and the ids that fail behind it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { allScenarios } from '../../src/contract/all-scenarios.ts'
import { readContract } from '../../src/contract/law/contract-file.ts'
import { run } from '../../src/contract/run/run.ts'
import { readTarget } from '../../src/contract/target/target-file.ts'
import { CONTROL_PATH } from '../../src/emulator/control/control-paths.ts'
import { startEmulator, type RunningEmulator } from '../../src/start-emulator.ts'
import { startMutant, type Mutant } from './mutant.ts'
import { knownOf } from './target-of.ts'

export interface RedEntry {
  /** `*`: all. */
  readonly scenarios: readonly string[]
  /** Sorted; undefined: not yet determined. */
  readonly red: readonly string[] | undefined
}

const PATH = join(import.meta.dirname, 'red-ids.tsv')
const UNKNOWN = '?'

/** By the name of the mutant. */
export function readRedIds (): ReadonlyMap<string, RedEntry> {
  return new Map(linesOf(PATH).map(([name = '', scenarios = '', red = '']) => [name, { scenarios: wordsOf(scenarios), red: red === UNKNOWN ? undefined : wordsOf(red) }]))
}

export function writeRedIds (entries: ReadonlyMap<string, RedEntry>): void {
  const lines = [...entries].sort(([a], [b]) => a < b ? -1 : 1).map(([name, { scenarios, red }]) => [name, scenarios.join(' '), red?.join(' ') ?? UNKNOWN].join('\t'))
  writeFileSync(PATH, lines.map(line => `${line}\n`).join(''))
}

/** Ids that fail behind some mutants only on a slow machine, with the reason: may-be-red.tsv. */
export const readMayBeRed = (): ReadonlyMap<string, string> => new Map(linesOf(join(import.meta.dirname, 'may-be-red.tsv')).map(([id = '', reason = '']) => [id, reason]))

const linesOf = (path: string): string[][] => readFileSync(path, 'utf8').split('\n').filter(line => line !== '').map(line => line.split('\t'))
const wordsOf = (text: string): string[] => text.split(' ').filter(word => word !== '')

/** Runs the scenarios in all versions behind a mutant; the ids that fail, sorted. */
export async function redIdsOf (mutant: Mutant, shared: RunningEmulator, scenarios: readonly string[]): Promise<readonly string[]> {
  // A mutant that changes the server gets a separate one.
  const emulator = mutant.setUp === undefined ? shared : await startEmulator({ seed: 'demo' })
  // Restores what earlier mutants have used up, such as the mails of an hour.
  await emulator.reset()
  await mutant.setUp?.(emulator)
  const proxy = await startMutant(mutant, emulator.url)
  try {
    const contract = readContract()
    const target = await readTarget(proxy.url, undefined, {}, { ...knownOf({ controlUrl: proxy.url + CONTROL_PATH }), states: mutant.states ?? {} })
    const played = allScenarios(contract).filter(({ name }) => scenarios.includes('*') || scenarios.includes(name))
    const { checks } = await run(target, contract, played, { profile: 'respace', only: [], isStrict: false })
    return checks.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn' || verdict === 'note').map(({ check }) => check.id).sort()
  } finally {
    await proxy.close()
    if (emulator !== shared) await emulator.close({ unfired: 'ignore' })
  }
}
