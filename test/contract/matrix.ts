/** Runs the kit behind mutants, and collects the checks that fail behind each. */
import { allScenarios } from '../../src/contract/all-scenarios.ts'
import { appliesTo } from '../../src/contract/check.ts'
import { readContract } from '../../src/contract/law/contract-file.ts'
import { run } from '../../src/contract/run/run.ts'
import { readTarget } from '../../src/contract/target/target-file.ts'
import { API_VERSIONS, type ApiVersion } from '../../src/domain/version.ts'
import { CONTROL_PATH } from '../../src/emulator/control/control-paths.ts'
import { startEmulator, type RunningEmulator } from '../../src/start-emulator.ts'
import { startMutant, type Mutant } from './mutant.ts'
import { knownOf } from './target-of.ts'

const checks = new Map(allScenarios(readContract()).flatMap(({ checks }) => checks).map(check => [check.id, check]))

/** One version to which all of these apply, or else all versions. */
function versionsFor (ids: readonly string[]): readonly ApiVersion[] {
  const wanted = ids.flatMap(id => checks.get(id) ?? [])
  const one = API_VERSIONS.find(version => wanted.every(check => appliesTo(check, version)))
  return one === undefined ? API_VERSIONS : [one]
}

/** The checks that a mutant should kill but does not. First in one version, then in all: some faults show only next to another version. */
export async function survivorsOf (mutant: Mutant, shared: RunningEmulator): Promise<readonly string[]> {
  // A mutant that changes the server gets a separate one.
  if (mutant.setUp !== undefined) {
    const emulator = await startEmulator({ seed: 'demo' })
    try {
      await mutant.setUp(emulator)
      return await survivorsOn(mutant, emulator)
    } finally {
      await emulator.close({ unfired: 'ignore' })
    }
  }
  return survivorsOn(mutant, shared)
}

async function survivorsOn (mutant: Mutant, emulator: RunningEmulator): Promise<readonly string[]> {
  const proxy = await startMutant(mutant, emulator.url)
  try {
    const play = async (versions: readonly ApiVersion[]): Promise<readonly string[]> => {
      const contract = readContract()
      const target = await readTarget(proxy.url, undefined, {}, { ...knownOf({ controlUrl: proxy.url + CONTROL_PATH }), versions, states: mutant.states ?? {} })
      const results = await run(target, contract, allScenarios(contract), { profile: 'respace', only: mutant.kills, isStrict: false })
      const red = new Set(results.checks.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn' || verdict === 'note').map(({ check }) => check.id))
      return mutant.kills.filter(id => !red.has(id))
    }
    let survivors = await play(versionsFor(mutant.kills))
    // Some faults show only next to another version; and a busy machine must not hide one.
    for (let again = 0; again < 2 && survivors.length > 0; again++) survivors = await play(API_VERSIONS)
    return survivors
  } finally {
    await proxy.close()
  }
}
