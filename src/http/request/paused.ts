import type { FastifyRequest } from 'fastify'
import type { Pause } from '../../domain/pause.ts'
import type { Sql } from '../../ports.ts'
import { listPauses } from '../../store/operations/pauses.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What was paused when the request came, where its scope asks before the route. */
    pauses: ReadonlySet<Pause> | undefined
  }
}

/** Whether an operator has paused this: read once for a request. */
export const isPaused = async (pause: Pause, request: Pick<FastifyRequest, 'pauses'>, sql: Sql): Promise<boolean> =>
  (request.pauses ??= await listPauses(sql)).has(pause)
