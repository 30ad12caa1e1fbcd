/** Servers beside the main one, each with data, clock and faults of its own, for tests that run at the same time. */
import type { RequestListener } from 'node:http'
import type { Ids, Mail } from '../../ports.ts'
import { DocumentProblem, fields, written, type Read } from '../../settings/document.ts'
import { moment } from '../../settings/kinds.ts'
import type { Advanced } from '../state/advance-clock.ts'
import type { SettableClock } from '../state/clock.ts'
import { ControlProblem } from '../control-problem.ts'
import type { ControlledServer } from './call.ts'
import { builtInSeed, readSeed, type Seed } from '../state/seed.ts'
import type { IdSeed } from '../state/seeded-ids.ts'
import { seedOfIds, shortName } from './state-calls.ts'
import type { SuiteProblems } from '../traffic/strictness.ts'

/** Before the path of a request, it names the sandbox that the request is for. */
export const SANDBOX_PREFIX = '/_s/'

/** Each has a database in memory; a suite that never ends one would fill it. */
const MAX_SANDBOXES = 500
/** So many sentences are kept of those that have ended. */
const MAX_PROBLEMS = 100

/** What a sandbox begins with. */
export interface SandboxOptions {
  /** Names it in paths; not given: one is drawn. */
  readonly id: string
  /** Not given: none. */
  readonly seed: Seed
  /** Its clock stands still there, in Unix milliseconds; not given: it runs with the real time. */
  readonly clock: number
  /** Makes its keys and ids repeatable, those of its seed too. */
  readonly ids: IdSeed
}

/** No file: whoever may call this may not read the files of this machine. */
const readSandboxSeed: Read<Seed> = (value, at) => {
  if (typeof value !== 'string') return readSeed(value, at)
  const seed = builtInSeed(value)
  if (seed === undefined) throw new DocumentProblem(at, `expected demo, none or a seed, got ${JSON.stringify(value)}`)
  return seed
}

export const readSandboxOptions = fields<SandboxOptions>({ id: shortName, seed: readSandboxSeed, clock: written(moment), ids: seedOfIds })

/** One server that listens on no address of its own. */
export interface Sandbox {
  readonly id: string
  readonly apiKey: string
  readonly account: { readonly user: string, readonly password: string } | undefined
  readonly world: ControlledServer
  readonly clock: SettableClock
  readonly routes: RequestListener
  advance (by: number): Promise<Advanced>
  listProblems (): SuiteProblems
  listMails (): Promise<readonly Mail[]>
  close (): Promise<void>
}

/** A sandbox as it is opened, its id and API key chosen. */
export type OpenSandbox = (options: Partial<SandboxOptions> & Pick<Sandbox, 'id' | 'apiKey'>) => Promise<Sandbox>

export interface Sandboxes {
  create (options: Partial<SandboxOptions>): Promise<Sandbox>
  list (): readonly Sandbox[]
  get (id: string): Sandbox | undefined
  /** Ends one; false when there is none of this id. `isTold`: its problems are told by who ends it. */
  remove (id: string, isReported?: boolean): Promise<boolean>
  /** Of those that have ended, unless they were told. */
  listProblems (): SuiteProblems
  close (): Promise<void>
}

export function createSandboxes (ids: Ids, open: OpenSandbox): Sandboxes {
  /** Those that are being opened count, so that two never have one id. */
  const byId = new Map<string, Promise<Sandbox>>()
  const opened = new Map<string, Sandbox>()
  const unfired: string[] = []
  const lint: string[] = []

  function addProblems (kept: string[], sentences: readonly string[], id: string): void {
    kept.push(...sentences.slice(0, MAX_PROBLEMS - kept.length).map(sentence => `sandbox ${id}: ${sentence}`))
  }

  async function remove (id: string, isReported = false): Promise<boolean> {
    const sandbox = opened.get(id)
    if (sandbox === undefined) return false
    opened.delete(id)
    if (!isReported) {
      const problems = sandbox.listProblems()
      addProblems(unfired, problems.unfired, id)
      addProblems(lint, problems.lint, id)
    }
    await sandbox.close()
    byId.delete(id)
    return true
  }

  return {
    async create (options) {
      const { id = ids.text('abcdefghijklmnopqrstuvwxyz0123456789', 10) } = options
      if (byId.has(id)) throw new ControlProblem(409, `there is a sandbox "${id}" already`, 'end it with DELETE, or choose another id')
      if (byId.size >= MAX_SANDBOXES) throw new ControlProblem(409, `there are ${MAX_SANDBOXES} sandboxes`, 'end each with DELETE once its test is done')
      const opening = open({ ...options, id, apiKey: ids.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 10) })
      byId.set(id, opening)
      try {
        const sandbox = await opening
        opened.set(id, sandbox)
        return sandbox
      } catch (error) {
        byId.delete(id)
        throw error
      }
    },
    list: () => [...opened.values()],
    get: id => opened.get(id),
    remove,
    listProblems: () => ({ unfired, lint }),
    async close () {
      await Promise.allSettled(byId.values())
      await Promise.all([...opened.keys()].map(id => remove(id)))
    }
  }
}
