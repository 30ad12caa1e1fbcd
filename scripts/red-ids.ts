/**
 * Writes test/contract/red-ids.tsv: which checks are red behind each mutant. It continues where an earlier run ended; `--all` begins anew, and names
 * (or parts of names) of mutants find out these again. Takes about an hour of one core for all.
 */
import { fork } from 'node:child_process'
import { allScenarios } from '../src/contract/all-scenarios.ts'
import { readContract } from '../src/contract/law/contract-file.ts'
import { startEmulator } from '../src/start-emulator.ts'
import { MUTANTS } from '../test/contract/all-mutants.ts'
import { recordRun } from '../test/contract/recorded-run.ts'
import { readRedIds, redIdsOf, writeRedIds, type RedEntry } from '../test/contract/red-ids.ts'
import { touchedScenarios } from '../test/contract/touched-scenarios.ts'

/** Mutants at the same time; each lane has a server of its own. */
const LANES = 4

const names = [...new Set(allScenarios(readContract()).map(({ name }) => name))].sort()

if (process.argv[2] === '--touched') process.send?.(await touched())
else await main(process.argv.slice(2))

/** In a process of its own: mutants may note what they have seen. */
async function touched (): Promise<Array<readonly [string, readonly string[]]>> {
  const recorded = await recordRun()
  console.log(`${recorded.exchanges.length} exchanges recorded in ${Math.round(performance.now() / 1000)} s`)
  return MUTANTS.map(mutant => {
    const scenarios = touchedScenarios(mutant, recorded, names)
    return [mutant.name, scenarios.length === names.length ? ['*'] : scenarios]
  })
}

async function main (args: readonly string[]): Promise<void> {
  const wanted = args.filter(arg => arg !== '--all')
  const before = args.includes('--all') ? new Map<string, RedEntry>() : readRedIds()
  const scenarios = await inOwnProcess()
  const entries = new Map(MUTANTS.map(({ name }): [string, RedEntry] => {
    const [known, found] = [before.get(name), scenarios.get(name) ?? []]
    const isSame = known?.scenarios.join() === found.join() && !wanted.some(part => name.includes(part))
    return [name, { scenarios: found, red: isSame ? known.red : undefined }]
  }))
  writeRedIds(entries)
  const weightOf = (name: string): number => entries.get(name)?.scenarios.includes('*') === true ? names.length : entries.get(name)?.scenarios.length ?? 0
  // The quick ones first, so that much is there when a run is ended.
  const rest = MUTANTS.filter(({ name }) => entries.get(name)?.red === undefined).sort((a, b) => weightOf(a.name) - weightOf(b.name))
  const all = rest.length
  console.log(`${Math.round(performance.now() / 1000)} s: ${MUTANTS.length} mutants, ${all} to play`)
  await Promise.all(Array.from({ length: LANES }, async () => {
    const emulator = await startEmulator({ seed: 'demo' })
    for (let mutant = rest.shift(); mutant !== undefined; mutant = rest.shift()) {
      const { scenarios } = entries.get(mutant.name) ?? { scenarios: ['*'] }
      const red = await redIdsOf(mutant, emulator, scenarios)
      entries.set(mutant.name, { scenarios, red })
      writeRedIds(entries)
      const missed = mutant.kills.filter(id => !red.includes(id))
      console.log(`${all - rest.length}/${all} ${mutant.name}: ${red.length} red of ${weightOf(mutant.name)} scenarios${missed.length > 0 ? `, but not ${missed.join(', ')}` : ''}`)
    }
    await emulator.close({ unfired: 'ignore' })
  }))
}

function inOwnProcess (): Promise<ReadonlyMap<string, readonly string[]>> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, ['--touched'], { execArgv: process.execArgv })
    child.on('message', message => { resolve(new Map(message as Array<[string, string[]]>)) })
    child.on('error', reject)
    child.on('exit', code => { if (code !== 0) reject(new Error(`the run that is recorded ended with ${code ?? 'a signal'}`)) })
  })
}
