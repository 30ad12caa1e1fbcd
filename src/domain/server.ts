/** Several processes may serve one database. Each has an id, and what it has begun names it. */

/** A process that serves. */
export interface Server {
  readonly id: string
  /** Whether no other process can serve the same database: whatever others left is dead then. */
  readonly isAlone: boolean
}

/** So long after its last word a process counts as dead: longer than a pause of a process or of the database. */
export const SERVER_LEASE = 2 * 60_000

const SEPARATOR = '.'

/** The id of an upload with the process that receives it. */
export const ownedUploadId = (id: string, { id: server }: Server): string => id + SEPARATOR + server

/** Whose upload this is; '' in what an older version wrote. */
export const serverOf = (uploadId: string): string => uploadId.split(SEPARATOR)[1] ?? ''
