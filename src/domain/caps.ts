/**
 * How many open tickets, tokens and uploads one address (or IPv6 /64 network) may have (our choice). The numbers are high: many
 * people may share an address, and a script may log in at each run.
 */

/** Tickets without an upload. Beyond it no new ones are issued for a while. */
export const MAX_UNUSED_TICKETS = 10_000

/** Tickets whose upload has ended. Each can be reused for a day; beyond the limit those whose upload ended first are removed. */
export const MAX_ENDED_TICKETS = 10_000

/** Unused tokens. Beyond it the least recently used token is removed: a program that logs in at each run does not notice. */
export const MAX_TOKENS = 10_000

/** Unfinished resumable uploads. */
export const MAX_UNFINISHED = 1000

/** Finished resumable uploads; their senders can ask for the result for a day. Beyond it the oldest are removed, with their results. */
export const MAX_FINISHED = 1000

/** Unfinished ones for one file request: from one address, which all guests of a party may share, and from everywhere. */
export const MAX_UNFINISHED_OF_REQUEST = 200
export const MAX_UNFINISHED_IN_REQUEST = 2000

/** Files of one upload (our choice); the sweep finds its blobs by their numbers. */
export const MAX_FILES = 50

/** Anonymous bundles without a file yet, of one address. Beyond it no new ones are made for a while. */
export const MAX_EMPTY_BUNDLES = 1000

/** Folders of an account that uploads of whole folders may make; the API, where each is a call, has no such limit. */
export const MAX_FOLDERS = 20_000

/** Folders of an anonymous bundle. */
export const MAX_FOLDERS_OF_BUNDLE = 2000
