/** Several processes may serve one database. Each has an id, which is part of everything it starts. */

/** A server process. */
export interface Server {
  readonly id: string
  /** Whether no other process can serve the same database: then everything of other processes is dead. */
  readonly isAlone: boolean
}

/** A process counts as dead this long after its last heartbeat: longer than a pause of a process or of the database. */
export const SERVER_LEASE = 2 * 60_000

const SEPARATOR = '.'

/** The id of an upload, with the process that receives it. */
export const ownedUploadId = (id: string, { id: server }: Server): string => id + SEPARATOR + server

/** The process of an upload; '' for uploads of an older version. */
export const serverOf = (uploadId: string): string => uploadId.split(SEPARATOR)[1] ?? ''
