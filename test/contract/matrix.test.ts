/** Each check can fail: it fails behind the mutant made for it. */
// Runs first, on SQLite only.
import t from 'tap'
import { allScenarios } from '../../src/contract/all-scenarios.ts'
import { readContract } from '../../src/contract/law/contract-file.ts'
import { startEmulator } from '../../src/start-emulator.ts'
import { MUTANTS } from './all-mutants.ts'
import { survivorsOf } from './matrix.ts'

/** Concurrent mutants: they spend most of their time waiting for answers. */
const LANES = 10

const DERIVED = new Set(readContract().methods.map(({ name }) => name))
const ids = allScenarios(readContract()).flatMap(({ checks }) => checks).map(({ id }) => id)

t.test('every check is named by a mutant, except for similar ones derived from the declarations', async t => {
  const named = new Set(MUTANTS.flatMap(({ kills }) => kills))
  t.strictSame([...named].filter(id => !ids.includes(id)), [], 'mutants name checks that there are')
  t.strictSame(MUTANTS.filter(({ kills }) => kills.length === 0).map(({ name }) => name), [], 'each kills something')
  t.strictSame(ids.filter(id => !named.has(id) && !isDerived(id)), [], 'every check written by hand has a mutant')
  t.comment(`${MUTANTS.length} mutants name ${named.size} of ${ids.length} checks`)
})

/** `files.getInfo/16-file_id`, `files.getInfo/file@name`, `files.getInfo/elements`. */
function isDerived (id: string): boolean {
  const [area = '', rest = ''] = id.split('/')
  return DERIVED.has(area) && /^(?:\d+-.*|echo|echo-small|elements|answers|order|hostile|[a-z_]+(?:@[a-z_]*)?)$/.test(rest)
}

t.test('behind each mutant the checks that it is made for are red', { timeout: 600_000 }, async t => {
  const rest = [...MUTANTS]
  await Promise.all(Array.from({ length: LANES }, async () => {
    // Each lane has a separate server, because some checks change the state of the whole server.
    const emulator = await startEmulator({ seed: 'demo' })
    t.teardown(() => emulator.close({ unfired: 'ignore' }))
    for (let mutant = rest.shift(); mutant !== undefined; mutant = rest.shift()) t.strictSame(await survivorsOf(mutant, emulator), [], mutant.name)
  }))
})
