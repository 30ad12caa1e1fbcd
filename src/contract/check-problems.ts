/** Reasons why a check cannot be judged. */
import type { Exchange } from './client/exchange.ts'

/** The target lacks what the check needs, or an earlier step failed: no verdict on the check. */
export class Untested extends Error {
  readonly exchanges: readonly Exchange[]

  constructor (reason: string, exchanges: readonly Exchange[] = []) {
    super(reason)
    this.exchanges = exchanges
  }
}

/** A hook or a command of the target file failed: a fault of the setup, not of the server. */
export class BrokenMeans extends Error {}

/** Nothing answers at the address. */
export class Unreachable extends Error {}
