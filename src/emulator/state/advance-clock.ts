/** Advances the clock; what falls due in that time happens in order. */
import { BLOCK, DELETE } from '../../domain/files/file-limit.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Ports } from '../../ports.ts'
import { listDue, type Due } from '../../store/files/expirations.ts'
import { applyLimit } from '../../store/files/file-limits.ts'
import { findFile } from '../../store/files/files.ts'
import { requirePossible, type SettableClock } from './clock.ts'

/** What fell due, as answers name it. */
export type DueEvent = 'membershipsEnded' | 'sessionsExpired' | 'tokensExpired' | 'ticketsExpired' | 'filesBlocked' | 'filesDeleted' | 'filesMoved'

export interface Advanced {
  readonly now: number
  /** How often each happened. */
  readonly ran: Readonly<Record<DueEvent, number>>
  /** All events, in the order of time. */
  readonly events: ReadonlyArray<{ readonly at: string, readonly what: DueEvent, readonly user?: string, readonly file?: string, readonly name?: string }>
}

export interface AdvanceContext {
  readonly ports: Ports
  readonly policy: Policy
  readonly clock: SettableClock
  /** Removes the rest of what has expired. */
  sweep (): Promise<void>
}

const TIME_ONLY_EVENTS = { membership: 'membershipsEnded', session: 'sessionsExpired', token: 'tokensExpired', ticket: 'ticketsExpired' } as const

/** `by` milliseconds, not negative. Throws DocumentProblem, and nothing has happened then, when a clock cannot show that time. */
export async function advanceClock (by: number, { ports, policy, clock, sweep }: AdvanceContext): Promise<Advanced> {
  const from = clock.now()
  requirePossible(from + by, '/by')
  const events: Array<Advanced['events'][number]> = []
  let skipped = 0
  for (const due of await listDue(ports.sql, from, from + by, policy.sessionIdle)) {
    // Each event happens at its moment, also for requests that run meanwhile.
    clock.skip(due.at - from - skipped)
    skipped = due.at - from
    const event = await applyDue(due, ports)
    if (event !== undefined) events.push({ at: new Date(due.at).toISOString(), ...event, ...(due.userName !== null && { user: due.userName }) })
  }
  clock.skip(by - skipped)
  await sweep()
  const ran = { membershipsEnded: 0, sessionsExpired: 0, tokensExpired: 0, ticketsExpired: 0, filesBlocked: 0, filesDeleted: 0, filesMoved: 0 }
  for (const { what } of events) ran[what] += 1
  return { now: clock.now(), ran, events }
}

/** For most events the time alone is enough: nothing is written. */
async function applyDue ({ kind, at, fileId }: Due, { sql }: Ports): Promise<{ what: DueEvent, file?: string, name?: string } | undefined> {
  if (kind !== 'file') return { what: TIME_ONLY_EVENTS[kind] }
  const file = await findFile(sql, fileId)
  if (file === undefined) return undefined
  await applyLimit(sql, file, at)
  const action = file.limitAction ?? BLOCK
  return { what: action === BLOCK ? 'filesBlocked' : action === DELETE ? 'filesDeleted' : 'filesMoved', file: file.id, name: file.name }
}
