/** How many connections are open at once. */
export interface ConnectionLimits {
  readonly total: number
  /** From one address that is no trusted proxy; an IPv6 network of 64 bits is one address. */
  readonly perAddress: number
}

/** Files that are no transfer's: the database, its connections, those of other engines, the log. */
const RESERVED_FILES = 64
const MAX_CONNECTIONS = 10_000
const MAX_FROM_ADDRESS = 1000

/**
 * The limits as they are set, or what `openFiles`, which a process may have open, allow: a transfer needs one for its
 * connection and one for its bytes. `openFiles` undefined where a system has no such limit. What is set never exceeds them either.
 */
export function connectionLimits (openFiles: number | undefined, total: number | undefined, perAddress: number | undefined): ConnectionLimits {
  const usable = Math.max(2, (openFiles ?? Infinity) - RESERVED_FILES)
  const all = total === undefined ? Math.min(MAX_CONNECTIONS, Math.floor(usable / 2)) : Math.min(total, usable)
  return { total: all, perAddress: Math.min(all, perAddress ?? Math.min(MAX_FROM_ADDRESS, Math.ceil(all / 2))) }
}
