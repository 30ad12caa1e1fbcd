/** One server of an emulator, the main one or a sandbox, with all that tests reach into. */
import type { RequestListener } from 'node:http'
import type { Policy } from '../domain/policy.ts'
import type { Ports } from '../ports.ts'
import type { Faults } from './faults/faults.ts'
import type { Judge } from './judge/judge.ts'
import type { Journal } from './journal/journal.ts'
import type { Replay } from './replay/replay.ts'
import type { SettableClock } from './state/clock.ts'
import type { HideableBlobs } from './state/hidden-blobs.ts'
import type { RefCountedBlobs } from './state/ref-counted-blobs.ts'
import type { SeedableIds } from './state/seeded-ids.ts'
import type { ServerState } from './state/server-state.ts'
import type { RunningExchanges } from './traffic/running-exchanges.ts'
import type { SuiteProblems } from './traffic/strictness.ts'

export interface EmulatedServer {
  /** Of a sandbox: its name in paths. The main server has none. */
  readonly id: string
  /** Of a sandbox: what leads to it. The main server accepts any other well-formed one as well. */
  readonly apiKey: string
  /** The first account of its seed. */
  readonly account: { readonly user: string, readonly password: string } | undefined
  readonly ports: Ports
  readonly policy: Policy
  /** Of the program. */
  readonly version: string
  readonly clock: SettableClock
  readonly ids: SeedableIds
  readonly blobs: HideableBlobs
  /** The store of which `blobs` are this server's view. */
  readonly sharedBlobs: RefCountedBlobs
  readonly faults: Faults
  readonly journal: Journal
  readonly running: RunningExchanges
  /** Has looked at each exchange that ended since the server started. */
  readonly judge: Judge
  readonly state: ServerState
  /** Of the main server, when a recording answers in place of its own routes. */
  readonly replay: Replay | undefined
  /** Answers one request. */
  readonly routes: RequestListener
  /** One sweep of expired things. */
  sweep (): Promise<void>
  /** Resolves when no mail is on its way into the outbox. */
  deliver (): Promise<void>
  /** What a test suite should fail for. */
  listProblems (): SuiteProblems
  close (): Promise<void>
}
