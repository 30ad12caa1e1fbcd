/**
 * How much one address, a whole IPv6 network of 64 bits among them, may leave open at once (our choice). The numbers are high: many
 * people share an address, and a script may log in at each run.
 */

/** Tickets that no upload has begun on. Beyond it there are no further ones for a while. */
export const MAX_UNUSED_TICKETS = 10_000

/** Tickets whose upload has ended. Each may be used again for a day; beyond it those go whose last upload ended first. */
export const MAX_ENDED_TICKETS = 10_000

/** Beyond it the token that was not used for the longest time goes: a program that logs in at each run never notices. */
export const MAX_TOKENS = 10_000

/** Uploads in pieces that are not whole. */
export const MAX_UNFINISHED = 1000

/** Those that are whole, whose senders may ask again how they ended for a day. Beyond it the oldest go, with what was said of them. */
export const MAX_FINISHED = 1000

/** Those that are not whole and answer one file request: from one address, where all guests of a party may be, and from everywhere. */
export const MAX_UNFINISHED_OF_REQUEST = 200
export const MAX_UNFINISHED_IN_REQUEST = 2000

/** Files of one upload (our choice); its blobs are known by their numbers. */
export const MAX_FILES = 50
