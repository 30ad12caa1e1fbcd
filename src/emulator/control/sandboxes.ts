/** Sandboxes: further servers with their own data, clock and faults, for tests that run in parallel. */
import type { Ids } from '../../ports.ts'
import { fields, titled } from '../../settings/document.ts'
import { ControlProblem } from '../control-problem.ts'
import type { EmulatedServer } from '../emulated-server.ts'
import type { JudgeReport } from '../judge/judge-report.ts'
import { mergeReports } from '../judge/merge-reports.ts'
import { clockMoment } from '../state/clock.ts'
import { readNamedSeed, type Seed } from '../state/seed.ts'
import { readIdSeed, type IdSeed } from '../state/seeded-ids.ts'
import { pathName } from './path-name.ts'
import type { SuiteProblems } from '../traffic/strictness.ts'

/** Each sandbox has a database in memory; a test suite that never closes one would fill it. */
const MAX_SANDBOXES = 500
/** Maximum number of problems kept from closed sandboxes. */
const MAX_PROBLEMS = 100

/** Options of a sandbox. */
export interface SandboxOptions {
  /** Its name in paths; default: random. */
  readonly id: string
  /** Default: none. */
  readonly seed: Seed
  /** Freezes its clock at a time in Unix milliseconds; default: the real time. */
  readonly clock: number
  /** Makes its keys and ids repeatable, including those of its seed. */
  readonly ids: IdSeed
}

export const readSandboxOptions = titled('SandboxOptions', fields<SandboxOptions>({ id: pathName, seed: readNamedSeed, clock: clockMoment, ids: readIdSeed }))

/** Opens a sandbox with the given id and API key. */
export type OpenSandbox = (options: Partial<SandboxOptions> & Pick<EmulatedServer, 'id' | 'apiKey'>) => Promise<EmulatedServer>

/** The open sandboxes of an emulator. */
export interface Sandboxes {
  create (options: Partial<SandboxOptions>): Promise<EmulatedServer>
  list (): readonly EmulatedServer[]
  get (id: string): EmulatedServer | undefined
  /** Closes a sandbox; false when there is none with this id. `isReported`: the caller reports its problems. */
  remove (id: string, isReported?: boolean): Promise<boolean>
  /** Problems of closed sandboxes that were not reported. */
  listProblems (): SuiteProblems
  /** The reports of the judges of open and closed sandboxes. */
  judgements (): readonly JudgeReport[]
  close (): Promise<void>
}

export function createSandboxes (ids: Ids, open: OpenSandbox): Sandboxes {
  /** Includes sandboxes that are still opening, so that ids are unique. */
  const byId = new Map<string, Promise<EmulatedServer>>()
  const opened = new Map<string, EmulatedServer>()
  const unfired: string[] = []
  const lint: string[] = []
  /** The merged report of closed sandboxes. */
  let judged: JudgeReport | undefined

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
    const report = sandbox.judge.report()
    judged = judged === undefined ? report : mergeReports(judged, report)
    byId.delete(id)
    return true
  }

  return {
    async create (options) {
      const { id = ids.text('abcdefghijklmnopqrstuvwxyz0123456789', 10) } = options
      if (byId.has(id)) throw new ControlProblem(409, `there is a sandbox "${id}" already`, 'close it with DELETE, or choose another id')
      if (byId.size >= MAX_SANDBOXES) throw new ControlProblem(409, `there are ${MAX_SANDBOXES} sandboxes`, 'close each with DELETE when its test is done')
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
    judgements: () => [...judged === undefined ? [] : [judged], ...[...opened.values()].map(({ judge }) => judge.report())],
    async close () {
      await Promise.allSettled(byId.values())
      await Promise.all([...opened.keys()].map(id => remove(id)))
    }
  }
}
