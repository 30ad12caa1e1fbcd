/** What control calls work with, and how tables of them are written. */
import type { Policy } from '../domain/policy.ts'
import type { Ports } from '../ports.ts'
import type { SettableClock } from './clock.ts'
import type { Faults } from './faults.ts'
import type { HidingBlobs } from './hidden-blobs.ts'
import type { Journal } from './journal.ts'

export interface World {
  readonly ports: Ports
  readonly blobs: HidingBlobs
  readonly policy: Policy
  readonly version: string
  readonly faults: Faults
  readonly journal: Journal
  readonly clock: SettableClock
  /** One sweep of the server. */
  sweep (): Promise<void>
}

/** `item` is what stands in the path for `:…`. */
interface Asked {
  readonly item: string
  readonly body: unknown
}

/** What is answered as JSON with 200, or Answered. Throws ControlProblem and DocumentProblem. */
export type Action = (asked: Asked, world: World) => Promise<unknown>

/** By path below `/_emulator/v1`, then by verb. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Action>>>>

/** An answer that is not 200; without a body for 204. */
export class Answered {
  readonly status: number
  readonly body: unknown

  constructor (status: number, body?: unknown) {
    this.status = status
    this.body = body
  }
}
