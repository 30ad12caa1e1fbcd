/** What keeps a check from being judged. */
import type { Exchange } from './client/exchange.ts'

/** The target lacks what it needs, or what it needs first failed: no verdict on the check. */
export class Untested extends Error {
  readonly exchanges: readonly Exchange[]

  constructor (reason: string, exchanges: readonly Exchange[] = []) {
    super(reason)
    this.exchanges = exchanges
  }
}

/** A hook or a command of the target file failed: an error of the set-up, not of the server. */
export class BrokenMeans extends Error {}

/** Nothing answers at the address. */
export class Unreachable extends Error {}
