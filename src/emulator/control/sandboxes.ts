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

/** Each has a database in memory; a suite that never closes one would fill it. */
const MAX_SANDBOXES = 500
/** Problems that are kept of closed sandboxes. */
const MAX_PROBLEMS = 100

/** How a sandbox starts. */
export interface SandboxOptions {
  /** Names it in paths; not given: random. */
  readonly id: string
  /** Not given: none. */
  readonly seed: Seed
  /** Freezes its clock there, in Unix milliseconds; not given: it runs with the real time. */
  readonly clock: number
  /** Makes its keys and ids repeatable, those of its seed too. */
  readonly ids: IdSeed
}

export const readSandboxOptions = titled('SandboxOptions', fields<SandboxOptions>({ id: pathName, seed: readNamedSeed, clock: clockMoment, ids: readIdSeed }))

/** Opens a sandbox whose id and API key have been chosen. */
export type OpenSandbox = (options: Partial<SandboxOptions> & Pick<EmulatedServer, 'id' | 'apiKey'>) => Promise<EmulatedServer>

/** The open sandboxes of an emulator. */
export interface Sandboxes {
  create (options: Partial<SandboxOptions>): Promise<EmulatedServer>
  list (): readonly EmulatedServer[]
  get (id: string): EmulatedServer | undefined
  /** Closes one; false when there is none of this id. `isReported`: the caller reports its problems. */
  remove (id: string, isReported?: boolean): Promise<boolean>
  /** Of closed sandboxes whose problems nobody has reported. */
  listProblems (): SuiteProblems
  /** What the judges say of clients: of the open ones, and of all that were closed. */
  judgements (): readonly JudgeReport[]
  close (): Promise<void>
}

export function createSandboxes (ids: Ids, open: OpenSandbox): Sandboxes {
  /** With those that are still being opened, so that two never get the same id. */
  const byId = new Map<string, Promise<EmulatedServer>>()
  const opened = new Map<string, EmulatedServer>()
  const unfired: string[] = []
  const lint: string[] = []
  /** Of all that were closed. */
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
