/** The most open connections. */
export interface ConnectionLimits {
  readonly total: number
  /** From one address that is not a trusted proxy; an IPv6 /64 network is one address. */
  readonly perAddress: number
}

/** Open files besides transfers: the database, its connections, those of other engines, the log. */
const RESERVED_FILES = 64
const MAX_CONNECTIONS = 10_000
const MAX_FROM_ADDRESS = 1000

/**
 * The configured limits, or defaults from `openFiles`, the number of files that the process may have open: a transfer needs one for its
 * connection and one for its bytes. `openFiles` is undefined on systems without such a limit. Configured limits never exceed it either.
 */
export function connectionLimits (openFiles: number | undefined, total: number | undefined, perAddress: number | undefined): ConnectionLimits {
  const usable = Math.max(2, (openFiles ?? Infinity) - RESERVED_FILES)
  const all = total === undefined ? Math.min(MAX_CONNECTIONS, Math.floor(usable / 2)) : Math.min(total, usable)
  return { total: all, perAddress: Math.min(all, perAddress ?? Math.min(MAX_FROM_ADDRESS, Math.ceil(all / 2))) }
}
