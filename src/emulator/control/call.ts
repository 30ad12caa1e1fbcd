/** What control calls work with, and how tables of them are written. */
import type { IncomingMessage } from 'node:http'
import type { Policy } from '../../domain/policy.ts'
import type { Ports } from '../../ports.ts'
import type { SettableClock } from '../state/clock.ts'
import type { Faults } from '../faults/faults.ts'
import type { HideableBlobs } from '../state/hidden-blobs.ts'
import type { Journal } from '../journal/journal.ts'
import type { Sandboxes } from './sandboxes.ts'
import type { SeedableIds } from '../state/seeded-ids.ts'
import type { RefCountedBlobs } from '../state/ref-counted-blobs.ts'
import type { State } from '../state/server-state.ts'

/** One server of an emulator, as control calls reach into it. */
export interface ControlledServer {
  readonly ports: Ports
  readonly blobs: HideableBlobs
  readonly policy: Policy
  readonly version: string
  readonly faults: Faults
  readonly journal: Journal
  readonly clock: SettableClock
  /** One sweep of the server. */
  sweep (): Promise<void>
  readonly ids: SeedableIds
  readonly state: State
  /** The store of which `blobs` are a part. */
  readonly shared: RefCountedBlobs
  /** Resolves when no mail is on its way into the outbox. */
  deliver (): Promise<void>
  /** Those beside it; a sandbox has none. */
  readonly sandboxes: Sandboxes | undefined
}

/** `item` is what stands in the path for `:…`. */
export interface Asked {
  readonly item: string
  /** What was sent as JSON, {} for nothing; for actions that say so the text, or nothing: they read the request themselves. */
  readonly body: unknown
  readonly request: IncomingMessage
  /** The address that the emulator was asked at, without a final slash. */
  readonly url: string
}

/** What an action takes beside small JSON: a document, as JSON or as the text that it is, or the request itself. */
export type Takes = 'document' | 'text' | 'stream'

/** What is answered as JSON with 200, or Answered. Throws ControlProblem and DocumentProblem. */
export type Action = ((asked: Asked, world: ControlledServer) => Promise<unknown>) & { readonly takes?: Takes }

/** An action that takes more than small JSON. */
export const taking = (takes: Takes, action: Action): Action => Object.assign(action, { takes })

/** By path below `/_emulator/v1`, then by verb. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Action>>>>

/** An answer that is not JSON with 200; without a body for 204. A body that is a stream is sent as it comes. */
export class Answered {
  readonly status: number
  readonly body: unknown
  readonly type: string

  constructor (status: number, body?: unknown, type = 'application/json') {
    this.status = status
    this.body = body
    this.type = type
  }
}
